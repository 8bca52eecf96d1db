/** What anyone can read of a leaf without a key: its kind, its number, its time. */

/** `entry`: a sealed record; `imported`: a line of an older log, as it was. */
export type LeafKind = 'entry' | 'imported'

export interface LeafHead {
  readonly kind: LeafKind
  /** The number that the leaf carries. */
  readonly seq: number
  /** Milliseconds since 1970, by the clock of the log. */
  readonly atMs: number
  /** Of an imported leaf: a view of its line. */
  readonly line: Uint8Array | null
}

const version = 2
const idBytes = 16
const tagBytes = 16

/**
 * Reads a leaf in one pass, for verifiers that see millions: the two maps of docs/spec/audit-entry.md in their one
 * encoding, deterministic CBOR (RFC 8949 4.2.1), which puts short keys first. `null` for anything else.
 */
export function readLeafHead(leaf: Uint8Array): LeafHead | null {
  const cursor = new Cursor(leaf)
  const fields = cursor.head(map)
  if (fields !== 4 && fields !== 6) return null
  if (!cursor.key('v') || cursor.head(unsigned) !== version) return null
  const atMs = cursor.key('at') ? cursor.head(unsigned) : null
  if (fields === 6 && !(cursor.key('id') && cursor.bytes()?.length === idBytes)) return null
  const seq = cursor.key('seq') ? cursor.head(unsigned) : null
  if (fields === 6 && !(cursor.key('tag') && cursor.bytes()?.length === tagBytes)) return null
  const rest = cursor.key(fields === 6 ? 'body' : 'line') ? cursor.bytes() : null
  if (atMs === null || seq === null || rest === null || !cursor.isAtEnd()) return null
  return fields === 6 ? { kind: 'entry', seq, atMs, line: null } : { kind: 'imported', seq, atMs, line: rest }
}

// Major types, RFC 8949 3.1.
const unsigned = 0
const byteString = 2
const textString = 3
const map = 5

class Cursor {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  /** The argument of an item of this major type, in its shortest form; `null` for another type or form. */
  head(major: number): number | null {
    const first = this.#bytes[this.#at++] ?? 0xff
    return first >> 5 === major ? this.#argument(first & 0x1f) : null
  }

  /** Whether this key, of ASCII, comes next. */
  key(name: string): boolean {
    if (this.head(textString) !== name.length) return false
    for (let i = 0; i < name.length; i++) if (this.#bytes[this.#at++] !== name.charCodeAt(i)) return false
    return true
  }

  /** A byte string, as a view. */
  bytes(): Uint8Array | null {
    const length = this.head(byteString)
    if (length === null || length > this.#bytes.length - this.#at) return null
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  /** RFC 8949 3: below 24 it is the argument, from there 1, 2, 4 or 8 bytes follow. */
  #argument(info: number): number | null {
    if (info < 24) return info
    if (info > 27) return null
    const sizeBytes = 2 ** (info - 24)
    let value = 0
    for (let i = 0; i < sizeBytes; i++) value = value * 256 + (this.#bytes[this.#at++] ?? 0)
    const least = sizeBytes === 1 ? 24 : 256 ** (sizeBytes / 2)
    return this.#at <= this.#bytes.length && value >= least && Number.isSafeInteger(value) ? value : null
  }
}
