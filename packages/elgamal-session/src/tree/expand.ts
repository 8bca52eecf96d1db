/** HKDF-Expand with SHA-256 (RFC 5869 2.3), 32 bytes, of many keys at once, in the lanes of the engine. */
import { defaultEngine } from '@chartseal/core/engine'
import { keyBytes } from './shape.js'

/** So many are expanded at once; a commit that changes one path has fewer. */
const lanes = 64

/**
 * Keys, each with an info that begins with the same bytes. They are collected, and expanded in their place; whoever took
 * the results wipes them.
 */
export class Expansions {
  readonly #keys = new Uint8Array(lanes * keyBytes)
  readonly #messages: Uint8Array
  readonly #messageBytes: number
  readonly #restAt: number
  #count = 0

  /** @param restBytes of each info, behind its beginning; 54 with it at most */
  constructor(beginning: Uint8Array, restBytes: number) {
    this.#restAt = beginning.length
    this.#messageBytes = beginning.length + restBytes + 1
    this.#messages = new Uint8Array(lanes * this.#messageBytes)
    for (let at = 0; at < this.#messages.length; at += this.#messageBytes) {
      this.#messages.set(beginning, at)
      this.#messages[at + this.#messageBytes - 1] = 1
    }
  }

  get count(): number {
    return this.#count
  }

  get isFull(): boolean {
    return this.#count === lanes
  }

  /** One more key, 32 bytes from `offset` on. Answers where the rest of its info belongs in {@link Expansions.infos}. */
  add(keys: Uint8Array, offset: number): number {
    const [to, at] = [this.#keys, this.#count * keyBytes]
    for (let i = 0; i < keyBytes; i++) to[at + i] = keys[offset + i] ?? 0
    return this.#count++ * this.#messageBytes + this.#restAt
  }

  get infos(): Uint8Array {
    return this.#messages
  }

  /** A view of 32 bytes for each key, in their order, until {@link Expansions.wipe}. */
  expand(): Uint8Array {
    const keys = this.#keys.subarray(0, this.#count * keyBytes)
    defaultEngine().hmacMany(keys, this.#messages.subarray(0, this.#count * this.#messageBytes))
    return keys
  }

  /** Nothing is collected any more. */
  wipe(): void {
    this.#keys.fill(0, 0, this.#count * keyBytes)
    this.#count = 0
  }
}
