import { ChartsealError, coreError } from '@chartseal/core/errors'
import type { AeadKey } from '@chartseal/core/keys'
import type { Month } from './month.js'
import type { KeyRing } from './ring.js'

/**
 * Tries `attempt` with each key that may fit now, the current month's first. `attempt` says "another key,
 * please" by throwing `open/failed`; every other error ends the search.
 * @throws ChartsealError `open/failed` when no key fits, and whatever else `attempt` throws
 */
export async function openWithRing<Opened>(
  ring: KeyRing,
  attempt: (key: AeadKey, month: Month) => Opened | Promise<Opened>,
): Promise<Opened> {
  for (const month of ring.monthsForReading) {
    const key = await ring.key(month)
    try {
      return await attempt(key, month)
    } catch (error) {
      if (!(error instanceof ChartsealError && error.code === 'open/failed')) throw error
    }
  }
  throw coreError('open/failed', {})
}
