/** Step: prescriptions are mined into blocks, and the pharmacist verifies the chain. */
import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { equal } from '@chartseal/core/bytes'
import { encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { openLog } from '@chartseal/core/files'
import {
  type Block,
  type Chain,
  chainLogKind,
  hashKey,
  type LedgerRecord,
  Miner,
  mineBlock,
  openChain,
} from '@chartseal/emr-ledger/v1'
import { present } from '../present.js'
import type { Stage } from '../story.js'
import { count, flipped, grouped, short } from '../words.js'
import type { World } from '../world.js'
import { attackBlocks } from './block-attacks.js'
import type { People } from './keys.js'

const recordsPerBlock = 5
// About a second of two cores, whatever the number of blocks.
const allHashes = 6_000_000n

export async function mineChain(
  stage: Stage,
  world: World,
  clinic: People,
  records: readonly LedgerRecord[],
): Promise<void> {
  const groups = inGroups(records, recordsPerBlock)
  const difficulty = world.difficulty ?? atLeastOne(allHashes / BigInt(groups.length))
  const path = join(world.folder, 'chain.log')
  const chain = await openFile(world, path, difficulty)
  const blocks = await mineAll(stage, world, chain, groups, difficulty)
  await chain.close()
  await clinic.trail.record('miner', `mined ${count(blocks.length, 'block')}`, clinic.patient.id)
  await verifyAsPharmacist(stage, world, clinic, { path, difficulty, blocks, records })
  await attackBlocks(stage, world, blocks)
  await attackFile(stage, world, path, difficulty)
  world.shelf.name({
    name: 'chain.log',
    about: 'the chain of all prescriptions',
    look: 'ledger show --chain ./chain.log',
  })
  world.shelf.name({
    name: 'damaged.log',
    about: 'the same chain with one flipped bit',
    look: 'ledger verify --chain ./damaged.log',
  })
}

async function openFile(world: World, path: string, expectedDifficulty: bigint): Promise<Chain> {
  const log = await openLog(path, { kind: chainLogKind, random: world.io.random })
  return openChain(log, { expectedDifficulty })
}

async function mineAll(
  stage: Stage,
  world: World,
  chain: Chain,
  groups: readonly (readonly LedgerRecord[])[],
  difficulty: bigint,
): Promise<Block[]> {
  const miner = new Miner()
  const startMs = world.io.clock.nowMs()
  const blocks: Block[] = []
  let hashes = 0n
  let workers = 0
  try {
    for (const records of groups) {
      const timestamp = BigInt(Math.floor(world.io.clock.nowMs() / 1000))
      const draft = chain.draft({ miner: minerHash, records, timestamp, difficulty })
      const mined = await mineBlock(draft, { miner })
      await chain.append(mined.block)
      blocks.push(mined.block)
      hashes += mined.hashes
      workers = mined.workers
    }
  } finally {
    miner.close()
  }
  const elapsedMs = world.io.clock.nowMs() - startMs
  stage.note(
    `${count(blocks.length, 'block')} of at most ${recordsPerBlock} records, mined at difficulty ${grouped(difficulty)}:`,
  )
  stage.note(`${grouped(hashes)} hashes by ${count(workers, 'worker')} in ${(elapsedMs / 1000).toFixed(1)} s`)
  return blocks
}

const minerHash = hashKey(encodeUtf8('the miner of the demo'))

interface Written {
  readonly path: string
  readonly difficulty: bigint
  readonly blocks: readonly Block[]
  readonly records: readonly LedgerRecord[]
}

async function verifyAsPharmacist(
  stage: Stage,
  world: World,
  clinic: People,
  written: Written,
): Promise<void> {
  const { path, difficulty, blocks, records } = written
  const last = present(blocks.at(-1))
  // What a power cut leaves behind: the first bytes of a block that was never finished.
  await appendFile(path, new Uint8Array(7))
  const chain = await openFile(world, path, difficulty)
  const whole = equal(present(chain.tip).blockId, last.blockId)
  stage.check('the chain file is whole again after a write that was cut short', whole)
  const found: LedgerRecord[] = []
  for await (const block of chain.blocks()) found.push(...block.records)
  const same = idsOf(found) === idsOf(records)
  stage.check(
    `the pharmacist verifies ${count(blocks.length, 'block')} with ${count(found.length, 'prescription')}, tip ${short(last.blockId)}`,
    same,
  )
  const nonce = chain.nonceOf(clinic.doctorKey.doctorHash)
  stage.check(`the doctor's next prescription has the number ${nonce + 1n}`, nonce === BigInt(records.length))
  await chain.close()
  await clinic.trail.record(clinic.pharmacistName, 'verified the chain', clinic.patient.id)
}

function idsOf(records: readonly LedgerRecord[]): string {
  return records.map(({ txid }) => encodeHex(txid)).join()
}

async function attackFile(stage: Stage, world: World, path: string, difficulty: bigint): Promise<void> {
  const damaged = join(world.folder, 'damaged.log')
  await writeFile(damaged, flipped(Uint8Array.from(await readFile(path))))
  await stage.attack('one flipped bit in the middle of the chain file', 'files/corrupt-record', () =>
    openFile(world, damaged, difficulty),
  )
}

function inGroups<Item>(items: readonly Item[], size: number): Item[][] {
  const groups = Array.from({ length: Math.ceil(items.length / size) })
  return groups.map((_, i) => items.slice(i * size, (i + 1) * size))
}

const atLeastOne = (value: bigint): bigint => (value < 1n ? 1n : value)
