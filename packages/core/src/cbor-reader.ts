/**
 * Reads deterministic CBOR (RFC 8949 4.2.1) in one pass: whatever has another encoding is refused where it is read, so
 * that nothing has to be encoded again and compared.
 */
import type { CborValue } from './cbor-codec.js'
import { decodeUtf8 } from './utf8.js'

/** Lists and maps inside each other; no format here needs ten. */
export const maxCborDepth = 64

const [oneByte, twoBytes, fourBytes, eightBytes] = [24, 25, 26, 27]
/** What an argument must reach to need so many bytes (RFC 8949 4.2.1, "shortest form"). */
const [least1, least2, least4, least8] = [24, 0x100, 0x1_0000, 0x1_0000_0000]
const longAscii = 32

/** Throws whatever it throws for everything else: what is wrong with such bytes helps nobody. */
export class CborReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #take: (view: Uint8Array) => Uint8Array
  #at = 0

  /** `take` is given each byte string as a view of `bytes`, and answers what stands for it. */
  constructor(bytes: Uint8Array, take: (view: Uint8Array) => Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#take = take
  }

  /** The one value that the bytes are. */
  whole(): CborValue {
    const value = this.#value(0)
    if (this.#at !== this.#bytes.length) throw refusal()
    return value
  }

  #value(depth: number): CborValue {
    const head = this.#byte()
    const [major, minor] = [head >> 5, head & 0x1f]
    if (major === 0) return this.#argument(minor)
    if (major === 1) return negative(this.#argument(minor))
    if (major === 2) return this.#take(this.#string(minor))
    if (major === 3) return textOf(this.#string(minor))
    if (major === 4) return this.#list(this.#length(minor), depth + 1)
    if (major === 5) return this.#map(this.#length(minor), depth + 1)
    if (major === 7) return simple(minor)
    throw refusal()
  }

  #list(count: number, depth: number): CborValue {
    requireDepth(depth)
    const parts: CborValue[] = []
    while (parts.length < count) parts.push(this.#value(depth))
    return parts
  }

  /** RFC 8949 4.2.1: the keys in the order of their encodings, which makes them different ones. */
  #map(count: number, depth: number): CborValue {
    requireDepth(depth)
    const fields: [string, CborValue][] = []
    let before: Uint8Array = new Uint8Array(0)
    while (fields.length < count) {
      const start = this.#at
      const key = this.#key()
      const encoded = this.#bytes.subarray(start, this.#at)
      if (!isBefore(before, encoded)) throw refusal()
      before = encoded
      fields.push([key, this.#value(depth)])
    }
    return Object.fromEntries(fields)
  }

  #key(): string {
    const head = this.#byte()
    if (head >> 5 !== 3) throw refusal()
    return textOf(this.#string(head & 0x1f))
  }

  #string(minor: number): Uint8Array {
    const length = this.#length(minor)
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  /** Of a string in bytes, of a list or map in items, each of which has a byte at least. */
  #length(minor: number): number {
    const length = this.#argument(minor)
    if (typeof length === 'bigint' || length > this.#bytes.length - this.#at) throw refusal()
    return length
  }

  #argument(minor: number): number | bigint {
    if (minor < least1) return minor
    if (minor === oneByte) return atLeast(least1, this.#byte())
    const at = this.#at
    if (minor === twoBytes) {
      this.#at += 2
      return atLeast(least2, this.#view.getUint16(at))
    }
    if (minor === fourBytes) {
      this.#at += 4
      return atLeast(least4, this.#view.getUint32(at))
    }
    if (minor !== eightBytes) throw refusal()
    this.#at += 8
    return shortest(atLeast(least8, this.#view.getBigUint64(at)))
  }

  #byte(): number {
    const byte = this.#view.getUint8(this.#at)
    this.#at++
    return byte
  }
}

function refusal(): Error {
  return new Error('this is not deterministic CBOR')
}

function atLeast<Value extends number | bigint>(least: number, value: Value): Value {
  if (value < least) throw refusal()
  return value
}

function requireDepth(depth: number): void {
  if (depth > maxCborDepth) throw refusal()
}

/** Of at most 53 bits: a number. */
function shortest(value: bigint): number | bigint {
  return value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER ? Number(value) : value
}

/** RFC 8949 3.1: the value is -1 minus the argument. */
function negative(argument: number | bigint): number | bigint {
  return typeof argument === 'number' && argument < Number.MAX_SAFE_INTEGER
    ? -1 - argument
    : shortest(-1n - BigInt(argument))
}

function simple(minor: number): boolean | null {
  if (minor === 20 || minor === 21) return minor === 21
  if (minor === 22) return null
  throw refusal()
}

/** Names of fields are short and ASCII, which a decoder of the platform takes longer for. */
function textOf(bytes: Uint8Array): string {
  if (bytes.length > longAscii) return decodeUtf8(bytes)
  let text = ''
  for (const byte of bytes) {
    if (byte >= 0x80) return decodeUtf8(bytes)
    text += String.fromCharCode(byte)
  }
  return text
}

/** In bytewise order. */
function isBefore(a: Uint8Array, b: Uint8Array): boolean {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const [left = 0, right = 0] = [a[i], b[i]]
    if (left !== right) return left < right
  }
  return a.length < b.length
}
