/** Bytes of the append-only log; the table is docs/spec/append-log.md. */
import { createHash, hash } from 'node:crypto'
import { equal } from '../bytes.js'

const magic = Uint8Array.of(0x89, 0x43, 0x53, 0x4c, 0x4f, 0x47, 0x0d, 0x0a)
const version = 1
const kindAt = 16
const logIdAt = 32
const headCheckAt = 48
const kindForm = /^[!-~]{1,16}$/

/** Bytes before the first record. */
export const headBytes = 56
export const logIdBytes = 16
/** Bytes of a frame before the record, and behind it. */
export const frameHeadBytes = 16
export const headCheckBytes = 4
export const trailerBytes = 8
/** The longest record, 64 MiB. */
export const maxRecordBytes: number = 2 ** 26

/** What the first bytes of a log say. `kind` names the format of the records. */
export interface LogHead {
  readonly version: number
  readonly kind: string
  readonly logId: Uint8Array
}

/** @throws RangeError unless `kind` is 1 to 16 printable ASCII characters */
export function encodeHead(kind: string, logId: Uint8Array): Uint8Array {
  if (!kindForm.test(kind)) throw new RangeError('a kind is 1 to 16 printable ASCII characters')
  const bytes = new Uint8Array(headBytes)
  bytes.set(magic)
  bytes[magic.length] = version
  bytes.set(Buffer.from(kind, 'latin1'), kindAt)
  bytes.set(logId, logIdAt)
  bytes.set(digest(bytes.subarray(0, headCheckAt)).subarray(0, headBytes - headCheckAt), headCheckAt)
  return bytes
}

/** `null` when it is not the whole, intact head of a log; an unknown version is the caller's to refuse. */
export function decodeHead(bytes: Uint8Array): LogHead | null {
  const check = digest(bytes.subarray(0, headCheckAt)).subarray(0, headBytes - headCheckAt)
  const intact = equal(bytes.subarray(0, magic.length), magic) && equal(bytes.subarray(headCheckAt), check)
  if (!intact) return null
  const kind = Buffer.from(bytes.subarray(kindAt, logIdAt)).toString('latin1').replace(/\0+$/, '')
  const head = { version: bytes[magic.length] ?? 0, kind, logId: bytes.slice(logIdAt, headCheckAt) }
  return isKnownVersion(head) && !isWritten(head, bytes) ? null : head
}

/** Zeros where the table has them, and a kind that can be shown: a head has one spelling. */
function isWritten({ kind, logId }: LogHead, bytes: Uint8Array): boolean {
  return kindForm.test(kind) && equal(encodeHead(kind, logId), bytes)
}

/** True for the version that this module writes and reads. */
export function isKnownVersion(head: LogHead): boolean {
  return head.version === version
}

/** One record as it is in the file: head, record, trailer. */
export function encodeFrame(logId: Uint8Array, index: number, record: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(frameHeadBytes + record.length + trailerBytes)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, record.length)
  view.setBigUint64(4, BigInt(index))
  bytes.set(headCheck(logId, bytes.subarray(0, 12)), 12)
  bytes.set(record, frameHeadBytes)
  bytes.set(trailer(logId, bytes.subarray(0, frameHeadBytes), record), frameHeadBytes + record.length)
  return bytes
}

/** The length of a record and its index, or `null` when the head of the frame is damaged. */
export function decodeFrameHead(
  logId: Uint8Array,
  head: Uint8Array,
): { sizeBytes: number; index: number } | null {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  const sizeBytes = view.getUint32(0)
  const index = view.getUint32(4) * 2 ** 32 + view.getUint32(8)
  if (sizeBytes > maxRecordBytes || !Number.isSafeInteger(index)) return null
  return equal(head.subarray(12), headCheck(logId, head.subarray(0, 12))) ? { sizeBytes, index } : null
}

/** True when head and record are what the trailer was made of. */
export function isIntact(
  logId: Uint8Array,
  head: Uint8Array,
  record: Uint8Array,
  found: Uint8Array,
): boolean {
  return equal(found, trailer(logId, head, record))
}

function headCheck(logId: Uint8Array, head: Uint8Array): Uint8Array {
  return digest(logId, head).subarray(0, headCheckBytes)
}

function trailer(logId: Uint8Array, head: Uint8Array, record: Uint8Array): Uint8Array {
  return digest(logId, head, record).subarray(0, trailerBytes)
}

const pieceBytes = 4_096
const piece = new Uint8Array(pieceBytes)

/** A log of many small records is opened in half the time where nothing is made for each: they are hashed as one piece. */
function digest(...parts: readonly Uint8Array[]): Uint8Array {
  const sizeBytes = parts.reduce((sum, { length }) => sum + length, 0)
  if (sizeBytes > pieceBytes) {
    const hashing = createHash('sha256')
    for (const part of parts) hashing.update(part)
    return hashing.digest()
  }
  let at = 0
  for (const part of parts) {
    piece.set(part, at)
    at += part.length
  }
  return hash('sha256', piece.subarray(0, sizeBytes), 'buffer')
}
