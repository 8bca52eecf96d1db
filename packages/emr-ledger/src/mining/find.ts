/** Searching for a nonce on this thread; on workers: `Miner`. */
import { defaultEngine, type Engine } from '@chartseal/core/engine'
import type { Clock } from '@chartseal/core/ports'
import { systemClock } from '@chartseal/core/system'
import { confirmHit, type SearchPlan } from './job.js'
import { type Limit, politePause } from './limits.js'
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

/** Searches on this thread, in one stride. @throws as `Miner.find` */
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
    const hit = await withProgress(search, hashes, plan.puzzle.difficulty, clock, onProgress)
    limit.check(hashes())
    return { ...confirmHit(plan, hit), hashes: hashes(), workers: 0 }
  } finally {
    limit.end()
  }
}
