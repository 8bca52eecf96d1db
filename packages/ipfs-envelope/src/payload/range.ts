/** A part of a record, without the rest. */
import { headerBytes, openRange, plaintextSizeBytes, type RangeSource } from '@chartseal/core/chunked'
import { coreError } from '@chartseal/core/errors'
import type { AeadKey } from '@chartseal/core/keys'
import { requireOrder } from '../require-order.js'
import { payloadError } from './errors.js'
import { chunkBytes, frontBytesAt, parseFront, type RecordHeader } from './header.js'
import { type PayloadId, payloadContext } from './id.js'
import { isContentAndPadding } from './size.js'

export interface PayloadReader {
  readonly header: RecordHeader
  /**
   * Content from `from` up to and without `to`, by default to the end. Reads the chunks of the range and no others.
   * @throws ChartsealError `open/failed`, `chunked/truncated`; RangeError unless 0 <= from <= to <= size
   */
  read(from: number, to?: number): Promise<Uint8Array>
}

/**
 * Reads the first chunk of a payload, and then ranges of its content. The key stays the caller's, and is used for each
 * range. That a payload has no end that is missing is known only when its last chunk was read: until then its length is
 * what the store says, compared with what the header says.
 * @throws ChartsealError `open/failed`, `chunked/truncated`, `chunked/too-long`, `payload/wrong-size`
 */
export async function openPayloadReader(
  contentKey: AeadKey,
  id: PayloadId,
  source: RangeSource,
): Promise<PayloadReader> {
  const context = payloadContext(id)
  const cached = await withHeaderKept(source)
  const { header, frontBytes } = await readFront(contentKey, context, cached)
  return {
    header,
    async read(from, to = header.sizeBytes) {
      requireOrder(from, to)
      if (to > header.sizeBytes) throw new RangeError('to must be at most the size of the content')
      const { plaintext } = await openRange(contentKey, cached, context, frontBytes + from, frontBytes + to)
      return plaintext
    },
  }
}

/** Salt and commitment are part of each reading and stay the same. */
async function withHeaderKept(source: RangeSource): Promise<RangeSource> {
  const { sizeBytes } = source
  const kept = (await source.read(0, Math.min(headerBytes, sizeBytes))).slice()
  return {
    sizeBytes,
    read: (from, to) => (to <= kept.length ? Promise.resolve(kept.slice(from, to)) : source.read(from, to)),
  }
}

interface Front {
  readonly header: RecordHeader
  readonly frontBytes: number
}

async function readFront(key: AeadKey, context: Uint8Array, source: RangeSource): Promise<Front> {
  const totalBytes = plaintextSizeBytes(source.sizeBytes)
  const first = await openRange(key, source, context, 0, Math.min(chunkBytes, totalBytes))
  const frontBytes = frontBytesAt(first.plaintext)
  if (frontBytes === null || frontBytes > totalBytes) throw coreError('open/failed', {})
  const isWhole = frontBytes === first.plaintext.length
  const { plaintext } = isWhole ? first : await openRange(key, source, context, 0, frontBytes)
  const header = parseFront(plaintext)
  if (!isContentAndPadding(totalBytes - frontBytes, header.sizeBytes))
    throw payloadError('payload/wrong-size', { sealedBytes: source.sizeBytes })
  return { header, frontBytes }
}
