/** Makes blocks: that of the genesis, and the draft of the next one. docs/spec/ledger-v2.md, "Block". */
import type { ChartsealError } from '@chartseal/core/errors'
import { type Applied, type ApplyContext, checkLink, StateStep } from './apply.js'
import { type Block, blockOf, maxBlockBytes, maxBlockRecords, maxSealBytes, recordsRoot } from './block.js'
import { isRefusal } from './errors-state.js'
import type { Genesis } from './genesis.js'
import { extraBytes, type Header, headerOf, type ReadHeader } from './header.js'
import { genesisState, type LedgerState } from './ledger-state.js'
import type { LedgerRecord } from './record.js'
import type { SealDraft } from './seal.js'

/** Block 0: no records, no seal, the state of the genesis. @throws ChartsealError as `encodeGenesis` */
export function genesisBlock(genesis: Genesis): Block {
  const state = genesisState(genesis)
  const header: Header = {
    ledger: state.ledger,
    height: 0n,
    previous: new Uint8Array(32),
    recordsRoot: recordsRoot([]),
    stateRoot: state.root,
    timestamp: genesis.timestamp,
    difficulty: 1n,
    sealer: new Uint8Array(32),
    extra: new Uint8Array(extraBytes),
    nonce: 0n,
  }
  return blockOf(headerOf(header), new Uint8Array(0), [])
}

export interface DraftRequest extends Pick<ApplyContext, 'verified'> {
  /** The state after the parent. */
  readonly state: LedgerState
  /** Headers below the block, the parent first: 11, or all where there are fewer. */
  readonly parents: readonly ReadHeader[]
  /** Seconds; at least the median time past of the parents. */
  readonly timestamp: bigint
  /** Of a turn; a timestamp in it is not looked at. */
  readonly seal: Omit<SealDraft, 'timestamp'> & Partial<SealDraft>
  /** In the order in which they are wanted. One whose turn comes only after another is taken after it. */
  readonly pool: readonly LedgerRecord[]
}

export interface RefusedRecord {
  readonly record: LedgerRecord
  readonly error: ChartsealError
}

export interface BlockDraft extends Applied {
  /** With the nonce 0. */
  readonly header: Header
  readonly records: readonly LedgerRecord[]
  /** What no state after this block's parent takes now, and why. */
  readonly refused: readonly RefusedRecord[]
  /** What may come later: the block is full. */
  readonly left: readonly LedgerRecord[]
}

/**
 * The next block of what a pool has, valid but for its seal.
 * @throws ChartsealError `ledger/block-time`; `ledger/tree-node`, `ledger/bad-state` of the store
 * @throws RangeError for parents that are too few
 */
export async function draftBlock(request: DraftRequest): Promise<BlockDraft> {
  const { state, parents, timestamp, seal, pool, verified } = request
  const [parent] = parents
  const [height, previous] = [(parent?.height ?? -1n) + 1n, parent?.id ?? new Uint8Array(32)]
  checkLink(parents, { ledger: state.ledger, height, previous, timestamp }, await state.roster())
  const context = { height, time: timestamp }
  const step = await StateStep.begin(state, pool, verified === undefined ? context : { ...context, verified })
  const choice = choose(step, pool)
  const applied = step.end()
  const header: Header = {
    ledger: state.ledger,
    height,
    previous,
    recordsRoot: recordsRoot(choice.records, state.tree.engine),
    stateRoot: applied.state.root,
    ...seal,
    timestamp,
    nonce: 0n,
  }
  return { ...applied, ...choice, header }
}

type Choice = Pick<BlockDraft, 'records' | 'refused' | 'left'>

/** What becomes valid once another record is taken. */
const afterOthers: ReadonlySet<string> = new Set([
  'ledger/seq',
  'ledger/stale-change',
  'ledger/unknown-prescription',
])
/** For the seal at its largest, the header and the lengths. */
const recordBudget = maxBlockBytes - maxSealBytes - 1_024

/** Goes through the pool again as long as something was taken: at most as often as a block has records. */
function choose(step: StateStep, pool: readonly LedgerRecord[]): Choice {
  const records: LedgerRecord[] = []
  const refused: RefusedRecord[] = []
  const left: LedgerRecord[] = []
  let waiting: readonly RefusedRecord[] = []
  let spent = 0
  let next = pool
  for (let taken = -1; taken !== records.length && next.length > 0; ) {
    taken = records.length
    const later: RefusedRecord[] = []
    for (const record of next) {
      if (records.length === maxBlockRecords || spent + record.bytes.length > recordBudget) {
        left.push(record)
        continue
      }
      const error = refusal(step, record)
      if (error === null) {
        records.push(record)
        spent += record.bytes.length
      } else (afterOthers.has(error.code) ? later : refused).push({ record, error })
    }
    waiting = later
    next = later.map(({ record }) => record)
  }
  return { records, refused: [...refused, ...waiting], left }
}

function refusal(step: StateStep, record: LedgerRecord): ChartsealError | null {
  try {
    step.add(record)
    return null
  } catch (error) {
    if (isRefusal(error)) return error
    throw error
  }
}
