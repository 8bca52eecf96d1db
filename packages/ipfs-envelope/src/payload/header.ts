/** The front of a payload's plaintext: u32be length ‖ header ‖ zeros to the end of the chunk. */
import { requireText } from '@chartseal/core/arguments'
import { concat, fromBigIntBE } from '@chartseal/core/bytes'
import { CborFields } from '@chartseal/core/cbor'
import { decodeCbor, encodeCbor, encodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError, coreError } from '@chartseal/core/errors'

/** What a record says about itself, encrypted with it. */
export interface RecordHeader {
  /** Such as the name of a file, at most 1,024 bytes of UTF-8; may be empty. */
  readonly name: string
  /** 1 to 255 bytes. */
  readonly mediaType: string
  /** Of the content, without padding. */
  readonly sizeBytes: number
  /** Milliseconds since 1970 by the clock of who sealed it. */
  readonly createdMs: number
  /**
   * Security labels (HL7 DS4P) as FHIR writes tokens, `system|code`: at most 64 of at most 256 bytes, such as
   * `http://terminology.hl7.org/CodeSystem/v3-Confidentiality|R`.
   */
  readonly labels: readonly string[]
}

/** Of plaintext, in each chunk but the last (C2SP chunked-encryption). */
export const chunkBytes = 16_384
const lengthBytes = 4
/** Front of a header that has all that it may have: four chunks. */
const maxFrontBytes: number = 4 * chunkBytes
const version = 2
const names = ['v', 'name', 'type', 'size', 'created', 'labels']
const [maxNameBytes, maxTypeBytes, maxLabels, maxLabelBytes] = [1024, 255, 64, 256]

/** A multiple of 16 KiB, so that the content begins with a chunk. @throws TypeError, RangeError naming the field */
export function encodeFront(header: RecordHeader): Uint8Array {
  requireHeader(header)
  const { name, mediaType, sizeBytes, createdMs, labels } = header
  const encoded = encodeCbor({
    ...{ v: version, name, type: mediaType, size: sizeBytes, created: createdMs },
    labels: [...labels],
  })
  const length = fromBigIntBE(BigInt(encoded.length), lengthBytes)
  const front = new Uint8Array(frontBytesOf(encoded.length))
  front.set(concat(length, encoded))
  return front
}

const frontBytesOf = (headerBytes: number): number =>
  Math.ceil((lengthBytes + headerBytes) / chunkBytes) * chunkBytes

function requireHeader({ name, mediaType, sizeBytes, createdMs, labels }: RecordHeader): void {
  requireTextWithin('name', name, 0, maxNameBytes)
  requireTextWithin('mediaType', mediaType, 1, maxTypeBytes)
  for (const [field, value] of Object.entries({ sizeBytes, createdMs })) {
    if (!Number.isSafeInteger(value) || value < 0)
      throw new RangeError(`${field} must be a non-negative safe integer`)
  }
  if (!Array.isArray(labels) || labels.length > maxLabels)
    throw new RangeError(`labels must be a list of at most ${maxLabels}`)
  for (const label of labels) requireTextWithin('label', label, 1, maxLabelBytes)
}

function requireTextWithin(field: string, value: string, minBytes: number, maxBytes: number): void {
  requireText(field, value)
  const { length } = encodeUtf8(value)
  if (length < minBytes || length > maxBytes)
    throw new RangeError(`${field} must have ${minBytes} to ${maxBytes} bytes of UTF-8`)
}

/** How long the front is that begins with these bytes; `null` for less than a length. @throws ChartsealError `open/failed` */
export function frontBytesAt(plaintext: Uint8Array): number | null {
  if (plaintext.length < lengthBytes) return null
  const headerBytes = new DataView(plaintext.buffer, plaintext.byteOffset).getUint32(0)
  const frontBytes = frontBytesOf(headerBytes)
  if (frontBytes > maxFrontBytes) throw coreError('open/failed', {})
  return frontBytes
}

/** The header of a whole front, which is in the one encoding that it has. @throws ChartsealError `open/failed` */
export function parseFront(front: Uint8Array): RecordHeader {
  const headerBytes = new DataView(front.buffer, front.byteOffset).getUint32(0)
  const end = lengthBytes + headerBytes
  if (!isZero(front.subarray(end))) throw coreError('open/failed', {})
  try {
    return readHeader(new CborFields(decodeCbor(front.subarray(lengthBytes, end)), names))
  } catch (error) {
    if (error instanceof ChartsealError || error instanceof RangeError) throw coreError('open/failed', {})
    throw error
  }
}

function readHeader(fields: CborFields): RecordHeader {
  fields.count('v', version, version)
  const header = {
    name: fields.text('name'),
    mediaType: fields.text('type'),
    sizeBytes: fields.count('size'),
    createdMs: fields.count('created'),
    labels: fields.texts('labels', maxLabels, maxLabelBytes),
  }
  requireHeader(header)
  return header
}

/** Whether nothing but zeros is here. */
export function isZero(bytes: Uint8Array): boolean {
  return bytes.every(byte => byte === 0)
}
