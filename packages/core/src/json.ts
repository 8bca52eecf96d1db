/**
 * Reads fields of parsed JSON strictly: each accessor gives the value in the type it names or throws
 * ChartsealError `json/invalid` with the path of the field, never its content.
 */
import { decodeBase64, decodeHex, encodeHex } from './encoding.js'
import { coreError } from './errors.js'

/** An integer field: a safe JSON number, or a decimal string without sign or leading zeros. */
const decimal = /^(0|[1-9][0-9]*)$/

// V8 of Node 24 reads the name "\"", once it is warm, as "\\", and so every name that is one escaped character: it takes
// the first character of the escape for the whole. Refused everywhere, so that a name means the same everywhere.
const misread = /[{,]\s*"\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})"\s*:/

/** Whether a name cannot be written so that every engine reads it back. */
export function isMisreadName(name: string): boolean {
  return misread.test(`{${JSON.stringify(name)}:`)
}

/** One JSON object, and where in the document it stands. */
export class JsonObject {
  readonly path: string
  readonly #fields: ReadonlyMap<string, unknown>

  constructor(value: unknown, path = '$') {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(path, 'an object')
    this.path = path
    this.#fields = new Map(Object.entries(value))
  }

  /** @throws ChartsealError `json/invalid` when the text is not a JSON object, or has a name that is misread */
  static parse(text: string): JsonObject {
    if (misread.test(text)) throw invalid('$', 'JSON without names of one escaped character')
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch {
      throw invalid('$', 'JSON')
    }
    return new JsonObject(value)
  }

  get keys(): readonly string[] {
    return [...this.#fields.keys()]
  }

  /** True when the field is there and is not `null`. */
  has(key: string): boolean {
    const value = this.#fields.get(key)
    return value !== undefined && value !== null
  }

  raw(key: string): unknown {
    return this.#fields.get(key)
  }

  text(key: string): string {
    const value = this.raw(key)
    if (typeof value !== 'string') throw invalid(this.at(key), 'a text')
    return value
  }

  boolean(key: string): boolean {
    const value = this.raw(key)
    if (typeof value !== 'boolean') throw invalid(this.at(key), 'true or false')
    return value
  }

  /** A non-negative integer of any size. */
  integer(key: string): bigint {
    return toInteger(this.raw(key), this.at(key))
  }

  /** A non-negative integer up to 2^53 - 1. */
  count(key: string): number {
    const value = Number(this.integer(key))
    if (!Number.isSafeInteger(value)) throw invalid(this.at(key), 'an integer below 2^53')
    return value
  }

  /** Bytes in lower-case hexadecimal. */
  hex(key: string): Uint8Array {
    return decoded(this.text(key), this.at(key), 'lower-case hexadecimal', decodeHex)
  }

  /** Bytes in canonical base64. */
  base64(key: string): Uint8Array {
    return decoded(this.text(key), this.at(key), 'canonical base64', decodeBase64)
  }

  object(key: string): JsonObject {
    return new JsonObject(this.raw(key), this.at(key))
  }

  list(key: string): readonly unknown[] {
    const value = this.raw(key)
    if (!Array.isArray(value)) throw invalid(this.at(key), 'a list')
    return value
  }

  objects(key: string): readonly JsonObject[] {
    return this.list(key).map((value, i) => new JsonObject(value, `${this.at(key)}[${i}]`))
  }

  texts(key: string): readonly string[] {
    return this.list(key).map((value, i) => {
      if (typeof value !== 'string') throw invalid(`${this.at(key)}[${i}]`, 'a text')
      return value
    })
  }

  integers(key: string): readonly bigint[] {
    return this.list(key).map((value, i) => toInteger(value, `${this.at(key)}[${i}]`))
  }

  private at(key: string): string {
    return `${this.path}.${key}`
  }
}

function toInteger(value: unknown, path: string): bigint {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value)
  if (typeof value === 'string' && decimal.test(value)) return BigInt(value)
  throw invalid(path, 'a non-negative integer')
}

function decoded(
  text: string,
  path: string,
  expected: string,
  decode: (text: string) => Uint8Array,
): Uint8Array {
  try {
    return decode(text)
  } catch {
    throw invalid(path, expected)
  }
}

function invalid(path: string, expected: string): Error {
  return coreError('json/invalid', { path, expected })
}

/** One JSON object to be written. */
export type Answer = { readonly [field: string]: AnswerValue }

/** What is written as JSON: bytes as lower-case hexadecimal, big integers as decimal text. */
export type AnswerValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | Uint8Array
  | readonly AnswerValue[]
  | { readonly [field: string]: AnswerValue }

/** One line of JSON. */
export function toJsonText(value: AnswerValue): string {
  return JSON.stringify(plain(value))
}

function plain(value: AnswerValue): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Uint8Array) return encodeHex(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(part => plain(part))
  return Object.fromEntries(Object.entries(value).map(([field, part]) => [field, plain(part)]))
}
