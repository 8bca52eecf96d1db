/** Payloads of any size as streams; memory stays the same. */
import { concat } from '@chartseal/core/bytes'
import { type ByteTransform, openBytes, openStream, sealBytes, sealContent } from '@chartseal/core/chunked'
import { coreError } from '@chartseal/core/errors'
import type { AeadKey } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { systemRandom } from '@chartseal/core/system'
import { encodeFront, frontBytesAt, isZero, parseFront, type RecordHeader } from './header.js'
import { type PayloadId, payloadContext } from './id.js'
import { isContentAndPadding, type PayloadOptions, paddingBytes } from './size.js'

const maxZeros = 2 ** 20

/**
 * Seals the content of a record that comes as a stream. More or less of it than `header.sizeBytes` fails the stream
 * with a RangeError, and nothing of what came out is a payload.
 * @throws TypeError, RangeError for a header that no payload has; ChartsealError `key/wiped`
 */
export function sealPayload(
  contentKey: AeadKey,
  id: PayloadId,
  header: RecordHeader,
  options: PayloadOptions = {},
  random: Random = systemRandom,
): ByteTransform {
  const { sizeBytes } = header
  const behind = (): Iterable<Uint8Array> => zerosOf(paddingBytes(sizeBytes, options))
  const frame = { front: encodeFront(header), sizeBytes, behind }
  return sealContent(contentKey, payloadContext(id), frame, random)
}

/** Pieces that are only to be read: most are one and the same. */
function* zerosOf(sizeBytes: number): Generator<Uint8Array> {
  const zeros = new Uint8Array(Math.min(sizeBytes, maxZeros))
  for (let left = sizeBytes; left > 0; left -= zeros.length) yield zeros.subarray(0, left)
}

/** Seals a record in memory. @throws as {@link sealPayload}; RangeError unless the content has the size of the header */
export function sealPayloadBytes(
  contentKey: AeadKey,
  id: PayloadId,
  header: RecordHeader,
  content: Uint8Array,
  options: PayloadOptions = {},
  random: Random = systemRandom,
): Uint8Array {
  if (content.length !== header.sizeBytes) throw new RangeError('sizeBytes must be the size of the content')
  const zeros = new Uint8Array(paddingBytes(content.length, options))
  const plaintext = concat(encodeFront(header), content, zeros)
  try {
    return sealBytes(contentKey, plaintext, payloadContext(id), random)
  } finally {
    plaintext.fill(0)
  }
}

export interface OpenedRecord {
  readonly header: RecordHeader
  readonly content: Uint8Array
}

/**
 * Opens a whole payload in memory: everything or nothing.
 * @throws ChartsealError `chunked/truncated`, `chunked/too-long`; `open/failed` for another key, package or version, or
 * bytes that were changed
 */
export function openPayloadBytes(contentKey: AeadKey, id: PayloadId, payload: Uint8Array): OpenedRecord {
  const plaintext = openBytes(contentKey, payload, payloadContext(id))
  const reader = new PlaintextReader()
  try {
    const content = reader.take(plaintext).slice()
    return { header: reader.finish(), content }
  } finally {
    plaintext.fill(0)
  }
}

export interface PayloadOpening {
  /** Takes the bytes of a payload and gives the content of the record. */
  readonly stream: ByteTransform
  /** Authenticated, and there before the first content; the end may still be missing. `null` until then. */
  header(): RecordHeader | null
  /** The header of what came out whole. @throws TypeError unless the stream has ended without an error */
  opened(): RecordHeader
  /** Whether zeros came behind the content. @throws TypeError unless the stream has ended without an error */
  isPadded(): boolean
}

/**
 * Opens a payload as a stream. **Only a stream that ended without an error was the whole record.** The key may be wiped
 * once content comes out.
 *
 * The stream fails with `chunked/truncated` when the end is missing; `open/failed` for another key, package or version,
 * or bytes that were changed.
 */
export function openPayload(contentKey: AeadKey, id: PayloadId): PayloadOpening {
  const opening = openStream(contentKey, payloadContext(id))
  const reader = new PlaintextReader()
  let whole: RecordHeader | null = null
  const content = new TransformStream<Uint8Array, Uint8Array>({
    transform(piece, output) {
      const content = reader.take(piece)
      if (content.length > 0) output.enqueue(content)
    },
    flush() {
      whole = reader.finish()
    },
  })
  const opened = (): RecordHeader => {
    if (whole === null) throw new TypeError('the stream must have ended without an error')
    return whole
  }
  return {
    stream: { writable: opening.writable, readable: opening.readable.pipeThrough(content) },
    header: () => reader.header,
    opened,
    isPadded: () => reader.bytesBehindFront > opened().sizeBytes,
  }
}

/** Takes the plaintext in pieces of any size; what it gives out is content. */
class PlaintextReader {
  #front: Uint8Array = new Uint8Array(0)
  #header: RecordHeader | null = null
  #behindFront = 0

  get header(): RecordHeader | null {
    return this.#header
  }

  get bytesBehindFront(): number {
    return this.#behindFront
  }

  take(piece: Uint8Array): Uint8Array {
    const rest = this.#header === null ? this.#takeFront(concat(this.#front, piece)) : piece
    if (this.#header === null) return rest
    const left = Math.max(0, this.#header.sizeBytes - this.#behindFront)
    this.#behindFront += rest.length
    if (!isZero(rest.subarray(left))) throw coreError('open/failed', {})
    return rest.subarray(0, left)
  }

  /** What follows the front, once that is whole. */
  #takeFront(bytes: Uint8Array): Uint8Array {
    const frontBytes = frontBytesAt(bytes)
    if (frontBytes === null || bytes.length < frontBytes) {
      this.#front = bytes
      return new Uint8Array(0)
    }
    this.#header = parseFront(bytes.subarray(0, frontBytes))
    return bytes.subarray(frontBytes)
  }

  finish(): RecordHeader {
    const header = this.#header
    if (header === null || !isContentAndPadding(this.#behindFront, header.sizeBytes))
      throw coreError('open/failed', {})
    return header
  }
}
