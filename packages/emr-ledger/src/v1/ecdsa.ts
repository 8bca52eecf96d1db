/** ECDSA over an already computed 32-byte digest, with signatures in strict DER (RFC 3279 2.2.3). */
import { concat, fromBigIntBE } from '@chartseal/core/bytes'
import { DerReader } from '@chartseal/core/der'
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

/** Accepts both forms, low s and high s. Of a digest longer than the order, the leftmost bits count. */
export function verifyDigest(key: PublicKey, digest: Uint8Array, signature: EcdsaSignature): boolean {
  const { curve, point } = key
  const order = curve.Point.Fn.ORDER
  if (signature.r >= order || signature.s >= order) return false
  const sizeBytes = curve.Point.Fn.BYTES
  const compact = concat(fromBigIntBE(signature.r, sizeBytes), fromBigIntBE(signature.s, sizeBytes))
  return curve.verify(compact, digest, point, { prehash: false, lowS: false, format: 'compact' })
}

/** True for the form with s above half the order of the curve. */
export function isHighS(key: PublicKey, signature: EcdsaSignature): boolean {
  return signature.s > key.curve.Point.Fn.ORDER >> 1n
}
