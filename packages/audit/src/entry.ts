/** The leaf of one entry: deterministic CBOR. Byte table: docs/spec/audit-entry.md. */
import { type CborValue, decodeCbor, decodeHex, encodeCbor } from '@chartseal/core/encoding'
import { entryError } from './errors.js'

const version = 2
/** What an entry bundle of tlog-tiles can hold, its length being a u16. */
export const maxLeafBytes = 65_535
export const requestIdBytes = 16
export const tagBytes = 16

interface Place {
  /** Equals the index of the leaf. */
  readonly seq: number
  /** When it was recorded, in milliseconds since 1970. */
  readonly at: number
}

export interface SealedLeaf extends Place {
  readonly kind: 'sealed'
  /** The idempotency key, 16 bytes. */
  readonly requestId: Uint8Array
  /** 16 bytes that the holder of the subject's key recognizes. */
  readonly tag: Uint8Array
  readonly body: Uint8Array
}

/** One line of a log that existed before, as it was: what it says is not checked. */
export interface ImportedLeaf extends Place {
  readonly kind: 'imported'
  readonly line: Uint8Array
}

export type Leaf = SealedLeaf | ImportedLeaf

/** @throws ChartsealError `audit/leaf-too-large` */
export function encodeLeaf(leaf: Leaf): Uint8Array {
  const { seq, at } = leaf
  const content: CborValue =
    leaf.kind === 'sealed' ? { id: leaf.requestId, tag: leaf.tag, body: leaf.body } : { line: leaf.line }
  const bytes = encodeCbor({ v: version, seq, at, ...content })
  if (bytes.length > maxLeafBytes)
    throw entryError('audit/leaf-too-large', { maximumBytes: maxLeafBytes, actualBytes: bytes.length })
  return bytes
}

/**
 * Reads a leaf strictly; with `seq`, only one for this place.
 * @throws ChartsealError `audit/bad-leaf`
 */
export function decodeLeaf(bytes: Uint8Array, seq?: number): Leaf {
  if (bytes.length > maxLeafBytes) throw entryError('audit/bad-leaf', { reason: 'size' })
  const leaf = leafOf(decode(bytes))
  if (seq !== undefined && leaf.seq !== seq) throw entryError('audit/bad-leaf', { reason: 'sequence' })
  return leaf
}

/** `v`, then `at`; `id`, then `seq`; `tag`: the heads of deterministic CBOR between the fields of a sealed leaf. */
const heads = ['a6617602626174', '62696450', '63736571', '6374616750'].map(decodeHex)

/**
 * Where the tag of a sealed leaf stands, without decoding it. `null` when it is of another form: then `decodeLeaf`
 * says what it is.
 */
export function tagIn(bytes: Uint8Array): Uint8Array | null {
  let at = 0
  for (const [i, head] of heads.entries()) {
    if (!head.every((byte, k) => bytes[at + k] === byte)) return null
    at += head.length
    if (i === 1) at += requestIdBytes
    if (i === 0 || i === 2) at += integerBytes(bytes[at] ?? 0)
  }
  return bytes.length < at + tagBytes ? null : bytes.subarray(at, at + tagBytes)
}

/** Size of an unsigned integer in CBOR by its first byte (RFC 8949 3). */
function integerBytes(first: number): number {
  return first < 24 ? 1 : 1 + 2 ** (first - 24)
}

function decode(bytes: Uint8Array): { readonly [field: string]: unknown } {
  try {
    return { ...Object(decodeCbor(bytes)) }
  } catch {
    throw entryError('audit/bad-leaf', { reason: 'encoding' })
  }
}

function leafOf({ v, seq, at, ...content }: { readonly [field: string]: unknown }): Leaf {
  if (v !== version)
    throw entryError('audit/bad-leaf', { reason: typeof v === 'number' ? 'version' : 'encoding' })
  if (!isCount(seq) || !isCount(at)) throw entryError('audit/bad-leaf', { reason: 'encoding' })
  const { id, tag, body, line, ...others } = content
  if (Object.keys(others).length > 0) throw entryError('audit/bad-leaf', { reason: 'encoding' })
  if (isBytes(line) && Object.keys(content).length === 1)
    return { kind: 'imported', seq, at, line: copy(line) }
  if (!isBytes(id, requestIdBytes) || !isBytes(tag, tagBytes) || !isBytes(body) || line !== undefined)
    throw entryError('audit/bad-leaf', { reason: 'encoding' })
  return { kind: 'sealed', seq, at, requestId: copy(id), tag: copy(tag), body: copy(body) }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isBytes(value: unknown, sizeBytes?: number): value is Uint8Array {
  return value instanceof Uint8Array && (sizeBytes === undefined || value.length === sizeBytes)
}

function copy(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes)
}
