/**
 * Ed25519 signatures, RFC 8032 5.1. Verification is the cofactored equation of 5.1.7; points in another than
 * their canonical encoding, an S that is not below L, and keys or R of small order are refused.
 */
import { ed25519 } from '@noble/curves/ed25519.js'
import { Key32 } from './keys.js'

export const publicKeyBytes = 32
export const signatureBytes = 64

/** A private key: the 32-byte seed of RFC 8032 5.1.5. */
export class SigningKey extends Key32 {
  declare private readonly brand: 'SigningKey'
}

/** The public key, 32 bytes. @throws ChartsealError `key/wiped` */
export function verifyingKeyOf(key: SigningKey): Uint8Array {
  return ed25519.getPublicKey(key.reveal())
}

/** 64 bytes; the same key and message always give the same. @throws ChartsealError `key/wiped` */
export function sign(key: SigningKey, message: Uint8Array): Uint8Array {
  return ed25519.sign(message, key.reveal())
}

/** False for every kind of bad signature or key, wrong lengths included; never throws. */
export function verify(verifyingKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== signatureBytes) return false
  if (!isVerifyingKey(verifyingKey) || !isSoundPoint(signature.subarray(0, publicKeyBytes))) return false
  return ed25519.verify(signature, message, verifyingKey, { zip215: false })
}

/** Whether these bytes are a key that `verify` takes: canonical, on the curve, not of small order. */
export function isVerifyingKey(bytes: Uint8Array): boolean {
  return bytes.length === publicKeyBytes && isSoundPoint(bytes)
}

function isSoundPoint(encoded: Uint8Array): boolean {
  try {
    return !ed25519.Point.fromBytes(encoded, false).isSmallOrder()
  } catch {
    return false
  }
}
