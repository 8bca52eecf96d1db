import { defaultEngine, type Engine } from '@chartseal/core/engine'
import type { Random } from '@chartseal/core/ports'
import { systemRandom } from '@chartseal/core/system'
import { power } from './field.js'
import { requireSize, requireThreshold, type Share } from './share.js'

export interface SplitOptions {
  /** How many shares recover the secret: at least 2. */
  readonly threshold: number
  /** How many shares are made, with x from 1 on: `threshold` to 255. */
  readonly numShares: number
  readonly random?: Random
  readonly engine?: Engine
}

/**
 * Splits a secret of 1 byte to 64 MiB so that any `threshold` shares recover it and fewer tell nothing but
 * its length (Shamir, "How to share a secret", 1979; GF(2^8) modulo 0x11B, byte by byte). The caller
 * wipes the secret and the shares.
 *
 * Weak by design: a share names neither its set, nor the threshold, nor the secret, and nothing proves
 * that it is genuine.
 * @throws ChartsealError `shamir/bad-threshold`, `shamir/bad-size`
 */
export function split(secret: Uint8Array, options: SplitOptions): readonly Share[] {
  const { threshold, numShares, random = systemRandom, engine = defaultEngine() } = options
  requireThreshold(threshold, numShares, 2)
  requireSize(secret)
  const shares = Array.from({ length: numShares }, (_, i) => ({ x: i + 1, y: Uint8Array.from(secret) }))
  for (let exponent = 1; exponent < threshold; exponent++) {
    // Uniform, zero included: a top coefficient that is never zero would tell something of the secret.
    const coefficients = random.bytes(secret.length)
    for (const { x, y } of shares) engine.gfMultiplyAccumulate(y, coefficients, power(x, exponent))
    coefficients.fill(0)
  }
  return shares
}
