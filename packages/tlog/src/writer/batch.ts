/** A batch: requests that share one fsync. */

import type { LeafCodec } from '../leaf-codec.js'
import { logError } from '../log-errors.js'
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
  /** The id as a key of a map. */
  readonly name: string
  readonly resolve: (appended: Appended) => void
  readonly reject: (error: unknown) => void
}

export interface Refused<Request> {
  readonly waiting: Waiting<Request>
  readonly reason: unknown
}

/** Requests with the leaves of their places; entries are views of one piece of memory, length and leaf. */
export interface Encoded<Request> {
  readonly placed: readonly Waiting<Request>[]
  /** What the codec refused. */
  readonly refused: readonly Refused<Request>[]
  readonly leaves: readonly Uint8Array[]
  readonly entries: readonly Uint8Array[]
  readonly bytes: Uint8Array
}

/** Encodes for the places from `first` on. Requests that the codec refuses leave no gap. */
export async function encodeBatch<Request>(
  codec: LeafCodec<Request>,
  batch: readonly Waiting<Request>[],
  first: number,
  atMs: number,
): Promise<Encoded<Request>> {
  const encode = async ({ request }: Waiting<Request>, i: number): Promise<Uint8Array> =>
    requireShort(await codec.encode(request, first + i, atMs))
  const results = await Promise.allSettled(batch.map(encode))
  const leaves = results.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []))
  if (leaves.length === batch.length) return { placed: batch, refused: [], leaves, ...joined(leaves) }
  const refused = batch.flatMap((waiting, i) => {
    const result = results[i]
    return result?.status === 'rejected' ? [{ waiting, reason: result.reason }] : []
  })
  // A leaf is sealed for its place, and places moved.
  const placed = batch.filter((_, i) => results[i]?.status === 'fulfilled')
  const again = await encodeBatch(codec, placed, first, atMs)
  return { ...again, refused: [...refused, ...again.refused] }
}

function requireShort(leaf: Uint8Array): Uint8Array {
  if (leaf.length <= maxLeafBytes) return leaf
  throw logError('log/entry-too-large', { maximumBytes: maxLeafBytes, actualBytes: leaf.length })
}

function joined(leaves: readonly Uint8Array[]): Pick<Encoded<never>, 'entries' | 'bytes'> {
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
  return { entries, bytes }
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
