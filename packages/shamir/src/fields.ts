import { type CborValue, decodeCbor, encodeUtf8 } from '@chartseal/core/encoding'
import { shareError } from './share-errors.js'

/**
 * The fields of one deterministic CBOR map with exactly the `keys` that are named.
 * Each accessor gives a fresh value or throws what `invalid` makes, `shamir/invalid-share` unless given.
 */
export class Fields {
  readonly #values: ReadonlyMap<string, CborValue>
  readonly #invalid: Refusal

  constructor(bytes: Uint8Array, keys: readonly string[], invalid: Refusal = invalidShare) {
    this.#invalid = invalid
    const value = this.#decoded(bytes)
    if (value === null || typeof value !== 'object' || value instanceof Uint8Array || Array.isArray(value))
      throw invalid('not a map')
    this.#values = new Map(Object.entries(value))
    if (this.#values.size !== keys.length || keys.some(key => !this.#values.has(key)))
      throw invalid('other fields')
  }

  bytes(key: string, min: number, max: number = min): Uint8Array {
    return this.#bytesOf(this.#values.get(key), key, min, max)
  }

  integer(key: string, min: number, max: number): number {
    const value = this.#values.get(key)
    if (typeof value !== 'number' || value < min || value > max) throw this.#invalid(key)
    return value
  }

  text(key: string, maxBytes: number): string {
    const value = this.#values.get(key)
    if (typeof value !== 'string' || encodeUtf8(value).length > maxBytes) throw this.#invalid(key)
    return value
  }

  /** A list of byte strings of one length. */
  list(key: string, maxLength: number, sizeBytes: number): readonly Uint8Array[] {
    const value = this.#values.get(key)
    if (!Array.isArray(value) || value.length > maxLength) throw this.#invalid(key)
    return value.map((one: CborValue) => this.#bytesOf(one, key, sizeBytes, sizeBytes))
  }

  #decoded(bytes: Uint8Array): CborValue {
    try {
      return decodeCbor(bytes)
    } catch {
      throw this.#invalid('not deterministic CBOR')
    }
  }

  #bytesOf(value: CborValue | undefined, key: string, min: number, max: number): Uint8Array {
    if (!(value instanceof Uint8Array) || value.length < min || value.length > max) throw this.#invalid(key)
    return Uint8Array.from(value)
  }
}

/** The error for a reason: the name of a field, or what the whole is not. */
export type Refusal = (reason: string) => Error

const invalidShare: Refusal = reason => shareError('shamir/invalid-share', { reason })
