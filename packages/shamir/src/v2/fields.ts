import { type CborValue, decodeCbor, encodeUtf8 } from '@chartseal/core/encoding'
import { shareError } from './errors.js'

/**
 * The fields of one deterministic CBOR map with exactly the `keys` that are named.
 * Each accessor gives a fresh value or throws ChartsealError `shamir/invalid-share` with the name of the field.
 */
export class Fields {
  readonly #values: ReadonlyMap<string, CborValue>

  constructor(bytes: Uint8Array, keys: readonly string[]) {
    const value = decoded(bytes)
    if (value === null || typeof value !== 'object' || value instanceof Uint8Array || Array.isArray(value))
      throw invalid('not a map')
    this.#values = new Map(Object.entries(value))
    if (this.#values.size !== keys.length || keys.some(key => !this.#values.has(key)))
      throw invalid('other fields')
  }

  bytes(key: string, min: number, max: number = min): Uint8Array {
    return bytesOf(this.#values.get(key), key, min, max)
  }

  integer(key: string, min: number, max: number): number {
    const value = this.#values.get(key)
    if (typeof value !== 'number' || value < min || value > max) throw invalid(key)
    return value
  }

  text(key: string, maxBytes: number): string {
    const value = this.#values.get(key)
    if (typeof value !== 'string' || encodeUtf8(value).length > maxBytes) throw invalid(key)
    return value
  }

  /** A list of byte strings of one length. */
  list(key: string, maxLength: number, sizeBytes: number): readonly Uint8Array[] {
    const value = this.#values.get(key)
    if (!Array.isArray(value) || value.length > maxLength) throw invalid(key)
    return value.map((one: CborValue) => bytesOf(one, key, sizeBytes, sizeBytes))
  }
}

function decoded(bytes: Uint8Array): CborValue {
  try {
    return decodeCbor(bytes)
  } catch {
    throw invalid('not deterministic CBOR')
  }
}

function bytesOf(value: CborValue | undefined, key: string, min: number, max: number): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length < min || value.length > max) throw invalid(key)
  return Uint8Array.from(value)
}

function invalid(reason: string): Error {
  return shareError('shamir/invalid-share', { reason })
}
