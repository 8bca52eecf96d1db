/** A batch: requests that share one fsync. */

import type { LeafCodec } from '../leaf-codec.js'
import { logError } from '../log-errors.js'
import { type Framed, frameEntries, maxEntryBytes } from '../tiles.js'

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

/** Requests with the leaves of their places, as they are and framed for a bundle. */
export interface Encoded<Request> extends Framed {
  readonly placed: readonly Waiting<Request>[]
  /** What the codec refused. */
  readonly refused: readonly Refused<Request>[]
  readonly leaves: readonly Uint8Array[]
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
  if (leaves.length === batch.length) return { placed: batch, refused: [], leaves, ...frameEntries(leaves) }
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
  if (leaf.length <= maxEntryBytes) return leaf
  throw logError('log/entry-too-large', { maximumBytes: maxEntryBytes, actualBytes: leaf.length })
}
