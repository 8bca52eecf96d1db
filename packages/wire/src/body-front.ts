/** The body of an attachment up to its content, which is the last field in deterministic CBOR (RFC 8949 4.2.1). */
import { concat, equal, fromBigIntBE, toBigIntBE } from '@chartseal/core/bytes'
import { coreError } from '@chartseal/core/errors'
import { type Body, decodeBody, encodeBody } from './body.js'

/** What an attachment is, beside its content. */
export interface AttachmentInfo extends Omit<Body, 'content'> {
  /** Size of the content. */
  readonly sizeBytes: number
}

/** Fields before the content, their names and lengths included. */
export const maxFrontBytes = 4096

const byteString = 2
const textString = 3
const noContent = Uint8Array.of(byteString << 5)

/** @throws RangeError for a size that is none, or fields that take more than 4,096 bytes */
export function encodeFront({ sizeBytes, ...fields }: AttachmentInfo): Uint8Array {
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0) throw new RangeError('a size in bytes is needed')
  const empty = encodeBody({ ...fields, content: new Uint8Array(0) })
  const front = concat(empty.subarray(0, -noContent.length), byteStringHead(sizeBytes))
  if (front.length > maxFrontBytes) throw new RangeError(`the fields take more than ${maxFrontBytes} bytes`)
  return front
}

// RFC 8949 4.2.1: the shortest argument that holds the size.
function byteStringHead(sizeBytes: number): Uint8Array {
  if (sizeBytes < 24) return Uint8Array.of((byteString << 5) | sizeBytes)
  const log = [8, 16, 32].findIndex(bits => sizeBytes < 2 ** bits)
  const width = log < 0 ? 3 : log
  return concat(Uint8Array.of((byteString << 5) | (24 + width)), fromBigIntBE(BigInt(sizeBytes), 2 ** width))
}

export interface Front {
  readonly info: AttachmentInfo
  /** Where the content begins. */
  readonly bytes: number
}

/** `null` while more bytes are needed. @throws ChartsealError `open/failed` for anything but the front of a body */
export function parseFront(bytes: Uint8Array): Front | null {
  // The map has fewer than 24 fields, and so a head of one byte.
  for (let at = 1; at < maxFrontBytes; ) {
    const name = headAt(bytes, at)
    if (name === null) return null
    const valueAt = name.end + name.argument
    const value = headAt(bytes, valueAt)
    if (value === null) return null
    if (value.major === byteString) return checkedFront(bytes.subarray(0, value.end), valueAt, value.argument)
    at = value.end + (value.major === textString ? value.argument : 0)
  }
  throw coreError('open/failed', {})
}

interface Head {
  readonly major: number
  readonly argument: number
  readonly end: number
}

/** RFC 8949 3; `null` when it is not all there. */
function headAt(bytes: Uint8Array, at: number): Head | null {
  const first = bytes[at]
  if (first === undefined) return null
  const [major, low] = [first >> 5, first & 31]
  if (low < 24) return { major, argument: low, end: at + 1 }
  const end = at + 1 + 2 ** (low - 24)
  if (end > bytes.length) return null
  return { major, argument: Number(toBigIntBE(bytes.subarray(at + 1, end))), end }
}

/** Whatever was read: the one encoding of what it says, or nothing. */
function checkedFront(front: Uint8Array, contentAt: number, sizeBytes: number): Front {
  const { content: _, ...fields } = decodeBody(concat(front.subarray(0, contentAt), noContent))
  const info = { ...fields, sizeBytes }
  const sound = Number.isSafeInteger(sizeBytes) && front.length <= maxFrontBytes
  if (!sound || !equal(encodeFront(info), front)) throw coreError('open/failed', {})
  return { info, bytes: front.length }
}
