/** Payloads in a `BlobStore`, in memory that does not grow with them. */
import { through } from '@chartseal/core/chunked'
import type { AeadKey } from '@chartseal/core/keys'
import type { BlobStore, Random } from '@chartseal/core/ports'
import { writeCid } from '../cid/parse-bytes.js'
import type { RecordHeader } from './header.js'
import type { PayloadId } from './id.js'
import type { PayloadOptions } from './size.js'
import { openPayload, sealPayload } from './stream.js'

/**
 * Seals a record into a store; gives the CID of its payload. When it fails, blocks may be left that no package names.
 * @throws as `sealPayload`, RangeError for content that has not the size of the header, ChartsealError
 * `envelope/unsupported-cid` for a store that gives CIDs of version 0
 */
export async function storePayload(
  blobs: BlobStore,
  contentKey: AeadKey,
  id: PayloadId,
  header: RecordHeader,
  content: Uint8Array | AsyncIterable<Uint8Array>,
  options: PayloadOptions & { readonly random?: Random } = {},
): Promise<string> {
  const stream = sealPayload(contentKey, id, header, options, options.random)
  const cid = await blobs.put(through(content, stream))
  writeCid(cid)
  return cid
}

export interface ReadPayload {
  readonly header: RecordHeader
  /** **Whole only when it ends without an error.** */
  readonly content: AsyncIterable<Uint8Array>
  /** Whether its size is rounded up: known once the content has ended. @throws TypeError before */
  isPadded(): boolean
  /** Gives the rest up, for who wants the header alone. */
  cancel(): Promise<void>
}

/**
 * Reads a payload from a store, which checks each block. The header is authenticated and comes first; the key may be
 * wiped then.
 * @throws ChartsealError `open/failed`, `chunked/truncated`, and what the store gives; `content` fails with the same
 */
export async function readPayload(
  blobs: BlobStore,
  contentKey: AeadKey,
  id: PayloadId,
  cid: string,
): Promise<ReadPayload> {
  const opening = openPayload(contentKey, id)
  const pieces = through(blobs.get(cid), opening.stream)
  const first: Uint8Array[] = []
  // An empty record has no content: its header is there when the stream has ended.
  while (opening.header() === null) {
    const { done, value } = await pieces.next()
    if (done === true) break
    first.push(value)
  }
  const header = opening.header() ?? opening.opened()
  return {
    header,
    content: contentOf(first, pieces),
    isPadded: opening.isPadded,
    cancel: async () => void (await pieces.return()),
  }
}

async function* contentOf(
  first: readonly Uint8Array[],
  rest: AsyncGenerator<Uint8Array, void, void>,
): AsyncGenerator<Uint8Array> {
  try {
    yield* first
    yield* rest
  } finally {
    await rest.return()
  }
}
