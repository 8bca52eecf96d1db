/**
 * The seed's ElGamal over any p and g, without a check of anything. For vectors and comparison only: p may
 * be tiny, composite or chosen by an attacker, and g may have any order. Even with a named group the
 * signature alone is worthless: `(q, (q - 1) · H mod (p - 1))` verifies for every message and every key of
 * the subgroup when g = 2 and p = 2q + 1 (D. Bleichenbacher, EUROCRYPT 1996).
 */
import { toBigIntBE } from '@chartseal/core/bytes'
import { encodeUtf8 } from '@chartseal/core/encoding'
import type { Random } from '@chartseal/core/ports'
import { sha256 } from '@noble/hashes/sha2.js'
import { gcd, inverse, mod, randomBelow } from '../arithmetic.js'
import { sessionError } from '../errors.js'
import { modPow, type Parameters } from '../groups.js'

export interface Ciphertext {
  readonly c1: bigint
  readonly c2: bigint
}

export interface Signature {
  readonly r: bigint
  readonly s: bigint
}

const maxAttempts = 1000

export const legacyElGamal = {
  /** `g^x mod p`. */
  publicKey({ p, g }: Parameters, privateKey: bigint): bigint {
    return modPow(g, privateKey, p)
  },

  /** `(g^r, m · y^r) mod p`; a message of p or more is silently reduced. */
  encrypt({ p, g }: Parameters, publicKey: bigint, message: bigint, r: bigint): Ciphertext {
    return { c1: modPow(g, r, p), c2: mod(message * modPow(publicKey, r, p), p) }
  },

  /** `c2 / c1^x mod p`. @throws ChartsealError `session/not-invertible` */
  decrypt({ p }: Parameters, privateKey: bigint, { c1, c2 }: Ciphertext): bigint {
    return mod(c2 * inverse(modPow(c1, privateKey, p), p, 'c1'), p)
  },

  /**
   * `r = g^k`, `s = (H - x·r) / k mod (p - 1)` with a given k, which must never serve twice; s = 0, which
   * gives x away, is returned like any other. @throws ChartsealError `session/not-invertible`
   */
  sign({ p, g }: Parameters, privateKey: bigint, message: string, k: bigint): Signature {
    return signDigest({ p, g }, privateKey, messageDigest(encodeUtf8(message)), k)
  },

  /**
   * The same with a fresh k; draws again where s is 0.
   * @throws ChartsealError `session/not-invertible` where p is so small that no k is found
   */
  signFresh(parameters: Parameters, privateKey: bigint, message: string, random: Random): Signature {
    const order = parameters.p - 1n
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const k = 1n + randomBelow(order, random)
      if (gcd(k, order) !== 1n) continue
      const signature = legacyElGamal.sign(parameters, privateKey, message, k)
      if (signature.s !== 0n) return signature
    }
    throw sessionError('session/not-invertible', { value: 'k' })
  },

  /** Whether the seed accepts: 0 < r < p, 0 < s < p - 1 and `g^H = y^r · r^s mod p`. */
  verify({ p, g }: Parameters, publicKey: bigint, message: string, signature: Signature): boolean {
    return verifyDigest({ p, g }, publicKey, messageDigest(encodeUtf8(message)), signature)
  },
} as const

/** SHA-256 as an integer, big-endian. */
export function messageDigest(message: Uint8Array): bigint {
  return toBigIntBE(sha256(message))
}

export function signDigest({ p, g }: Parameters, x: bigint, digest: bigint, k: bigint): Signature {
  const r = modPow(g, k, p)
  return { r, s: mod((digest - x * r) * inverse(k, p - 1n, 'k'), p - 1n) }
}

export function verifyDigest({ p, g }: Parameters, y: bigint, digest: bigint, { r, s }: Signature): boolean {
  if (r <= 0n || r >= p || s <= 0n || s >= p - 1n) return false
  return modPow(g, digest, p) === mod(modPow(y, r, p) * modPow(r, s, p), p)
}
