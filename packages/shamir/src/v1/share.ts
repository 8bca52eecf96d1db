import { shamirError } from '../errors.js'
import { maxShares, requireSize } from '../limits.js'
import type { Share } from '../polynomial.js'

/**
 * Refuses a set that cannot come from one split. x = 0 would let one forged share dictate the secret.
 * @throws ChartsealError `shamir/bad-index`, `shamir/duplicate-index`, `shamir/bad-size`,
 * `shamir/mixed-lengths`
 */
export function requireSet(shares: readonly Share[]): void {
  const seen = new Set<number>()
  for (const { x, y } of shares) {
    if (!Number.isInteger(x) || x < 1 || x > maxShares) throw shamirError('shamir/bad-index', { index: x })
    if (seen.has(x)) throw shamirError('shamir/duplicate-index', { index: x })
    seen.add(x)
    requireSize(y)
    if (y.length !== shares[0]?.y.length) throw shamirError('shamir/mixed-lengths', { index: x })
  }
}
