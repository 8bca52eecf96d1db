/// <reference lib="esnext.disposable" preserve="true" />
/** X25519 key agreement, RFC 7748 5 and 6.1: OpenSSL's in Node, noble's elsewhere; one suite runs on both. */
import { curves } from '#curves'
import { equal } from './bytes.js'
import type { X25519Public, X25519Secret } from './curves/platform.js'
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
export function agreeOrNull(
  key: AgreementKey | EphemeralKey,
  theirs: Uint8Array | AgreementPublicKey,
): SecretBytes | null {
  const shared = key.secret().agree(theirs instanceof AgreementPublicKey ? theirs.imported : theirs)
  if (shared === null || equal(shared, zero)) return null
  try {
    return new SecretBytes(shared)
  } finally {
    shared.fill(0)
  }
}

/** A public key of the other side that is agreed with more than once: it keeps what the platform made of it. */
export class AgreementPublicKey {
  /** @internal */
  readonly imported: X25519Public

  /** Copies the bytes. @throws ChartsealError `key/wrong-length` */
  constructor(bytes: Uint8Array) {
    if (bytes.length !== publicKeyBytes) {
      throw coreError('key/wrong-length', { expectedBytes: publicKeyBytes, actualBytes: bytes.length })
    }
    this.imported = curves.x25519Public(Uint8Array.from(bytes))
  }
}

/** A private key for one exchange, which nobody stores. */
export class EphemeralKey {
  #secret: X25519Secret | null
  readonly #publicKey: Uint8Array

  constructor(random: Random) {
    this.#secret = curves.x25519Ephemeral(random)
    this.#publicKey = this.#secret.publicKey()
  }

  /** A fresh copy of the 32 bytes. */
  get publicKey(): Uint8Array {
    return Uint8Array.from(this.#publicKey)
  }

  /** @internal @throws ChartsealError `key/wiped` */
  secret(): X25519Secret {
    if (this.#secret === null) throw coreError('key/wiped', {})
    return this.#secret
  }

  wipe(): void {
    this.#secret?.wipe()
    this.#secret = null
  }

  [Symbol.dispose](): void {
    this.wipe()
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
  using ephemeral = new EphemeralKey(random)
  const shared = ephemeral.secret().agree(theirPublicKey)
  if (shared === null) throw coreError('key/small-order', {})
  return { publicKey: ephemeral.publicKey, shared }
}
