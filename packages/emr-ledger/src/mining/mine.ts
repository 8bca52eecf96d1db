/** Mining on this thread, and of whole blocks; on workers: `Miner`. */
import { defaultEngine, type Engine } from '@chartseal/core/engine'
import type { Clock } from '@chartseal/core/ports'
import { systemClock } from '@chartseal/core/system'
import { requireDraft } from '../fields.js'
import { type Block, type BlockDraft, type HashedHeader, headerOf } from '../v1/block.js'
import { u64 } from '../v1/numbers.js'
import { checkHeader } from '../v1/verify-block.js'
import { confirmHit, planJob, type SearchPlan } from './job.js'
import { Limit, politePause } from './limits.js'
import type { Miner } from './miner.js'
import { type MiningProgress, withProgress } from './progress.js'
import { LocalControl, searchStride } from './search.js'

export interface NonceOptions {
  /** First nonce to try; default 0. */
  readonly from?: bigint
  /** Last nonce to try; default 2^64 - 1. */
  readonly last?: bigint
  /** Ends the search between two chunks; it rejects with the signal's reason. */
  readonly signal?: AbortSignal
  /** Milliseconds since 1970 by `clock`; ends the search between two chunks, with `ledger/deadline`. */
  readonly deadlineMs?: number
  /** Called about four times a second while searching, and once at the end. */
  readonly onProgress?: (progress: MiningProgress) => void
  /** For the rate, the deadline, and sharing this thread; default: the system's clock. */
  readonly clock?: Clock
  /** Nonces per engine call; default: by difficulty, from 1,024 to 65,536. */
  readonly chunkNonces?: number
  /** The engine of this thread; workers make one of its module, or of its kind. */
  readonly engine?: Engine
}

export interface FoundNonce {
  /** The lowest satisfying nonce of the range. */
  readonly nonce: bigint
  /** 32 bytes. */
  readonly blockId: Uint8Array
  /** Nonces tried; workers may have tried some past the found one. */
  readonly hashes: bigint
  /** How many workers searched; 0: this thread did. */
  readonly workers: number
}

export interface MineOptions extends NonceOptions {
  /** Workers to mine on; default: this thread, in slices. */
  readonly miner?: Miner
}

export interface MinedBlock extends Omit<FoundNonce, 'nonce' | 'blockId'> {
  readonly block: Block
}

/**
 * Mines a block with the lowest satisfying nonce. Signatures and nonces of the records are not checked:
 * `applyBlock` does that.
 * @throws ChartsealError `ledger/too-many-records`, `ledger/field-length`, `ledger/difficulty-range`,
 * `ledger/number-range`, `ledger/nonces-exhausted`, `ledger/deadline`, `ledger/worker-failed`
 * @throws the reason of `signal` when it aborts
 */
export async function mineBlock(draft: BlockDraft, options: MineOptions = {}): Promise<MinedBlock> {
  requireDraft(draft)
  const header = headerOf(draft)
  u64('height', draft.height)
  checkHeader(header)
  const { miner } = options
  const found =
    miner === undefined ? await findNonce(header, options) : await miner.findNonce(header, options)
  const { nonce, blockId, hashes, workers } = found
  return { block: { ...draft, nonce, blockId }, hashes, workers }
}

/**
 * The lowest satisfying nonce of the range, searched on this thread in slices that leave room for the event
 * loop. Any number of transaction ids: only `mineBlock` checks that.
 * @throws ChartsealError `ledger/nonces-exhausted`, `ledger/deadline`, `ledger/difficulty-range`, `ledger/number-range`
 * @throws the reason of `signal` when it aborts
 */
export async function findNonce(header: HashedHeader, options: NonceOptions = {}): Promise<FoundNonce> {
  const limit = new Limit(options, options.clock ?? systemClock)
  return searchHere(planJob(header, options, 1), options, limit)
}

/** Searches on this thread, in one stride. @throws as `findNonce` */
export async function searchHere(
  plan: SearchPlan,
  { engine = defaultEngine(), clock = systemClock, onProgress }: NonceOptions,
  limit: Limit,
): Promise<FoundNonce> {
  const control = new LocalControl(politePause(clock))
  limit.start(() => control.stop())
  const hashes = (): bigint => control.hashes()
  const search = searchStride(engine, plan.job, { index: 0, threads: 1 }, control)
  try {
    const hit = await withProgress(search, hashes, plan.mined.header.difficulty, clock, onProgress)
    limit.check(hashes())
    return { ...confirmHit(plan, hit), hashes: hashes(), workers: 0 }
  } finally {
    limit.end()
  }
}
