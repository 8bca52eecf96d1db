/** Deterministic CBOR (RFC 8949 4.2.1) of texts, bytes, integers, booleans, null, lists and maps of texts. */
import { encode, rfc8949EncodeOptions } from 'cborg'
import { CborReader, maxCborDepth } from './cbor-reader.js'
import { coreError } from './errors.js'
import { requireWellFormed } from './utf8.js'

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
 * Reads deterministic CBOR: of each value the one encoding that {@link encodeCbor} gives it, and no other.
 * @throws ChartsealError `encoding/invalid`
 */
export function decodeCbor(bytes: Uint8Array): CborValue {
  return read(bytes, view => new Uint8Array(view))
}

/**
 * The same, with byte strings as views of `bytes`: for who owns those and leaves them as they are.
 * @throws ChartsealError `encoding/invalid`
 */
export function decodeCborViews(bytes: Uint8Array): CborValue {
  return read(bytes, view => view)
}

function read(bytes: Uint8Array, take: (view: Uint8Array) => Uint8Array): CborValue {
  try {
    return new CborReader(bytes, take).whole()
  } catch {
    // Whatever the reason is, the bytes are at fault.
    throw coreError('encoding/invalid', { encoding: 'deterministic CBOR' })
  }
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

/** Worked out once: engines take the power anew wherever it is written. */
const wordEnd = 2n ** 64n

function requireWord(value: bigint): void {
  if (value >= wordEnd || value < -wordEnd) {
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
