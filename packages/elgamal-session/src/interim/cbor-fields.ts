/** Reads the map of one frame strictly: the named fields, all of them, and no others. */
import { type CborValue, decodeCbor } from '@chartseal/core/encoding'
import { sessionError } from '../errors.js'

export class CborFields {
  readonly #fields: ReadonlyMap<string, CborValue>

  /** @throws ChartsealError `encoding/invalid`, `session/bad-frame` */
  constructor(body: Uint8Array) {
    const value = decodeCbor(body)
    if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) {
      throw badFrame('not a map')
    }
    this.#fields = new Map(Object.entries(value))
  }

  has(key: string): boolean {
    return this.#fields.has(key)
  }

  /** @throws ChartsealError `session/bad-frame` unless these and no other fields are there */
  only(...keys: readonly string[]): void {
    if (this.#fields.size !== keys.length || !keys.every(key => this.#fields.has(key))) {
      throw badFrame('missing or unknown fields')
    }
  }

  /** An integer from 0 to 2^53 - 1. */
  count(key: string): number {
    const value = this.#fields.get(key)
    if (typeof value !== 'number' || value < 0) throw badFrame(`${key} is not an unsigned integer`)
    return value
  }

  text(key: string): string {
    const value = this.#fields.get(key)
    if (typeof value !== 'string') throw badFrame(`${key} is not a text`)
    return value
  }

  /** Bytes of exactly, or with `atLeast` not less than, this length. */
  bytes(key: string, sizeBytes: number, atLeast = false): Uint8Array {
    const value = this.#fields.get(key)
    if (!(value instanceof Uint8Array)) throw badFrame(`${key} is not a byte string`)
    if (value.length < sizeBytes || (value.length > sizeBytes && !atLeast)) {
      throw badFrame(`${key} has another length`)
    }
    return Uint8Array.from(value)
  }
}

export function badFrame(reason: string): Error {
  return sessionError('session/bad-frame', { reason })
}
