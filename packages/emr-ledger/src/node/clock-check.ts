/** Whether a clock is right enough to seal by: what expires is judged by what blocks say. */
import { sealError } from '../v2/errors-seal.js'
import { isNear } from '../v2/seals/signing.js'

/**
 * Nothing, where there are no others.
 * @param others what the clocks of other nodes say now, in seconds
 * @throws ChartsealError `ledger/clock` where this one differs from those of most of them by more than ten minutes
 */
export function requireClock(nowSeconds: bigint, others: readonly bigint[]): void {
  const differing = others.filter(other => !isNear(nowSeconds, other))
  const sorted = differing.sort((a, b) => (a < b ? -1 : Number(a > b)))
  const middle = sorted[sorted.length >> 1]
  if (middle !== undefined && 2 * differing.length > others.length)
    throw sealError('ledger/clock', { aheadSeconds: nowSeconds - middle })
}
