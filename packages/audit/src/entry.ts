/** The leaf of one entry: deterministic CBOR. Byte table: docs/spec/audit-entry.md. */
import { type CborValue, encodeCbor } from '@chartseal/core/encoding'
import { maxEntryBytes } from '@chartseal/tlog'
import { entryError } from './errors.js'
import { type LeafHead, leafVersion, parseLeaf } from './leaf-head.js'

/** What a log can hold. */
export const maxLeafBytes: number = maxEntryBytes

interface LeafIndex {
  /** Equals the index of the leaf. */
  readonly seq: number
  /** When it was recorded, in milliseconds since 1970. */
  readonly at: number
}

export interface SealedLeaf extends LeafIndex {
  readonly kind: 'sealed'
  /** The idempotency key, 16 bytes. */
  readonly requestId: Uint8Array
  /** 16 bytes that the holder of the subject's key recognizes. */
  readonly tag: Uint8Array
  readonly body: Uint8Array
}

/** One line of a log that existed before, as it was: what it says is not checked. */
export interface ImportedLeaf extends LeafIndex {
  readonly kind: 'imported'
  readonly line: Uint8Array
}

export type Leaf = SealedLeaf | ImportedLeaf

/** @throws ChartsealError `audit/leaf-too-large` */
export function encodeLeaf(leaf: Leaf): Uint8Array {
  const { seq, at } = leaf
  const content: CborValue =
    leaf.kind === 'sealed' ? { id: leaf.requestId, tag: leaf.tag, body: leaf.body } : { line: leaf.line }
  const bytes = encodeCbor({ v: leafVersion, seq, at, ...content })
  if (bytes.length > maxLeafBytes)
    throw entryError('audit/leaf-too-large', { maximumBytes: maxLeafBytes, actualBytes: bytes.length })
  return bytes
}

/**
 * Reads a leaf strictly, into fresh copies; with `seq`, only one for this index.
 * @throws ChartsealError `audit/bad-leaf`
 */
export function decodeLeaf(bytes: Uint8Array, seq?: number): Leaf {
  if (bytes.length > maxLeafBytes) throw entryError('audit/bad-leaf', { reason: 'size' })
  const head = parseLeaf(bytes)
  if (typeof head === 'string') throw entryError('audit/bad-leaf', { reason: head })
  if (seq !== undefined && head.seq !== seq) throw entryError('audit/bad-leaf', { reason: 'sequence' })
  return leafOf(head)
}

function leafOf({ kind, seq, at, requestId, tag, content }: LeafHead): Leaf {
  if (kind === 'imported') return { kind, seq, at, line: content.slice() }
  return { kind, seq, at, requestId: requestId.slice(), tag: tag.slice(), body: content.slice() }
}
