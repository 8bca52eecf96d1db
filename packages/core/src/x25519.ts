/** X25519 key agreement, RFC 7748 5 and 6.1: OpenSSL's in Node, noble's elsewhere; one suite runs on both. */
import { curves } from '#curves'
import { equal } from './bytes.js'
import type { X25519Secret } from './curves/platform.js'
import { coreError } from './errors.js'
import { Key32, SecretBytes } from './keys.js'
import type { Random } from './ports.js'

export const publicKeyBytes = 32

const zero = new Uint8Array(publicKeyBytes)

/** A private key: 32 bytes, clamped where it is used (RFC 7748 5). */
export class AgreementKey extends Key32 {
  declare private readonly brand: 'AgreementKey'
  #secret: X25519Secret | null = null

  /** @internal What the platform made of the key: kept until the key is wiped. @throws ChartsealError `key/wiped` */
  secret(): X25519Secret {
    const scalar = this.reveal()
    this.#secret ??= curves.x25519Secret(scalar)
    return this.#secret
  }

  override wipe(): void {
    this.#secret = null
    super.wipe()
  }
}

/** The public key, 32 bytes. @throws ChartsealError `key/wiped` */
export function publicKeyOf(key: AgreementKey): Uint8Array {
  return key.secret().publicKey()
}

/**
 * The shared 32 bytes, to be put through a key derivation; the caller wipes them. Public keys that are not
 * canonical are read as RFC 7748 5 says.
 * @throws ChartsealError `key/wrong-length`, `key/wiped`, and `key/small-order` for a public key with which
 * every private key agrees on zero (RFC 7748 6.1)
 */
export function agree(key: AgreementKey, theirPublicKey: Uint8Array): SecretBytes {
  if (theirPublicKey.length !== publicKeyBytes) {
    throw coreError('key/wrong-length', { expectedBytes: publicKeyBytes, actualBytes: theirPublicKey.length })
  }
  const shared = agreeOrNull(key, theirPublicKey)
  if (shared === null) throw coreError('key/small-order', {})
  return shared
}

/** @internal As `agree`, for 32 bytes; `null` for a public key of small order. @throws ChartsealError `key/wiped` */
export function agreeOrNull(key: AgreementKey, theirPublicKey: Uint8Array): SecretBytes | null {
  const shared = key.secret().agree(theirPublicKey)
  if (shared === null || equal(shared, zero)) return null
  try {
    return new SecretBytes(shared)
  } finally {
    shared.fill(0)
  }
}

/** What one key agreed on that was made for it, and that nobody keeps. */
export interface OneAgreement {
  /** Of the fresh key, for the other side. */
  readonly publicKey: Uint8Array
  /** The caller wipes it. */
  readonly shared: Uint8Array
}

/** @internal For 32 bytes. @throws ChartsealError `key/small-order` */
export function agreeOnce(theirPublicKey: Uint8Array, random: Random): OneAgreement {
  const ephemeral = curves.x25519Ephemeral(random)
  const shared = ephemeral.agree(theirPublicKey)
  if (shared === null) throw coreError('key/small-order', {})
  return { publicKey: ephemeral.publicKey(), shared }
}
