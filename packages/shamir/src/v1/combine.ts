import { equal } from '@chartseal/core/bytes'
import { defaultEngine, type Engine } from '@chartseal/core/engine'
import { shamirError } from '../errors.js'
import { lagrange } from './field.js'
import { maxShares, requireSet, requireThreshold, type Share } from './share.js'

export interface CombineOptions {
  /** How many shares the split asked for. Without it, too few shares silently give a wrong secret. */
  readonly threshold?: number
  readonly engine?: Engine
}

/**
 * Recovers the secret. With a `threshold`, too few shares are refused, and more than enough are checked
 * against each other; without one, all shares given are taken to be needed. The caller wipes the result.
 *
 * Weak by design: exactly `threshold` shares of which one is damaged, forged or from another set give a
 * wrong secret without an error.
 * @throws ChartsealError `shamir/…`; each code says which rule the set broke
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
  const used = shares.slice(0, threshold)
  refuseStrangers(used, shares.slice(used.length), engine)
  return valueAt(0, used, engine)
}

function refuseStrangers(used: readonly Share[], others: readonly Share[], engine: Engine): void {
  const indexes = others.filter(({ x, y }) => !lies(y, valueAt(x, used, engine))).map(({ x }) => x)
  if (indexes.length > 0) throw shamirError('shamir/inconsistent-shares', { indexes })
}

function lies(y: Uint8Array, expected: Uint8Array): boolean {
  const same = equal(y, expected)
  expected.fill(0)
  return same
}

/** The value at `x` of the polynomial through these shares. */
function valueAt(x: number, shares: readonly Share[], engine: Engine): Uint8Array {
  const value = new Uint8Array(shares[0]?.y.length ?? 0)
  const weights = lagrange(
    shares.map(share => share.x),
    x,
  )
  engine.gfCombine(
    shares.map(({ y }) => y),
    weights,
    value,
  )
  return value
}
