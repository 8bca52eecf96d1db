/** Noise, revision 34, sections 5.1 and 5.2, for AESGCM and SHA256. */
import { openAt, sealAt } from '@chartseal/core/aead'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { defaultEngine } from '@chartseal/core/engine'
import { hashBytes, sha256 } from '@chartseal/core/hkdf'
import { AeadKey } from '@chartseal/core/keys'

const nothing = new Uint8Array(0)

/** The two keys of `Split()`, the initiator's first, in bytes that the caller wipes. */
export type SplitKeys = readonly [Uint8Array, Uint8Array]

/** A state on its way to another thread: secret but for the hash. */
export interface SymmetricParts {
  readonly chainingKey: Uint8Array
  readonly hash: Uint8Array
  /** Of the next message. */
  readonly key: Uint8Array
}

/** `CipherState` and `SymmetricState` in one: a handshake has one of each. */
export class SymmetricState {
  #hash: Uint8Array
  #chainingKey: Uint8Array
  /** Of a key that nobody has needed yet: most keys of a handshake are replaced before that. */
  #pending: Uint8Array | null = null
  #key: AeadKey | null = null
  #sequence = 0n

  constructor(protocolName: string) {
    const name = encodeUtf8(protocolName)
    this.#hash = new Uint8Array(hashBytes)
    if (name.length > hashBytes) this.#hash = sha256(name)
    else this.#hash.set(name)
    this.#chainingKey = Uint8Array.from(this.#hash)
  }

  /** Copies the parts. */
  static of({ chainingKey, hash, key }: SymmetricParts): SymmetricState {
    const state = new SymmetricState('')
    state.#chainingKey.set(chainingKey)
    state.#hash.set(hash)
    state.#pending = Uint8Array.from(key)
    return state
  }

  /** Copies, which the caller wipes; only where the last step mixed a key that was not used yet. */
  parts(): SymmetricParts {
    if (this.#pending === null) throw new Error('internal: a state without a fresh key')
    const [chainingKey, hash] = [Uint8Array.from(this.#chainingKey), Uint8Array.from(this.#hash)]
    return { chainingKey, hash, key: Uint8Array.from(this.#pending) }
  }

  get hasKey(): boolean {
    return this.#pending !== null || this.#key !== null
  }

  mixHash(data: Uint8Array): void {
    const message = new Uint8Array(hashBytes + data.length)
    message.set(this.#hash)
    message.set(data, hashBytes)
    this.#hash = sha256(message)
  }

  mixKey(keyMaterial: Uint8Array): void {
    const outputs = this.#advance(keyMaterial, 2)
    this.#pending = outputs.slice(hashBytes)
    outputs.fill(0)
  }

  mixKeyAndHash(keyMaterial: Uint8Array): void {
    const outputs = this.#advance(keyMaterial, 3)
    this.mixHash(outputs.subarray(hashBytes, 2 * hashBytes))
    this.#pending = outputs.slice(2 * hashBytes)
    outputs.fill(0)
  }

  /** The first output of HKDF becomes the chaining key. The caller wipes all of them. */
  #advance(keyMaterial: Uint8Array, count: number): Uint8Array {
    this.#dropKey()
    const outputs = defaultEngine().hkdf(this.#chainingKey, keyMaterial, count)
    this.#chainingKey.set(outputs.subarray(0, hashBytes))
    return outputs
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
    this.#key = new AeadKey(this.#pending)
    this.#pending.fill(0)
    this.#pending = null
    return this.#key
  }

  split(): SplitKeys {
    const outputs = defaultEngine().hkdf(this.#chainingKey, nothing, 2)
    const keys: SplitKeys = [outputs.slice(0, hashBytes), outputs.slice(hashBytes)]
    outputs.fill(0)
    return keys
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
    this.#pending?.fill(0)
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
