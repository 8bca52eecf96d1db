/** One polynomial over GF(2^8) modulo 0x11B for each byte of a secret: the arithmetic of both versions. */
import { equal } from '@chartseal/core/bytes'
import type { Engine, RandomCoefficients } from '@chartseal/core/engine'
import type { Random } from '@chartseal/core/ports'
import { lagrange } from './field.js'

/** One share: the value at `x` of one polynomial for each byte of the secret. As secret as the secret. */
export interface Share {
  /** 1 to 255; public. */
  readonly x: number
  /** As long as the secret. */
  readonly y: Uint8Array
}

export interface Drawing {
  readonly threshold: number
  readonly random: Random
  readonly engine: Engine
}

/** Fills the y of each share with the value at its x of a polynomial that is drawn. */
export function writeShares(secret: Uint8Array, shares: readonly Share[], drawing: Drawing): void {
  const { threshold, random, engine } = drawing
  const xs = shares.map(({ x }) => x)
  const ys = shares.map(({ y }) => y)
  engine.gfSplit(secret, coefficientsFrom(random, threshold), xs, ys)
}

/** Writes the value at `x`, which none of these shares has, of the polynomial through them. */
export function writeValueAt(x: number, shares: readonly Share[], value: Uint8Array, engine: Engine): void {
  const xs = shares.map(share => share.x)
  const ys = shares.map(share => share.y)
  engine.gfCombine(ys, lagrange(xs, x), value)
}

/**
 * Writes the secret of the first `threshold` shares and gives the indexes of the others that are not on their
 * polynomial. When there are any, zeros are written instead.
 */
export function writeSecret(
  shares: readonly Share[],
  threshold: number,
  secret: Uint8Array,
  engine: Engine,
): readonly number[] {
  const used = shares.slice(0, threshold)
  const strangers = shares.slice(threshold).filter(({ x, y }) => {
    // What the other share should be is computed where the secret will be.
    writeValueAt(x, used, secret, engine)
    return !equal(y, secret)
  })
  if (strangers.length === 0) writeValueAt(0, used, secret, engine)
  else secret.fill(0)
  return strangers.map(({ x }) => x)
}

/** Uniform, zero included: a top coefficient that is never zero would reveal something about the secret. */
function coefficientsFrom(random: Random, threshold: number): RandomCoefficients {
  return {
    count: threshold - 1,
    fill(bytes) {
      if (random.fill !== undefined) return random.fill(bytes)
      const drawn = random.bytes(bytes.length)
      bytes.set(drawn)
      drawn.fill(0)
    },
  }
}
