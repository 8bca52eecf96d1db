import { ChartsealError } from '@chartseal/core/errors'
import { hpkeOpen, hpkePublicKey, hpkeSeal, type Kem, x25519Kem, xwingKem } from '@chartseal/core/hpke'
import { AeadKey, type SecretBytes } from '@chartseal/core/keys'
import { sha256 } from '@noble/hashes/sha2.js'
import type { Identity, Recipient } from './recipient.js'

/** A recipient whose public key is known, and so its text. */
export interface KnownRecipient extends Recipient {
  /** Raw for X25519 and X-Wing, SubjectPublicKeyInfo in DER for RSA. */
  readonly publicKey: Uint8Array
}

/** X25519, or X-Wing, which stays secret as long as one of X25519 and ML-KEM-768 does. */
export type HpkeName = 'x25519' | 'xwing'

const kems: Readonly<Record<HpkeName, Kem>> = { x25519: x25519Kem, xwing: xwingKem }

export const kemOf = (name: HpkeName): Kem => kems[name]

/** A recipient by its HPKE public key, which is copied. @throws RangeError for another length */
export function hpkeRecipient(name: HpkeName, publicKey: Uint8Array): KnownRecipient {
  const kem = kems[name]
  if (publicKey.length !== kem.publicKeyBytes)
    throw new RangeError(`a public key of ${name} must have ${kem.publicKeyBytes} bytes`)
  const key = Uint8Array.from(publicKey)
  return {
    kem: name,
    keyHash: sha256(key),
    publicKey: key,
    wrap: async (info, contentKey, random) => hpkeSeal(kem, key, info, contentKey.reveal(), random),
  }
}

/**
 * An identity by its HPKE secret key, which stays the caller's and is used at each unwrapping.
 * @throws RangeError for another length; ChartsealError `key/wiped`
 */
export function hpkeIdentity(name: HpkeName, secret: SecretBytes): Identity {
  const kem = kems[name]
  if (secret.reveal().length !== kem.secretKeyBytes)
    throw new RangeError(`a secret key of ${name} must have ${kem.secretKeyBytes} bytes`)
  return {
    kem: name,
    keyHash: sha256(hpkePublicKey(kem, secret)),
    unwrap: async (info, { enc, ct }) => keyOrNull(() => hpkeOpen(kem, secret, enc, info, ct)),
  }
}

/** HPKE cannot tell an entry for somebody else from one that was changed. */
function keyOrNull(open: () => Uint8Array): AeadKey | null {
  let bytes: Uint8Array
  try {
    bytes = open()
  } catch (error) {
    if (isRefusal(error)) return null
    throw error
  }
  try {
    return bytes.length === AeadKey.sizeBytes ? new AeadKey(bytes) : null
  } finally {
    bytes.fill(0)
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof ChartsealError && error.code !== 'key/wiped'
}
