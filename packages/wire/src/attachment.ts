/** Messages of any size as streams, in the same format. */
import { concat } from '@chartseal/core/bytes'
import { type ByteTransform, openStreamBehind, sealContent } from '@chartseal/core/chunked'
import { coreError } from '@chartseal/core/errors'
import type { AeadKey } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { systemRandom } from '@chartseal/core/system'
import { type AttachmentInfo, encodeFront, maxFrontBytes, parseFront } from './body.js'
import { messageError } from './errors.js'
import { type Binding, contextOf, formatHeader, type Header, headerBytes, readFront } from './frame.js'
import { minPaddedBytes, type Padding, PaddingReader, paddedSizeOf, paddingPieces } from './padding.js'
import type { MessageKey } from './seal.js'

/** Body and padding of an attachment: 16 GiB. */
export const maxAttachmentBytes: number = 2 ** 34

/**
 * Seals content that comes as a stream; gives the bytes of one message in memory that does not grow with its size.
 * The size is known in advance: more or less content fails the stream with a RangeError, and nothing of what came out
 * is a message.
 * @throws ChartsealError `message/too-large`, `key/wiped`; RangeError, TypeError for invalid arguments
 */
export function sealAttachment(
  { key, ...header }: MessageKey,
  binding: Binding,
  info: AttachmentInfo,
  random: Random = systemRandom,
  padding: Padding = {},
): ByteTransform {
  const head = formatHeader(header)
  const front = encodeFront(info)
  const paddedBytes = paddedSizeOf(front.length + info.sizeBytes, padding)
  refuseLarge(paddedBytes)
  const { sizeBytes } = info
  const behind = (): Iterable<Uint8Array> => paddingPieces(paddedBytes - front.length - sizeBytes)
  return sealContent(key, contextOf(head, binding), { head, front, sizeBytes, behind }, random)
}

/** What the owner of the key said about an attachment. */
export interface OpenedAttachment extends Header, AttachmentInfo {}

export interface AttachmentOpening {
  /** Takes the bytes of the attachment and gives its content. */
  readonly stream: ByteTransform
  /** What came out. @throws TypeError unless the stream has ended without an error */
  opened(): OpenedAttachment
}

/** The key that a header names, and what both sides know of the message. */
export interface OpeningKey {
  readonly key: AeadKey
  readonly binding: Binding
}

/**
 * Opens an attachment, or any message, as a stream; memory stays the same.
 *
 * **Use nothing that comes out before the stream has ended without an error.** Until then the end may be missing:
 * write to a place that nobody reads, then call `opened`, ask the replay window, and only then show it. Throw away what
 * a stream gave that fails.
 *
 * `keyOf` finds the key by the header, which is not authenticated yet, as `attachmentKey` of `@chartseal/clinic` does; it
 * may throw to refuse. The key stays the caller's and may be wiped once content comes out.
 *
 * The stream fails with `message/unsupported` or what `keyOf` throws; `chunked/truncated` when the end is missing;
 * `message/too-large` above 16 GiB; `message/malformed` for less than 256 bytes; `open/failed` for a wrong key,
 * another patient, thread, sender or recipient, or a message that was changed.
 */
export function openAttachment(
  keyOf: (header: Header) => OpeningKey | Promise<OpeningKey>,
): AttachmentOpening {
  let header: Header | null = null
  let result: OpenedAttachment | null = null
  const opening = openStreamBehind(headerBytes, async front => {
    header = readFront(front)
    const { key, binding } = await keyOf(header)
    return { key, context: contextOf(front, binding) }
  })
  const content = contentReader(info => {
    if (header !== null) result = { ...header, ...info }
  })
  return {
    stream: { writable: opening.writable, readable: opening.readable.pipeThrough(content) },
    opened() {
      if (result === null) throw new TypeError('the stream must have ended without an error')
      return result
    },
  }
}

function refuseLarge(sizeBytes: number): void {
  if (sizeBytes > maxAttachmentBytes)
    throw messageError('message/too-large', { limitBytes: maxAttachmentBytes })
}

function contentReader(whole: (info: AttachmentInfo) => void): ByteTransform {
  const reader = new BodyReader()
  return new TransformStream<Uint8Array, Uint8Array>({
    transform(piece, output) {
      const content = reader.take(piece)
      if (content.length > 0) output.enqueue(content)
    },
    flush: () => whole(reader.finish()),
  })
}

/** Reads a body and its padding; what it gives out is content. */
class BodyReader {
  readonly #padding = new PaddingReader()
  #front: Uint8Array = new Uint8Array(0)
  #info: AttachmentInfo | null = null
  #left = 0
  #total = 0

  take(piece: Uint8Array): Uint8Array {
    this.#total += piece.length
    refuseLarge(this.#total)
    const rest = this.#info === null ? this.#begin(concat(this.#front, piece)) : piece
    const content = rest.subarray(0, this.#left)
    this.#left -= content.length
    if (!this.#padding.accepts(rest.subarray(content.length))) throw coreError('open/failed', {})
    return content
  }

  /** What follows the front, once that is whole. */
  #begin(bytes: Uint8Array): Uint8Array {
    const front = parseFront(bytes)
    if (front === null) {
      if (bytes.length > maxFrontBytes) throw coreError('open/failed', {})
      this.#front = bytes
      return new Uint8Array(0)
    }
    refuseLarge(front.info.sizeBytes)
    this.#info = front.info
    this.#left = front.info.sizeBytes
    return bytes.subarray(front.bytes)
  }

  finish(): AttachmentInfo {
    if (this.#total < minPaddedBytes) throw messageError('message/malformed', { stage: 'length' })
    if (this.#info === null || this.#left > 0 || !this.#padding.isWhole) throw coreError('open/failed', {})
    return this.#info
  }
}
