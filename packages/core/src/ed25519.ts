/**
 * Ed25519 signatures, RFC 8032 5.1: OpenSSL's in Node, noble's elsewhere, and one set of signatures on both.
 *
 * Verification is the equation without the cofactor, [S]B = R + [k]A, of which 5.1.7 says that it is sufficient: it is
 * what OpenSSL, Go and libsodium compute, so a witness or a verifier that runs those answers the same. The cofactored
 * one takes more only from keys, or an R, that somebody gave a part of small order on purpose. Points in another
 * than their canonical encoding, an S that is not below L, and keys or R of small order are refused.
 */
import { curves } from '#curves'
import { isBelowOrder, isCanonicalY, isSmallOrder } from './curves/ed25519-rules.js'
import type { Ed25519Signer, Ed25519Verifier } from './curves/platform.js'
import { ed25519Point, isZip215 } from './curves/platform-web.js'
import { Key32 } from './keys.js'

export const publicKeyBytes = 32
export const signatureBytes = 64

/** A private key: the 32-byte seed of RFC 8032 5.1.5. */
export class SigningKey extends Key32 {
  declare private readonly brand: 'SigningKey'
  #signer: Ed25519Signer | null = null

  /** @internal What the platform made of the key: kept until the key is wiped. @throws ChartsealError `key/wiped` */
  signer(): Ed25519Signer {
    const seed = this.reveal()
    this.#signer ??= curves.ed25519Signer(seed)
    return this.#signer
  }

  override wipe(): void {
    this.#signer = null
    super.wipe()
  }
}

/** A public key that was checked once, and keeps what the platform made of it: for whoever verifies more than once. */
export class VerifyingKey {
  readonly #bytes: Uint8Array
  #verifier: Ed25519Verifier | null = null

  private constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** `null` unless `isVerifyingKey`. The bytes are copied. */
  static of(bytes: Uint8Array): VerifyingKey | null {
    return isVerifyingKey(bytes) ? new VerifyingKey(Uint8Array.from(bytes)) : null
  }

  /** A fresh copy of the 32 bytes. */
  toBytes(): Uint8Array {
    return Uint8Array.from(this.#bytes)
  }

  /** @internal What the platform made of the key, at the first use. */
  verifier(): Ed25519Verifier {
    this.#verifier ??= curves.ed25519Verifier(this.#bytes)
    return this.#verifier
  }
}

/** The public key, 32 bytes. @throws ChartsealError `key/wiped` */
export function verifyingKeyOf(key: SigningKey): Uint8Array {
  return key.signer().publicKey()
}

/** 64 bytes; the same key and message always give the same. @throws ChartsealError `key/wiped` */
export function sign(key: SigningKey, message: Uint8Array): Uint8Array {
  return key.signer().sign(message)
}

/** False for every kind of bad signature or key, wrong lengths included; never throws. */
export function verify(key: Uint8Array | VerifyingKey, message: Uint8Array, signature: Uint8Array): boolean {
  if (!mayBeSignature(signature)) return false
  if (key instanceof VerifyingKey) return key.verifier().verify(message, signature)
  return mayBeKey(key) && curves.ed25519Verifier(key).verify(message, signature)
}

/**
 * ZIP-215: the equation with the cofactor, in which every implementation agrees on every signature, so that a ledger
 * can be built on the answer. What `verify` takes, this takes too; what it refuses is judged in JavaScript.
 * Never throws.
 */
export function verifyCofactored(
  key: Uint8Array | VerifyingKey,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (signature.length !== signatureBytes) return false
  return verify(key, message, signature) || isZip215(bytesOf(key), message, signature)
}

function bytesOf(key: Uint8Array | VerifyingKey): Uint8Array {
  return key instanceof VerifyingKey ? key.toBytes() : key
}

/** Whether these bytes are a key that `verify` takes: canonical, on the curve, not of small order. */
export function isVerifyingKey(bytes: Uint8Array): boolean {
  return mayBeKey(bytes) && ed25519Point(bytes) !== null
}

function mayBeKey(bytes: Uint8Array): boolean {
  return bytes.length === publicKeyBytes && mayBePoint(bytes)
}

function mayBeSignature(bytes: Uint8Array): boolean {
  if (bytes.length !== signatureBytes) return false
  return mayBePoint(bytes.subarray(0, publicKeyBytes)) && isBelowOrder(bytes.subarray(publicKeyBytes))
}

function mayBePoint(encoded: Uint8Array): boolean {
  return isCanonicalY(encoded) && !isSmallOrder(encoded)
}
