import { defaultEngine } from '@chartseal/core/engine'
import { systemClock } from '@chartseal/core/system'
import type { HashedHeader } from '../v1/block.js'
import { LocalControl } from './control.js'
import { confirmHit, planJob } from './job.js'
import { Limit } from './limit.js'
import { withProgress } from './meter.js'
import { searchStride } from './stride.js'
import { politePause } from './turn.js'
import type { FoundNonce, NonceOptions } from './types.js'

/**
 * The lowest satisfying nonce of the range, searched on this thread in slices that leave room for the event
 * loop. Any number of transaction ids: only `mineBlock` checks that.
 * @throws ChartsealError `ledger/nonces-exhausted`, `ledger/deadline`, `ledger/difficulty-range`, `ledger/number-range`
 * @throws the reason of `signal` when it aborts
 */
export async function findNonce(header: HashedHeader, options: NonceOptions = {}): Promise<FoundNonce> {
  const { engine = defaultEngine(), clock = systemClock, onProgress } = options
  const limit = new Limit(options, clock)
  const job = planJob(header, options, 1)
  const control = new LocalControl(politePause(clock))
  limit.start(() => control.stop())
  const hashes = (): bigint => control.hashes()
  const search = searchStride(engine, job, { index: 0, threads: 1 }, control)
  try {
    const hit = await withProgress(search, hashes, header.difficulty, clock, onProgress)
    limit.check(hashes())
    return { ...confirmHit(header, job, hit), hashes: hashes(), workers: 0 }
  } finally {
    limit.end()
  }
}
