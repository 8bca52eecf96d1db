/**
 * Verifying ECDSA with SHA-256, with signatures in strict DER (RFC 3279 2.2.3). Signing is noble's (doctor-key.ts): no
 * platform has the nonces of RFC 6979, and a record comes out the same twice.
 */
import { concat, fromBigIntBE } from '@chartseal/core/bytes'
import { DerReader } from '@chartseal/core/der'
import { EcdsaKey } from '@chartseal/core/ecdsa'
import { sha256 } from '@noble/hashes/sha2.js'
import { platformCurves } from './curves.js'
import type { PublicKey } from './public-key.js'

export interface EcdsaSignature {
  readonly r: bigint
  readonly s: bigint
}

/** `null` for anything but the one DER encoding of two non-negative integers. */
export function parseSignature(der: Uint8Array): EcdsaSignature | null {
  try {
    const outer = new DerReader(der)
    const numbers = outer.sequence()
    outer.end()
    const signature = { r: numbers.unsigned(), s: numbers.unsigned() }
    numbers.end()
    return signature
  } catch {
    return null
  }
}

/** What the platform made of a key, as long as somebody holds it: that takes as long as verifying does. */
const platformKeys = new WeakMap<PublicKey, EcdsaKey>()

function platformKeyOf(key: PublicKey): EcdsaKey | null {
  const known = platformKeys.get(key)
  if (known !== undefined) return known
  const name = platformCurves.get(key.curve)
  const made = name === undefined ? null : EcdsaKey.of(name, key.point)
  if (made !== null) platformKeys.set(key, made)
  return made
}

/** Accepts both forms, low s and high s. */
export function verifySignature(key: PublicKey, message: Uint8Array, { r, s }: EcdsaSignature): boolean {
  const { curve, point } = key
  const order = curve.Point.Fn.ORDER
  if (r >= order || s >= order) return false
  const sizeBytes = curve.Point.Fn.BYTES
  const compact = concat(fromBigIntBE(r, sizeBytes), fromBigIntBE(s, sizeBytes))
  const platformKey = platformKeyOf(key)
  if (platformKey !== null) return platformKey.verify(message, compact)
  return curve.verify(compact, sha256(message), point, { prehash: false, lowS: false, format: 'compact' })
}

/** True for the form with s above half the order of the curve. */
export function isHighS(key: PublicKey, signature: EcdsaSignature): boolean {
  return signature.s > key.curve.Point.Fn.ORDER >> 1n
}
