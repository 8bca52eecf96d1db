/** The envelope as the page uses it: loaded when a record is shared or opened. */
import { AeadKey } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { piecesOf } from '@chartseal/core/streams'
import { openPayload, type PayloadId, type RecordHeader, sealPayload } from '@chartseal/ipfs-envelope'
import { type BlockReader, type BlockStore, blobReader, blobStore } from '@chartseal/ipfs-envelope/unixfs'
import type { Signer } from '../api/identity.js'
import { consoleError } from '../errors.js'

/** What one record may have here: whoever opens it has it in the memory of a phone. */
export const maxRecordBytes = 250_000_000

/** What a device signs grant lists with: its identity, which nobody can read. */
export const ownerOf = ({ publicKey: verifyingKey, sign }: Signer) => ({ verifyingKey, sign })

/** One block in memory at a time. Gives the CID of the root. @throws RangeError for content of another size than the header says */
export async function sealContent(
  key: AeadKey,
  id: PayloadId,
  header: RecordHeader,
  content: ReadableStream<Uint8Array>,
  put: (cid: string, block: Uint8Array) => Promise<void>,
  random: Random,
): Promise<string> {
  const nothing: Omit<BlockStore, 'put'> = {
    get: async () => null,
    has: async () => false,
    delete: async () => undefined,
  }
  const sealed = content.pipeThrough(sealPayload(key, id, header, {}, random))
  return blobStore({ ...nothing, put }, { profile: 'chartseal-v2' }).put(piecesOf(sealed))
}

/** What padding, seals and the nodes of a tree may add to content. */
const sealedBytesFor = (contentBytes: number): number => contentBytes * 1.25 + 1_048_576

/**
 * Everything or nothing, in memory, and no more than `maxBytes`, whatever its sender made of it.
 * @throws ChartsealError `open/failed`, `console/too-large`, `console/damaged-record`, `envelope/…` for blocks that are other ones
 */
export async function openContent(
  key: AeadKey,
  id: PayloadId,
  root: string,
  get: (cid: string) => Promise<Uint8Array>,
  maxBytes = maxRecordBytes,
): Promise<{ readonly header: RecordHeader; readonly content: Uint8Array }> {
  const opening = openPayload(key, id)
  const pieces: Uint8Array[] = []
  let [fetchedBytes, sizeBytes] = [0, 0]
  const requireRoom = (isLess: boolean): void => {
    if (!isLess) throw consoleError('console/too-large', { limitBytes: maxBytes })
  }
  const counted = async (cid: string): Promise<Uint8Array> => {
    const block = await get(cid)
    fetchedBytes += block.length
    requireRoom(fetchedBytes <= sealedBytesFor(maxBytes))
    return block
  }
  for await (const piece of piecesOf(sealedFrom(root, counted).pipeThrough(opening.stream))) {
    // No more of it comes out than the header says, and that was there before.
    requireRoom((opening.header()?.sizeBytes ?? 0) <= maxBytes)
    sizeBytes += piece.length
    pieces.push(piece)
  }
  const header = opening.opened()
  if (header.sizeBytes !== sizeBytes) throw consoleError('console/damaged-record', {})
  const content = new Uint8Array(header.sizeBytes)
  let at = 0
  for (const piece of pieces) {
    content.set(piece, at)
    at += piece.length
  }
  return { header, content }
}

/** The content of one payload as a stream, such as to be sealed anew. The key may be wiped once it comes. */
export function contentFrom(
  key: AeadKey,
  id: PayloadId,
  root: string,
  get: (cid: string) => Promise<Uint8Array>,
): ReadableStream<Uint8Array> {
  return sealedFrom(root, get).pipeThrough(openPayload(key, id).stream)
}

function sealedFrom(root: string, get: (cid: string) => Promise<Uint8Array>): ReadableStream<Uint8Array> {
  const blocks: BlockReader = { get, has: async () => true }
  return streamOf(blobReader(blocks).get(root))
}

/** `ReadableStream.from` and iteration of streams are not in all browsers. */
function streamOf(pieces: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = pieces[Symbol.asyncIterator]()
  return new ReadableStream({
    async pull(output) {
      const next = await iterator.next()
      if (next.done === true) output.close()
      else output.enqueue(next.value)
    },
    async cancel() {
      await iterator.return?.()
    },
  })
}

/** A key in memory for as long as `work` takes. */
export async function withKey<Result>(
  bytes: Uint8Array,
  work: (key: AeadKey) => Promise<Result>,
): Promise<Result> {
  using key = new AeadKey(bytes)
  return await work(key)
}
