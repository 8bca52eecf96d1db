/** Deterministic CBOR (RFC 8949 4.2.1) of texts, bytes, integers, booleans, null, lists and maps of texts. */
import { decode, encode, rfc8949EncodeOptions, type Token, Tokenizer, Type } from 'cborg'
import { equal } from './bytes.js'
import { coreError } from './errors.js'
import { decodeUtf8, requireWellFormed } from './utf8.js'

/** What deterministic CBOR carries here: no floats, tags, undefined or indefinite lengths. */
export type CborValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | Uint8Array
  | readonly CborValue[]
  | { readonly [key: string]: CborValue }

/** Lists and maps inside each other; no format here needs ten. */
export const maxCborDepth = 64

/**
 * Deterministic CBOR, RFC 8949 4.2.1. `decodeCbor` gives every value back, a bigint of at most 53 bits as a number.
 * @throws TypeError for a number that is not a safe integer, and for what is not a {@link CborValue}
 * @throws RangeError for a bigint below -2^64 or above 2^64 - 1
 * @throws ChartsealError `encoding/invalid` for a lone surrogate in a text, and below 64 lists and maps
 */
export function encodeCbor(value: CborValue): Uint8Array {
  requireCborValue(value, 0)
  return new Uint8Array(encode(value, rfc8949EncodeOptions))
}

/**
 * Reads deterministic CBOR: encoded again, it must give the same bytes.
 * @throws ChartsealError `encoding/invalid`
 */
export function decodeCbor(bytes: Uint8Array): CborValue {
  try {
    const value: CborValue = decode(bytes, { ...strict, tokenizer: new TextKeeper(bytes, strict) })
    if (equal(encodeCbor(value), bytes)) return value
  } catch {
    // Whatever the reason is, a RangeError of too many levels among them, the bytes are at fault.
  }
  throw coreError('encoding/invalid', { encoding: 'deterministic CBOR' })
}

const strict = {
  strict: true,
  allowBigInt: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  rejectDuplicateMapKeys: true,
} as const

/** Keeps U+FEFF at the beginning of a text, which the library's own TextDecoder takes for a byte order mark. */
class TextKeeper extends Tokenizer {
  override next(): Token {
    const start = this.pos()
    const token = super.next()
    if (!Type.equals(token.type, Type.string)) return token
    const text = this.data.subarray(start + headBytes(this.data[start] ?? 0), this.pos())
    if (text[0] === 0xef && text[1] === 0xbb && text[2] === 0xbf) token.value = decodeUtf8(text)
    return token
  }
}

// RFC 8949 3: up to 23 the length is in the first byte, then in 1, 2, 4 or 8 bytes that follow.
function headBytes(first: number): number {
  const minor = first & 0x1f
  return minor < 24 ? 1 : 1 + 2 ** (minor - 24)
}

function requireCborValue(value: unknown, depth: number): void {
  if (typeof value === 'string') requireWellFormed(value)
  else if (typeof value === 'number') requireInteger(value)
  else if (typeof value === 'bigint') requireWord(value)
  else if (typeof value === 'object' && value !== null) requireParts(value, depth + 1)
  else if (value !== null && typeof value !== 'boolean')
    throw new TypeError(`a value of CBOR must not be ${typeof value}`)
}

function requireInteger(value: number): void {
  if (!Number.isSafeInteger(value)) throw new TypeError('a number of CBOR must be a safe integer')
}

function requireWord(value: bigint): void {
  if (value >= 2n ** 64n || value < -(2n ** 64n)) {
    throw new RangeError('an integer of CBOR must be from -2^64 to 2^64 - 1')
  }
}

function requireParts(value: object, depth: number): void {
  if (value instanceof Uint8Array) return
  if (depth > maxCborDepth)
    throw coreError('encoding/invalid', { encoding: `CBOR of ${maxCborDepth} levels` })
  if (Array.isArray(value)) {
    for (const part of value) requireCborValue(part, depth)
    return
  }
  if (Object.prototype.toString.call(value) !== '[object Object]') {
    throw new TypeError('a map of CBOR must be a plain object')
  }
  for (const [key, part] of Object.entries(value)) {
    requireWellFormed(key)
    requireCborValue(part, depth)
  }
}
