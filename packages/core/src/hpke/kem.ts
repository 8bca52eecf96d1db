import { coreError } from '../errors.js'
import type { SecretBytes } from '../keys.js'
import type { Random } from '../ports.js'

export type KemName = 'x25519' | 'xwing'

/** A key encapsulation mechanism of RFC 9180 4, as `x25519Kem` and `xwingKem` are. */
export interface Kem {
  readonly name: KemName
  /** The number in IANA's registry of HPKE. */
  readonly id: number
  readonly publicKeyBytes: number
  readonly encBytes: number
  readonly secretKeyBytes: number
  /** @internal Lengths are right wherever these are called; secrets stay the caller's. */
  publicKeyOf(secret: Uint8Array): Uint8Array
  /** @internal @throws ChartsealError `key/small-order`, `key/invalid` */
  encapsulate(publicKey: Uint8Array, random: Random): Encapsulated
  /** @internal The shared secret, which the caller wipes; `null` for what nobody encapsulated. */
  decapsulate(secret: Uint8Array, enc: Uint8Array): Uint8Array | null
}

export interface Encapsulated {
  /** The caller wipes it. */
  readonly shared: Uint8Array
  readonly enc: Uint8Array
}

/** @throws ChartsealError `key/wrong-length` */
export function requirePublicKey(kem: Kem, publicKey: Uint8Array): void {
  requireLength(publicKey, kem.publicKeyBytes)
}

/** Its bytes, for immediate use. @throws ChartsealError `key/wrong-length`, `key/wiped` */
export function requireSecret(kem: Kem, secret: SecretBytes): Uint8Array {
  const bytes = secret.reveal()
  requireLength(bytes, kem.secretKeyBytes)
  return bytes
}

function requireLength(key: Uint8Array, expectedBytes: number): void {
  if (key.length !== expectedBytes) {
    throw coreError('key/wrong-length', { expectedBytes, actualBytes: key.length })
  }
}
