/** Attacks on blocks. */
import { concat, equal, toBigIntBE } from '@chartseal/core/bytes'
import { ChartsealError } from '@chartseal/core/errors'
import {
  applyBlock,
  draftBlock,
  encodeHeader,
  genesisBlock,
  genesisState,
  headerOf as headerV2Of,
  Miner,
  sealJudge,
} from '@chartseal/emr-ledger'
import {
  type Block,
  type BlockDraft,
  computeBlockId,
  createRecord,
  DoctorKey,
  headerOf,
  mineBlock,
  targetOf,
  verifyBlock,
} from '@chartseal/emr-ledger/v1'
import { type Attack, requireWorks, shown } from './attack.js'
import { prescription, signedBy, smallLedger } from './ledger-people.js'

const minerBytes = 20
const emptySeal = new Uint8Array(0)

export const blockSliding: Attack = {
  name: 'block-sliding',
  title: 'A block of three prescriptions is read as an empty one, with the same id',
  errata: ['E5'],
  against: 'package',
  refusal: 'ledger/records-root',
  async breaks(tools, tell) {
    using doctor = DoctorKey.generate(tools.random)
    const records = [1n, 2n, 3n].map(nonce =>
      createRecord(doctor, { patientHash: new Uint8Array(20), prescription: 'Ibuprofen 400 mg', nonce }),
    )
    const { block } = await mineBlock({ ...emptyDraft(1n, 16n), records })
    const fields = concat(block.previous, block.miner, ...records.map(({ txid }) => txid))
    const slid: Block = {
      ...block,
      previous: fields.slice(0, -minerBytes),
      miner: fields.slice(-minerBytes),
      records: [],
    }
    verifyBlock(slid, { profile: 'seed' })
    tell(
      'the id hashes previous, miner and the txids one after the other, and looks at no length of previous',
    )
    tell(
      `the borders are moved: previous has ${slid.previous.length} bytes now, records: ${slid.records.length}`,
    )
    const isSame = equal(computeBlockId(headerOf(slid), slid.nonce), block.blockId)
    return shown(isSame, tell, 'the id and its work are the same: valid, and three prescriptions are gone')
  },
  async prepare(tools, tell) {
    const ledger = smallLedger(tools)
    const state = genesisState(ledger.genesis)
    const block0 = genesisBlock(ledger.genesis).header
    const pool = await Promise.all(
      [1n, 2n, 3n].map(seq => signedBy(ledger.prescriber, prescription(ledger, ledger.prescriber.kid, seq))),
    )
    const seal = { difficulty: 1n, sealer: new Uint8Array(32), extra: new Uint8Array(40) }
    const timestamp = block0.timestamp + 60n
    const draft = await draftBlock({ state, parents: [block0], timestamp, seal, pool })
    const header = headerV2Of(draft.header)
    requireWorks(draft.records.length === pool.length, 'three prescriptions come into a block')
    await applyBlock(state, [block0], { header, records: draft.records })
    tell(
      'a block of version 2 with three prescriptions is valid; its header has 244 bytes, each field at its place',
    )
    tell('the same header is given out with no record')
    return () => applyBlock(state, [block0], { header, records: [] })
  },
}

function emptyDraft(timestamp: bigint, difficulty: bigint): BlockDraft {
  const [previous, miner] = [new Uint8Array(32), new Uint8Array(minerBytes)]
  return { previous, miner, records: [], timestamp, difficulty, height: 0n }
}

const processes = 4
const blocks = 10

/**
 * Processes take numbers from one counter; whoever wins ends the search, and what is given back is the counter, which
 * the others may have moved on meanwhile: by none of them to all, as it happens.
 */
function mineAsPublished(draft: BlockDraft, movedOn: number): Block {
  const target = targetOf(draft.difficulty)
  for (let counter = 0n; ; counter += BigInt(processes)) {
    const taken = Array.from({ length: processes }, (_, i) => counter + BigInt(i))
    const winner = taken.find(nonce => toBigIntBE(computeBlockId(headerOf(draft), nonce)) <= target)
    if (winner === undefined) continue
    const blockId = computeBlockId(headerOf(draft), winner)
    return { ...draft, nonce: winner + BigInt(movedOn), blockId }
  }
}

export const parallelMiner: Attack = {
  name: 'parallel-miner',
  title: 'Four processes mine a block, and it is not valid',
  errata: ['E4'],
  against: 'model',
  refusal: 'ledger/seal-work',
  breaks(_, tell) {
    const mined = Array.from({ length: blocks }, (_, i) =>
      mineAsPublished(emptyDraft(BigInt(i), 100n), i % processes),
    )
    const invalid = mined.filter(block => !isValid(block))
    tell(`${processes} processes take numbers from one counter, and the counter is given back, not who won`)
    tell(
      `of ${blocks} blocks that were "mined", ${invalid.length} do not verify; the published code: 40 of 88`,
    )
    return invalid.length > 0 && invalid.length < blocks
  },
  async prepare(tools, tell) {
    const { genesis, prescriber } = smallLedger(tools)
    const block0 = genesisBlock(genesis).header
    const judge = sealJudge(genesis, block0)
    const { kid: sealer } = prescriber
    const link = { ledger: block0.ledger, height: 1n, previous: block0.id, stateRoot: block0.stateRoot }
    const { recordsRoot, extra, timestamp } = block0
    const head = {
      ...link,
      recordsRoot,
      extra,
      sealer,
      timestamp: timestamp + 60n,
      difficulty: 64n,
      nonce: 0n,
    }
    const prefix = encodeHeader(head).slice(0, -8)
    using miner = new Miner({ startWorker: () => null })
    const { nonce } = await miner.find(() => ({ prefix, difficulty: head.difficulty }))
    const check = (tried: bigint): void => {
      judge.check({ header: headerV2Of({ ...head, nonce: tried }), seal: emptySeal }, judge.begin())
    }
    check(nonce)
    tell(
      'the miner of version 2 gives the lowest nonce, whatever the number of workers, and the block is valid',
    )
    tell('the counter of the published miner is put in its place')
    let counter = nonce - (nonce % BigInt(processes)) + BigInt(processes)
    // One number in 64 would be right by chance.
    while (isTaken(() => check(counter))) counter += BigInt(processes)
    return () => check(counter)
  },
}

function isValid(block: Block): boolean {
  return isTaken(() => verifyBlock(block, { profile: 'seed' }))
}

function isTaken(check: () => void): boolean {
  try {
    check()
    return true
  } catch (error) {
    if (error instanceof ChartsealError) return false
    throw error
  }
}
