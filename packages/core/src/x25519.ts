/** X25519 key agreement, RFC 7748 5 and 6.1. */
import { x25519 } from '@noble/curves/ed25519.js'
import { equal } from './bytes.js'
import { coreError } from './errors.js'
import { Key32, SecretBytes } from './keys.js'

export const publicKeyBytes = 32

/** A private key: 32 bytes, clamped where it is used (RFC 7748 5). */
export class AgreementKey extends Key32 {
  declare private readonly brand: 'AgreementKey'
}

/** The public key, 32 bytes. @throws ChartsealError `key/wiped` */
export function publicKeyOf(key: AgreementKey): Uint8Array {
  return x25519.getPublicKey(key.reveal())
}

/**
 * The shared 32 bytes, to be put through a key derivation; the caller wipes them. Public keys that are not
 * canonical are read as RFC 7748 5 says.
 * @throws ChartsealError `key/wrong-length`, `key/wiped`, and `key/small-order` for a public key with which
 * every private key agrees on zero (RFC 7748 6.1)
 */
export function agree(key: AgreementKey, theirPublicKey: Uint8Array): SecretBytes {
  const [expectedBytes, actualBytes] = [publicKeyBytes, theirPublicKey.length]
  if (actualBytes !== expectedBytes) throw coreError('key/wrong-length', { expectedBytes, actualBytes })
  const shared = sharedWith(key.reveal(), theirPublicKey)
  try {
    return new SecretBytes(shared)
  } finally {
    shared.fill(0)
  }
}

function sharedWith(privateKey: Uint8Array, theirPublicKey: Uint8Array): Uint8Array {
  const shared = multiplied(privateKey, theirPublicKey)
  if (shared === null || equal(shared, new Uint8Array(publicKeyBytes))) throw coreError('key/small-order', {})
  return shared
}

// Lengths are right, so the library refuses small orders only.
function multiplied(privateKey: Uint8Array, theirPublicKey: Uint8Array): Uint8Array | null {
  try {
    return x25519.getSharedSecret(privateKey, theirPublicKey)
  } catch {
    return null
  }
}
