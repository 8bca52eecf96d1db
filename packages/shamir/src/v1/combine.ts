import { defaultEngine, type Engine } from '@chartseal/core/engine'
import { shamirError } from '../errors.js'
import { maxShares, requireThreshold } from '../limits.js'
import { type Share, writeSecret } from '../polynomial.js'
import { requireSet } from './share.js'

export interface CombineOptions {
  /** How many shares the split asked for. Without it, too few shares silently give a wrong secret. */
  readonly threshold?: number
  /** Memory for the secret, as long as a share and none of them; new memory where it is left out. */
  readonly output?: Uint8Array
  readonly engine?: Engine
}

/**
 * Recovers the secret. With a `threshold`, too few shares are refused, and more than enough are checked
 * against each other; without one, all shares given are taken to be needed. The caller wipes the result.
 *
 * Weak by design: exactly `threshold` shares of which one is damaged, forged or from another set give a
 * wrong secret without an error.
 * @throws ChartsealError `shamir/…`; each code says which rule the set broke
 * @throws RangeError for an `output` of another length
 */
export function combine(shares: readonly Share[], options: CombineOptions = {}): Uint8Array {
  return combineFrom(2, shares, options)
}

/**
 * What `combine` does, and a threshold of 1 too, where every share is the secret itself: for archives only.
 * @throws ChartsealError `shamir/…`
 */
export function legacyCombine(shares: readonly Share[], options: CombineOptions = {}): Uint8Array {
  return combineFrom(1, shares, options)
}

function combineFrom(minimum: number, shares: readonly Share[], options: CombineOptions): Uint8Array {
  const { threshold, engine = defaultEngine() } = options
  if (threshold !== undefined) requireThreshold(threshold, maxShares, minimum)
  const need = threshold ?? minimum
  if (shares.length < need) throw shamirError('shamir/too-few-shares', { have: shares.length, need })
  requireSet(shares)
  const secret = options.output ?? new Uint8Array(shares[0]?.y.length ?? 0)
  const indexes = writeSecret(shares, threshold ?? shares.length, secret, engine)
  if (indexes.length > 0) throw shamirError('shamir/inconsistent-shares', { indexes })
  return secret
}
