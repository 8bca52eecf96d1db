import { defaultEngine, type Engine } from '@chartseal/core/engine'
import type { Random } from '@chartseal/core/ports'
import { defaultPooledRandom } from '@chartseal/core/system'
import { requireSize, requireThreshold } from '../limits.js'
import { type Share, writeShares } from '../polynomial.js'

export interface SplitOptions {
  /** How many shares recover the secret: at least 2. */
  readonly threshold: number
  /** How many shares are made, with x from 1 on: `threshold` to 255. */
  readonly numShares: number
  /** Memory for the shares, one array as long as the secret for each; new memory where it is left out. */
  readonly outputs?: readonly Uint8Array[]
  readonly random?: Random
  readonly engine?: Engine
}

/**
 * Splits a secret of 1 byte to 64 MiB so that any `threshold` shares recover it and fewer reveal nothing but its
 * length (Shamir, "How to share a secret", 1979; GF(2^8) modulo 0x11B, byte by byte). The caller wipes the secret and
 * the shares.
 *
 * Weak by design: a share names neither its set, nor the threshold, nor the secret, and nothing proves that it is
 * genuine.
 * @throws ChartsealError `shamir/bad-threshold`, `shamir/bad-size`
 * @throws RangeError for `outputs` of another number or length
 */
export function split(secret: Uint8Array, options: SplitOptions): readonly Share[] {
  const { threshold, numShares, random = defaultPooledRandom(), engine = defaultEngine() } = options
  requireThreshold(threshold, numShares, 2)
  requireSize(secret)
  const ys = options.outputs ?? Array.from({ length: numShares }, () => new Uint8Array(secret.length))
  if (ys.length !== numShares) throw new RangeError('outputs must hold one array for each share')
  const shares = ys.map((y, i) => ({ x: i + 1, y }))
  writeShares(secret, shares, { threshold, random, engine })
  return shares
}
