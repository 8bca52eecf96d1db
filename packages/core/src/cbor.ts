/** Reads the map of one deterministic CBOR value strictly: the named fields, all of them, and no others. */
import { toBigIntBE } from './bytes.js'
import { type CborValue, decodeCbor, encodeUtf8 } from './encoding.js'
import { coreError } from './errors.js'

/** One map. Each accessor gives the value in the type it names or throws ChartsealError `cbor/invalid`. */
export class CborFields {
  readonly #fields: ReadonlyMap<string, CborValue>

  /** @throws ChartsealError `cbor/invalid` unless the value is a map with these fields, perhaps `optional` ones, and no others */
  constructor(value: CborValue | undefined, names: readonly string[], optional: readonly string[] = []) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) {
      throw invalid('', 'a map')
    }
    this.#fields = new Map(Object.entries(value))
    const more = optional.filter(name => this.#fields.has(name))
    if (this.#fields.size !== names.length + more.length || !names.every(name => this.#fields.has(name))) {
      throw invalid('', `a map of ${names.join(', ')}`)
    }
  }

  /** @throws ChartsealError `encoding/invalid`, `cbor/invalid` */
  static decode(bytes: Uint8Array, names: readonly string[]): CborFields {
    return new CborFields(decodeCbor(bytes), names)
  }

  /** Whether an optional field is there. */
  has(name: string): boolean {
    return this.#fields.has(name)
  }

  /** An integer from `min` to `max`. */
  count(name: string, max: number = Number.MAX_SAFE_INTEGER, min = 0): number {
    const value = this.#fields.get(name)
    if (typeof value !== 'number' || value < min || value > max) {
      throw invalid(name, `an integer from ${min} to ${max}`)
    }
    return value
  }

  /** An integer from 0 to 2^64 - 1. */
  integer(name: string): bigint {
    const value = this.#fields.get(name)
    if ((typeof value === 'number' || typeof value === 'bigint') && value >= 0) return BigInt(value)
    throw invalid(name, 'an unsigned integer')
  }

  /** A text of at most `maxBytes` of UTF-8. */
  text(name: string, maxBytes: number = Number.MAX_SAFE_INTEGER): string {
    const value = this.#fields.get(name)
    if (typeof value !== 'string') throw invalid(name, 'a text')
    if (encodeUtf8(value).length > maxBytes) throw invalid(name, `a text of at most ${maxBytes} bytes`)
    return value
  }

  /** A fresh copy of bytes of this length, or of any when none is named. */
  bytes(name: string, sizeBytes?: number): Uint8Array {
    const value = this.bytesAsTheyAre(name)
    if (sizeBytes !== undefined && value.length !== sizeBytes) throw invalid(name, `${sizeBytes} bytes`)
    return new Uint8Array(value)
  }

  /** The bytes as the value has them, which may be a view of what was decoded. */
  bytesAsTheyAre(name: string): Uint8Array {
    const value = this.#fields.get(name)
    if (!(value instanceof Uint8Array)) throw invalid(name, 'a byte string')
    return value
  }

  /** A fresh copy of `minBytes` to `maxBytes` bytes. */
  bytesWithin(name: string, minBytes: number, maxBytes: number): Uint8Array {
    const value = this.bytesAsTheyAre(name)
    if (value.length < minBytes || value.length > maxBytes)
      throw invalid(name, `${minBytes} to ${maxBytes} bytes`)
    return new Uint8Array(value)
  }

  /** A list of at most `maxCount` byte strings of `sizeBytes` each. */
  byteStrings(name: string, maxCount: number, sizeBytes: number): readonly Uint8Array[] {
    const value = this.#fields.get(name)
    if (!Array.isArray(value) || value.length > maxCount) throw invalid(name, `a list of at most ${maxCount}`)
    return value.map((part: CborValue) => {
      if (!(part instanceof Uint8Array) || part.length !== sizeBytes)
        throw invalid(name, `a list of byte strings of ${sizeBytes} bytes`)
      return Uint8Array.from(part)
    })
  }

  /** A list of byte strings of any length. */
  bytesList(name: string): readonly Uint8Array[] {
    const value = this.#fields.get(name)
    if (!Array.isArray(value)) throw invalid(name, 'a list')
    return value.map((part: CborValue) => {
      if (!(part instanceof Uint8Array)) throw invalid(name, 'a list of byte strings')
      return Uint8Array.from(part)
    })
  }

  /** A list of at most `maxCount` texts of at most `maxBytes` of UTF-8 each. */
  texts(name: string, maxCount: number, maxBytes: number): readonly string[] {
    const value = this.#fields.get(name)
    if (!Array.isArray(value) || value.length > maxCount) throw invalid(name, `a list of at most ${maxCount}`)
    return value.map((part: CborValue) => {
      if (typeof part !== 'string' || encodeUtf8(part).length > maxBytes)
        throw invalid(name, `a list of texts of at most ${maxBytes} bytes`)
      return part
    })
  }

  /** One map that has these fields, and perhaps `optional` ones. */
  map(name: string, names: readonly string[], optional: readonly string[] = []): CborFields {
    return new CborFields(this.#fields.get(name), names, optional)
  }

  /** A list of maps that have these fields each, and perhaps `optional` ones. */
  maps(name: string, names: readonly string[], optional: readonly string[] = []): readonly CborFields[] {
    const value = this.#fields.get(name)
    if (!Array.isArray(value)) throw invalid(name, 'a list')
    return value.map((part: CborValue) => new CborFields(part, names, optional))
  }
}

/** One field of a value that may be a map, for readers who know its other fields only by this one. */
export function fieldOf(value: CborValue, name: string): CborValue | undefined {
  const isMap =
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
  return isMap ? new Map<string, CborValue>(Object.entries(value)).get(name) : undefined
}

function invalid(field: string, expected: string): Error {
  return coreError('cbor/invalid', { field, expected })
}

/** How an item begins: what it is, the number beside that (a value, or how many bytes or items follow), and where it goes on. */
export interface CborHead {
  readonly major: number
  readonly argument: number
  readonly end: number
}

/** The head at `at` (RFC 8949 3); `null` when it is not all there, or is one of those that no canonical encoding has. */
export function cborHeadAt(bytes: Uint8Array, at: number): CborHead | null {
  const first = bytes[at]
  if (first === undefined) return null
  const [major, low] = [first >> 5, first & 31]
  if (low < 24) return { major, argument: low, end: at + 1 }
  const end = at + 1 + 2 ** (low - 24)
  if (low > 27 || end > bytes.length) return null
  return { major, argument: Number(toBigIntBE(bytes.subarray(at + 1, end))), end }
}
