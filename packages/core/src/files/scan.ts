/** Finds the frames of a log, and distinguishes an interrupted write from damage. */
import { type OpenFile, readFully } from './file-system.js'
import { decodeFrameHead, frameHeadBytes, headCheckBytes, isIntact, trailerBytes } from './frame.js'

const windowBytes = 65_536
const sectorBytes = 512

/** A file read forward in large pieces. */
export class FileWindow {
  readonly endBytes: number
  readonly #file: OpenFile
  readonly #path: string
  #start = 0
  #bytes: Uint8Array = new Uint8Array(0)

  /** Nothing from `endBytes` on is read. `path` is for errors. */
  constructor(file: OpenFile, endBytes: number, path: string) {
    this.#file = file
    this.endBytes = endBytes
    this.#path = path
  }

  /**
   * A view of the bytes at `position`, valid until the next call; fewer at the end of the file.
   * @throws ChartsealError `files/failed`
   */
  async at(position: number, sizeBytes: number): Promise<Uint8Array> {
    const held = this.held(position, sizeBytes)
    if (held !== null) return held
    const wanted = this.#wanted(position, sizeBytes)
    this.#bytes = await this.#load(position, Math.max(wanted, windowBytes))
    this.#start = position
    return this.#bytes.subarray(0, wanted)
  }

  /** The same, where it has been read already: `null` elsewhere. Nobody waits for it. */
  held(position: number, sizeBytes: number): Uint8Array | null {
    const [from, wanted] = [position - this.#start, this.#wanted(position, sizeBytes)]
    return from < 0 || from + wanted > this.#bytes.length ? null : this.#bytes.subarray(from, from + wanted)
  }

  #wanted(position: number, sizeBytes: number): number {
    return Math.max(0, Math.min(sizeBytes, this.endBytes - position))
  }

  async #load(position: number, sizeBytes: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(Math.min(sizeBytes, this.endBytes - position))
    const count = await readFully(this.#file, bytes, position, this.#path)
    return bytes.subarray(0, count)
  }
}

const everyRecords = 64

/** Where each 64th record begins, so that reading need not start at the beginning. */
export class Marks {
  readonly #positions: number[]

  constructor(firstPosition: number) {
    this.#positions = [firstPosition]
  }

  /** Record `index` begins at `position`; called for each record in order. */
  note(index: number, position: number): void {
    if (index % everyRecords === 0) this.#positions.push(position)
  }

  /** A known place at or before record `index`. */
  before(index: number): { index: number; position: number } {
    const mark = Math.floor(index / everyRecords)
    const position = this.#positions[mark]
    if (position === undefined) throw new Error('internal: a record without a mark')
    return { index: mark * everyRecords, position }
  }
}

/** An intact frame (`record` is a view, valid until the next read), an interrupted write, or damage. */
export type Found =
  | { readonly state: 'intact'; readonly record: Uint8Array; readonly nextPosition: number }
  | { readonly state: 'torn' }
  | { readonly state: 'corrupt' }

const torn: Found = { state: 'torn' }
const corrupt: Found = { state: 'corrupt' }

/** What is at `position`, where the frame of record `index` should begin. */
export async function frameAt(
  window: FileWindow,
  logId: Uint8Array,
  position: number,
  index: number,
): Promise<Found> {
  const head = (window.held(position, frameHeadBytes) ?? (await window.at(position, frameHeadBytes))).slice()
  if (head.length < frameHeadBytes) return torn
  const decoded = decodeFrameHead(logId, head)
  if (decoded === null)
    return (await isUnfilled(window, position + frameHeadBytes - headCheckBytes, headCheckBytes))
      ? torn
      : corrupt
  if (decoded.index !== index) return corrupt
  const bodyBytes = decoded.sizeBytes + trailerBytes
  const bodyAt = position + frameHeadBytes
  const body = window.held(bodyAt, bodyBytes) ?? (await window.at(bodyAt, bodyBytes))
  if (body.length < bodyBytes) return (await frameFollows(window, logId, position, index)) ? corrupt : torn
  const record = body.subarray(0, decoded.sizeBytes)
  const nextPosition = position + frameHeadBytes + bodyBytes
  if (isIntact(logId, head, record, body.subarray(decoded.sizeBytes)))
    return { state: 'intact', record, nextPosition }
  return (await isUnfilled(window, nextPosition - trailerBytes, trailerBytes)) ? torn : corrupt
}

/**
 * A power cut can leave a file that grew and was not filled. A check follows what it covers, so there are
 * zeros to the end of the file from the check on, or from a sector border inside it.
 */
async function isUnfilled(window: FileWindow, checkAt: number, checkBytes: number): Promise<boolean> {
  const border = Math.ceil(checkAt / sectorBytes) * sectorBytes
  return isZeroFrom(window, border < checkAt + checkBytes ? border : checkAt)
}

async function isZeroFrom(window: FileWindow, position: number): Promise<boolean> {
  for (let at = position; at < window.endBytes; at += windowBytes) {
    const bytes = await window.at(at, windowBytes)
    if (bytes.some(byte => byte !== 0)) return false
  }
  return true
}

/** A frame of a later record, anywhere behind `position`: then the file was not cut short, it lost a piece. */
async function frameFollows(
  window: FileWindow,
  logId: Uint8Array,
  position: number,
  index: number,
): Promise<boolean> {
  for (let at = position + 1; at < window.endBytes; at += windowBytes) {
    const bytes = await window.at(at, windowBytes + frameHeadBytes - 1)
    if (headFollows(bytes, logId, index, index + window.endBytes / (frameHeadBytes + trailerBytes)))
      return true
  }
  return false
}

// The index is compared first: hashing at every offset of a large record would take minutes.
function headFollows(bytes: Uint8Array, logId: Uint8Array, after: number, atMost: number): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let i = 0; i + frameHeadBytes <= bytes.length; i++) {
    const index = view.getUint32(i + 4) * 2 ** 32 + view.getUint32(i + 8)
    if (index <= after || index > atMost) continue
    if (decodeFrameHead(logId, bytes.subarray(i, i + frameHeadBytes)) !== null) return true
  }
  return false
}
