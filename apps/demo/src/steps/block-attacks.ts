/** Attacks on blocks: those of the story, or the demo's own where the story has too few. */
import { memoryLog } from '@chartseal/core/memory'
import {
  applyBlock,
  type Block,
  type BlockDraft,
  createRecord,
  DoctorKey,
  type LedgerRecord,
  mineBlock,
  openChain,
} from '@chartseal/emr-ledger/v1'
import { present } from '../present.js'
import type { Stage } from '../story.js'
import type { World } from '../world.js'

export async function attackBlocks(stage: Stage, world: World, mined: readonly Block[]): Promise<void> {
  const blocks = mined.length >= 2 ? mined : await ownBlocks(stage, world)
  const [first, second] = [present(blocks[0]), present(blocks[1])]
  const record = present(first.records[0])
  await stage.attack('another dose in a block that was mined', 'ledger/block-record', () =>
    applyBlock(new Map(), withFirst(first, { ...record, prescription: 'ten times the dose' })),
  )
  await stage.attack('a block with another nonce', 'ledger/block-id', () =>
    applyBlock(new Map(), { ...first, nonce: first.nonce + 1n }),
  )
  await stage.attack('a block that was mined at another difficulty', 'ledger/other-difficulty', async () => {
    const { block } = await mineBlock({ ...first, difficulty: first.difficulty === 1n ? 2n : 1n })
    applyBlock(new Map(), block, { expectedDifficulty: first.difficulty })
  })
  await stage.attack('two blocks that were swapped', 'ledger/chain', async () => {
    const chain = await openChain(memoryLog())
    await chain.append(second)
    await chain.append(first)
  })
  await stage.attack('a block that is on the chain already', 'ledger/chain', async () => {
    const chain = await openChain(memoryLog())
    await chain.append(first)
    await chain.append(first)
  })
}

function withFirst(block: Block, record: LedgerRecord): Block {
  return { ...block, records: [record, ...block.records.slice(1)] }
}

/** Two small blocks with a record each. */
async function ownBlocks(stage: Stage, world: World): Promise<readonly Block[]> {
  stage.note('One block cannot be swapped, so the attacks are on two small blocks of the demo')
  const doctor = DoctorKey.generate(world.io.random)
  const chain = await openChain(memoryLog())
  const blocks: Block[] = []
  const content = { miner: new Uint8Array(20), timestamp: 1n, difficulty: 16n }
  for (const nonce of [1n, 2n]) {
    const record = createRecord(doctor, {
      patientHash: new Uint8Array(20),
      prescription: 'Aspirin 100 MG',
      nonce,
    })
    const draft: BlockDraft = chain.draft({ ...content, records: [record] })
    const { block } = await mineBlock(draft)
    await chain.append(block)
    blocks.push(block)
  }
  return blocks
}
