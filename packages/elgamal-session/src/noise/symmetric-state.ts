/** Noise, revision 34, sections 5.1 and 5.2, for AESGCM and SHA256. */
import { openAt, sealAt } from '@chartseal/core/aead'
import { concat } from '@chartseal/core/bytes'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { hashBytes, hmacSha256, sha256 } from '@chartseal/core/hkdf'
import { AeadKey } from '@chartseal/core/keys'

const nothing = new Uint8Array(0)
const one = Uint8Array.of(1)
const two = Uint8Array.of(2)
const three = Uint8Array.of(3)

/** What HKDF gives as a key when somebody needs it: most keys of a handshake are replaced before that. */
interface PendingKey {
  readonly prk: Uint8Array
  readonly message: Uint8Array
}

/** The two keys of `Split()`, the initiator's first, in bytes that the caller wipes. */
export type SplitKeys = readonly [Uint8Array, Uint8Array]

/** `CipherState` and `SymmetricState` in one: a handshake has one of each. */
export class SymmetricState {
  #hash: Uint8Array
  #chainingKey: Uint8Array
  #pending: PendingKey | null = null
  #key: AeadKey | null = null
  #sequence = 0n

  constructor(protocolName: string) {
    const name = encodeUtf8(protocolName)
    this.#hash =
      name.length > hashBytes ? sha256(name) : concat(name, new Uint8Array(hashBytes - name.length))
    this.#chainingKey = Uint8Array.from(this.#hash)
  }

  get hasKey(): boolean {
    return this.#pending !== null || this.#key !== null
  }

  mixHash(data: Uint8Array): void {
    this.#hash = sha256(concat(this.#hash, data))
  }

  mixKey(keyMaterial: Uint8Array): void {
    const prk = this.#advance(keyMaterial)
    this.#pending = { prk, message: concat(this.#chainingKey, two) }
  }

  mixKeyAndHash(keyMaterial: Uint8Array): void {
    const prk = this.#advance(keyMaterial)
    const message = concat(this.#chainingKey, two)
    const mixed = hmacSha256(prk, message)
    message.fill(0)
    this.mixHash(mixed)
    this.#pending = { prk, message: concat(mixed, three) }
    mixed.fill(0)
  }

  /** The first output of HKDF becomes the chaining key; what the others come from is returned. */
  #advance(keyMaterial: Uint8Array): Uint8Array {
    this.#dropKey()
    const prk = hmacSha256(this.#chainingKey, keyMaterial)
    this.#chainingKey.fill(0)
    this.#chainingKey = hmacSha256(prk, one)
    return prk
  }

  encryptAndHash(plaintext: Uint8Array): Uint8Array {
    const key = this.#currentKey()
    const ciphertext =
      key === null ? Uint8Array.from(plaintext) : sealAt(key, this.#sequence++, plaintext, this.#hash)
    this.mixHash(ciphertext)
    return ciphertext
  }

  /** @throws ChartsealError `open/failed` */
  decryptAndHash(ciphertext: Uint8Array): Uint8Array {
    const key = this.#currentKey()
    const plaintext =
      key === null ? Uint8Array.from(ciphertext) : openAt(key, this.#sequence++, ciphertext, this.#hash)
    this.mixHash(ciphertext)
    return plaintext
  }

  #currentKey(): AeadKey | null {
    if (this.#pending === null) return this.#key
    const { prk, message } = this.#pending
    const bytes = hmacSha256(prk, message)
    this.#dropKey()
    this.#key = new AeadKey(bytes)
    bytes.fill(0)
    return this.#key
  }

  split(): SplitKeys {
    const prk = hmacSha256(this.#chainingKey, nothing)
    const first = hmacSha256(prk, one)
    const message = concat(first, two)
    const second = hmacSha256(prk, message)
    prk.fill(0)
    message.fill(0)
    return [first, second]
  }

  /** A fresh copy of h, which names this handshake once it is complete (11.2). */
  handshakeHash(): Uint8Array {
    return Uint8Array.from(this.#hash)
  }

  /** A view, for deriving a secret of an own use. */
  chainingKey(): Uint8Array {
    return this.#chainingKey
  }

  #dropKey(): void {
    this.#pending?.prk.fill(0)
    this.#pending?.message.fill(0)
    this.#pending = null
    this.#key?.wipe()
    this.#key = null
    this.#sequence = 0n
  }

  wipe(): void {
    this.#dropKey()
    this.#chainingKey.fill(0)
  }
}
