/** A batch: requests that share one fsync. */
import { logError } from '../errors.js'
import type { LeafCodec } from '../leaf-codec.js'
import { lengthBytes } from './tree-writer.js'

/** What the length in front of a leaf can say (C2SP tlog-tiles). */
export const maxLeafBytes = 65_535

/** Where an entry stands, and the time that its leaf carries: `null` when it stood there already. */
export interface Appended {
  readonly index: number
  readonly atMs: number | null
}

/** A request that waits for its place. */
export interface Waiting<Request> {
  readonly request: Request
  readonly id: Uint8Array
  readonly resolve: (appended: Appended) => void
  readonly reject: (error: unknown) => void
}

/** Requests with the leaves of their places; entries are views of one piece of memory, length and leaf. */
export interface Encoded<Request> {
  readonly placed: readonly Waiting<Request>[]
  readonly leaves: readonly Uint8Array[]
  readonly entries: readonly Uint8Array[]
  readonly bytes: Uint8Array
}

/** Encodes for the places from `first` on. Requests that the codec refuses are rejected, and leave no gap. */
export async function encodeBatch<Request>(
  codec: LeafCodec<Request>,
  batch: readonly Waiting<Request>[],
  first: number,
  atMs: number,
): Promise<Encoded<Request>> {
  const results = await Promise.all(
    batch.map((waiting, i) => leafFor(codec, waiting.request, first + i, atMs)),
  )
  const leaves = results.flatMap(result => ('leaf' in result ? [result.leaf] : []))
  if (leaves.length === batch.length) return joined(batch, leaves)
  const placed = batch.filter((waiting, i) => {
    const result = results[i]
    const isRefused = result !== undefined && 'refused' in result
    if (isRefused) waiting.reject(result.refused)
    return !isRefused
  })
  // A leaf is sealed for its place, and places moved.
  return encodeBatch(codec, placed, first, atMs)
}

async function leafFor<Request>(
  codec: LeafCodec<Request>,
  request: Request,
  seq: number,
  atMs: number,
): Promise<{ readonly leaf: Uint8Array } | { readonly refused: unknown }> {
  try {
    const leaf = await codec.encode(request, seq, atMs)
    if (leaf.length <= maxLeafBytes) return { leaf }
    const sizes = { sizeBytes: leaf.length, maximumBytes: maxLeafBytes }
    return { refused: logError('audit/leaf-too-large', sizes) }
  } catch (refused) {
    return { refused }
  }
}

function joined<Request>(
  placed: readonly Waiting<Request>[],
  leaves: readonly Uint8Array[],
): Encoded<Request> {
  const bytes = new Uint8Array(leaves.reduce((sum, leaf) => sum + lengthBytes + leaf.length, 0))
  let end = 0
  const entries = leaves.map(leaf => {
    const start = end
    bytes[start] = leaf.length >> 8
    bytes[start + 1] = leaf.length
    bytes.set(leaf, start + lengthBytes)
    end += lengthBytes + leaf.length
    return bytes.subarray(start, end)
  })
  return { placed, leaves, entries, bytes }
}

/** The entries that stand one after the other, lengths included; `null` when they do not end where the bytes end. */
export function splitEntries(bytes: Uint8Array): readonly Uint8Array[] | null {
  const entries: Uint8Array[] = []
  let at = 0
  while (at + lengthBytes <= bytes.length) {
    const next = at + lengthBytes + (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0)
    if (next > bytes.length) return null
    entries.push(bytes.subarray(at, next))
    at = next
  }
  return at === bytes.length ? entries : null
}
