/** What is sealed: fields and content in deterministic CBOR (RFC 8949 4.2.1), of which the content is the last field. */
import { concat, equal, fromBigIntBE } from '@chartseal/core/bytes'
import { CborFields, cborHeadAt } from '@chartseal/core/cbor'
import { decodeCbor, encodeCbor } from '@chartseal/core/encoding'
import { ChartsealError, coreError } from '@chartseal/core/errors'

export interface Body {
  /** Such as `text/plain;charset=utf-8` or `application/dicom`. */
  readonly mediaType: string
  readonly content: Uint8Array
  /** Milliseconds since 1970 by the sender's clock. */
  readonly sentAtMs: number
  readonly fileName?: string
}

/** What an attachment is, beside its content. */
export interface AttachmentInfo extends Omit<Body, 'content'> {
  /** Size of the content. */
  readonly sizeBytes: number
}

/** Fields before the content, their names and lengths included. */
export const maxFrontBytes = 4096

/**
 * Deterministic CBOR, which its reader was asked about.
 * @throws TypeError for a field of another type; ChartsealError `encoding/invalid` for a lone surrogate
 */
export function encodeBody(body: Body): Uint8Array {
  requireBody(body)
  const { mediaType, content, sentAtMs, fileName } = body
  const fields = { type: mediaType, content, sent: sentAtMs }
  const bytes = encodeCbor(fileName === undefined ? fields : { ...fields, name: fileName })
  decodeBody(bytes)
  return bytes
}

// From JavaScript, or out of JSON, a field can be anything; CBOR would carry it, and no reader open it.
function requireBody({ mediaType, content, sentAtMs, fileName }: Body): void {
  if (!(content instanceof Uint8Array)) throw new TypeError('content must be a Uint8Array')
  if (!Number.isSafeInteger(sentAtMs)) throw new TypeError('sentAtMs must be an integer')
  requireText('mediaType', mediaType)
  if (fileName !== undefined) requireText('fileName', fileName)
}

/** @throws TypeError; ChartsealError `encoding/invalid` for a lone surrogate, which UTF-8 cannot carry */
export function requireText(name: string, text: string): void {
  if (typeof text !== 'string') throw new TypeError(`${name} must be a string`)
  if (!text.isWellFormed()) throw coreError('encoding/invalid', { encoding: 'Unicode text' })
}

/** @throws ChartsealError `open/failed` for anything but the four fields: only the key's owner can have made it */
export function decodeBody(bytes: Uint8Array): Body {
  return sealedByOwner(() => {
    const value = decodeCbor(bytes)
    const isNamed = Object.hasOwn(Object(value), 'name')
    const map = new CborFields(value, ['type', 'content', 'sent', ...(isNamed ? ['name'] : [])])
    const body = {
      mediaType: map.text('type'),
      content: map.bytes('content'),
      sentAtMs: map.count('sent', Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER),
    }
    return isNamed ? { ...body, fileName: map.text('name') } : body
  })
}

function sealedByOwner<Result>(read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    if (error instanceof ChartsealError) throw coreError('open/failed', {})
    throw error
  }
}

const byteString = 2
const textString = 3
const noContent = Uint8Array.of(byteString << 5)

/**
 * The body up to its content.
 * @throws RangeError for an invalid size, or fields that take more than 4,096 bytes; TypeError as `encodeBody`
 */
export function encodeFront({ sizeBytes, ...fields }: AttachmentInfo): Uint8Array {
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0)
    throw new RangeError('sizeBytes must be a non-negative safe integer')
  const empty = encodeBody({ ...fields, content: new Uint8Array(0) })
  const front = concat(empty.subarray(0, -noContent.length), byteStringHead(sizeBytes))
  if (front.length > maxFrontBytes)
    throw new RangeError(`mediaType and fileName must fit into ${maxFrontBytes} bytes`)
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
    const name = cborHeadAt(bytes, at)
    if (name === null) return null
    const valueAt = name.end + name.argument
    const value = cborHeadAt(bytes, valueAt)
    if (value === null) return null
    if (value.major === byteString) return checkedFront(bytes.subarray(0, value.end), valueAt, value.argument)
    at = value.end + (value.major === textString ? value.argument : 0)
  }
  throw coreError('open/failed', {})
}

/** Whatever was read: the one encoding of what it says, or nothing. */
function checkedFront(front: Uint8Array, contentAt: number, sizeBytes: number): Front {
  const { content: _, ...fields } = decodeBody(concat(front.subarray(0, contentAt), noContent))
  const info = { ...fields, sizeBytes }
  const sound = Number.isSafeInteger(sizeBytes) && front.length <= maxFrontBytes
  if (!sound || !equal(encodeFront(info), front)) throw coreError('open/failed', {})
  return { info, bytes: front.length }
}
