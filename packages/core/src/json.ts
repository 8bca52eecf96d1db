/**
 * Reads JSON strictly: each name once, nothing misread, and each field in the type it is asked for. What is refused
 * throws ChartsealError `json/invalid` with a place: the path of names that the reader asked for, never content and
 * never the name of an unknown field, which may be content as well.
 */
import { type CborValue, decodeBase64, decodeHex, encodeHex } from './encoding.js'
import { coreError } from './errors.js'
import { expectations, findFault } from './json-scan.js'

export { isMisreadName } from './json-scan.js'

/** What a JSON text holds. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue }

/** What {@link toJsonText} writes: bytes as lower-case hexadecimal, big integers as decimal text. */
export type AnswerValue = CborValue

export type Answer = { readonly [field: string]: AnswerValue }

/** An integer field: a safe JSON number, or a decimal string without sign or leading zeros. */
const decimal = /^(0|[1-9][0-9]*)$/

/**
 * A whole JSON text: `JSON.parse`, and nothing that two readers may take for two things. At every depth a name that its
 * object has already is refused, in whatever spelling, as are names that Node 24 misreads, and 129 levels.
 * A byte order mark is refused, too: readers of files take it off with `withoutBom` (core/encoding).
 * @throws ChartsealError `json/invalid`
 */
export function parseJson(text: string): JsonValue {
  const value = parsed(text)
  const fault = findFault(text)
  if (fault !== null) throw invalid('$', `${expectations[fault.kind]} (${placeOf(text, fault.index)})`)
  return value
}

/** Whether a text is JSON in which an object has one name twice; for formats with a code of their own for it. */
export function repeatsName(text: string): boolean {
  try {
    JSON.parse(text)
  } catch {
    return false
  }
  return findFault(text)?.kind === 'repeated'
}

function parsed(text: string): JsonValue {
  try {
    return JSON.parse(text)
  } catch {
    throw invalid('$', text.startsWith('\ufeff') ? 'JSON without a byte order mark' : 'valid JSON')
  }
}

function placeOf(text: string, index: number): string {
  const before = text.slice(0, index)
  const line = before.split('\n').length
  return `line ${line}, column ${index - before.lastIndexOf('\n')}`
}

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

/** One JSON object, and its path in the document. */
export class JsonObject {
  readonly path: string
  readonly #fields: ReadonlyMap<string, unknown>

  constructor(value: unknown, path = '$') {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(path, 'an object')
    this.path = path
    this.#fields = new Map(Object.entries(value))
  }

  /** As {@link parseJson}, of a text that is an object. @throws ChartsealError `json/invalid` */
  static parse(text: string): JsonObject {
    return new JsonObject(parseJson(text))
  }

  /** Names of the document: an unknown one may be content and must not appear in an error. */
  get keys(): readonly string[] {
    return [...this.#fields.keys()]
  }

  /**
   * Refuses fields that are not among these, without repeating their names.
   * @throws ChartsealError `json/invalid`
   */
  refuseOthers(known: readonly string[]): void {
    const others = this.keys.filter(key => !known.includes(key)).length
    if (others === 0) return
    const fields = others === 1 ? 'one unknown field' : `${others} unknown fields`
    throw invalid(this.path, `an object without other fields than ${known.join(', ')}: it has ${fields}`)
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
