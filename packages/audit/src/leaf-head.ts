/** What anyone can read of a leaf without a key. Byte table: docs/spec/audit-entry.md. */

export const leafVersion = 2
export const requestIdBytes = 16
export const tagBytes = 16

/** A leaf that was read. Bytes are views of it, made when they are asked for. */
export interface LeafHead {
  /** `sealed`: an entry; `imported`: a line of an older log, as it was. */
  readonly kind: 'sealed' | 'imported'
  /** The index that the leaf carries. */
  readonly seq: number
  /** Milliseconds since 1970, by the clock of the log. */
  readonly at: number
  /** The idempotency key of a sealed leaf, 16 bytes; of an imported one nothing. */
  readonly requestId: Uint8Array
  /** 16 bytes of a sealed leaf that the holder of the subject's key recognizes; of an imported one nothing. */
  readonly tag: Uint8Array
  /** The sealed body, or the imported line. */
  readonly content: Uint8Array
}

/** Why a leaf cannot be read: its version is another one, or it is not one of the two maps in their one encoding. */
export type LeafFault = 'version' | 'encoding'

/**
 * Reads a leaf in one pass, for verifiers that see millions: the two maps in their one encoding, deterministic CBOR
 * (RFC 8949 4.2.1), which puts short keys first. `null` for anything else.
 */
export function readLeafHead(leaf: Uint8Array): LeafHead | null {
  const read = parseLeaf(leaf)
  return typeof read === 'string' ? null : read
}

/** As {@link readLeafHead}, and why it cannot be read. */
export function parseLeaf(leaf: Uint8Array): LeafHead | LeafFault {
  const cursor = new Cursor(leaf)
  const fields = cursor.head(map)
  if (fields === null || !cursor.key('v')) return 'encoding'
  const version = cursor.head(unsigned)
  if (version !== leafVersion) return version === null ? 'encoding' : 'version'
  const isSealed = fields === 6
  if (!isSealed && fields !== 4) return 'encoding'
  const at = cursor.key('at') ? cursor.head(unsigned) : null
  const id = isSealed ? cursor.field('id', requestIdBytes) : 0
  const seq = cursor.key('seq') ? cursor.head(unsigned) : null
  const tag = isSealed ? cursor.field('tag', tagBytes) : 0
  const content = cursor.field(isSealed ? 'body' : 'line')
  if (at === null || id === null || seq === null || tag === null || content === null || !cursor.isAtEnd())
    return 'encoding'
  return new Head(leaf, isSealed, at, seq, [id, tag, content])
}

class Head implements LeafHead {
  readonly kind: 'sealed' | 'imported'
  readonly seq: number
  readonly at: number
  readonly #leaf: Uint8Array
  readonly #starts: readonly [id: number, tag: number, content: number]

  constructor(
    leaf: Uint8Array,
    isSealed: boolean,
    at: number,
    seq: number,
    starts: readonly [id: number, tag: number, content: number],
  ) {
    this.kind = isSealed ? 'sealed' : 'imported'
    this.seq = seq
    this.at = at
    this.#leaf = leaf
    this.#starts = starts
  }

  get requestId(): Uint8Array {
    return this.#piece(this.#starts[0], requestIdBytes)
  }

  get tag(): Uint8Array {
    return this.#piece(this.#starts[1], tagBytes)
  }

  get content(): Uint8Array {
    return this.#leaf.subarray(this.#starts[2])
  }

  #piece(start: number, sizeBytes: number): Uint8Array {
    return this.kind === 'sealed' ? this.#leaf.subarray(start, start + sizeBytes) : new Uint8Array()
  }
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

  /** Where the byte string under this key begins, of this length or of any. */
  field(name: string, sizeBytes?: number): number | null {
    const length = this.key(name) ? this.head(byteString) : null
    if (length === null || length > this.#bytes.length - this.#at) return null
    this.#at += length
    return sizeBytes === undefined || length === sizeBytes ? this.#at - length : null
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
