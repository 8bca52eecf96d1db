import { runPlatform } from '#chunk-runs'
import type { AeadKey } from '../keys.js'
import { openKeys } from './keys.js'
import { chunkBytes, chunkedError, headerBytes, plaintextSizeBytes, sealedChunkBytes } from './layout.js'
import { openedOrThrow, type RunCipher } from './runs.js'

/** Where a sealed message is kept: a file, a `Blob`, an object behind HTTP range requests. */
export interface RangeSource {
  /** Size of the whole sealed message as the store reports it; nothing vouches for it. */
  readonly sizeBytes: number
  /** The bytes from `from` up to and without `to`. */
  read(from: number, to: number): Promise<Uint8Array>
}

export interface OpenedRange {
  readonly plaintext: Uint8Array
  /** Size of the whole plaintext; `null` when the last chunk was not opened, and nothing is known of the length. */
  readonly sizeBytes: number | null
}

/**
 * Opens the plaintext from index `from` up to and without `to`, reading only the chunks it needs. Without `to` it
 * goes to the end, and the length is authenticated.
 * @throws ChartsealError `chunked/truncated` when the source is shorter than the range, or gives less than asked;
 * `chunked/too-long`, `open/failed`
 * @throws RangeError unless 0 <= from <= to, both integers
 */
export async function openRange(
  key: AeadKey,
  source: RangeSource,
  context: Uint8Array,
  from: number,
  to?: number,
): Promise<OpenedRange> {
  refuseDisorder(from, to ?? from)
  const sizeBytes = plaintextSizeBytes(source.sizeBytes)
  if ((to ?? from) > sizeBytes) throw chunkedError('chunked/truncated', { stage: 'range' })
  const keys = openKeys(key, await readExactly(source, 0, headerBytes), context)
  const cipher = runPlatform.runCipher(keys)
  try {
    return await openChunks(cipher, source, from, to ?? sizeBytes, to === undefined)
  } finally {
    cipher.wipe()
  }
}

function refuseDisorder(from: number, to: number): void {
  const inOrder = Number.isSafeInteger(from) && Number.isSafeInteger(to) && from >= 0 && from <= to
  if (!inOrder) throw new RangeError('from and to must be safe integers with 0 <= from <= to')
}

async function openChunks(
  cipher: RunCipher,
  source: RangeSource,
  from: number,
  to: number,
  toTheEnd: boolean,
): Promise<OpenedRange> {
  const first = Math.floor(from / chunkBytes)
  const end = toTheEnd ? Math.floor(to / chunkBytes) + 1 : Math.ceil(to / chunkBytes)
  if (from === to && !toTheEnd) return { plaintext: new Uint8Array(0), sizeBytes: null }
  const sizeBytes = plaintextSizeBytes(source.sizeBytes)
  const reachesEnd = end > Math.floor(sizeBytes / chunkBytes)
  const sealedEnd = Math.min(offsetOf(end), source.sizeBytes)
  const bytes = await readExactly(source, offsetOf(first), sealedEnd)
  const opened = await openedOrThrow(cipher.open({ first, bytes, isLast: reachesEnd }))
  const start = first * chunkBytes
  return { plaintext: opened.subarray(from - start, to - start), sizeBytes: reachesEnd ? sizeBytes : null }
}

const offsetOf = (chunk: number): number => headerBytes + chunk * sealedChunkBytes

async function readExactly(source: RangeSource, from: number, to: number): Promise<Uint8Array> {
  const bytes = await source.read(from, to)
  if (bytes.length !== to - from) throw chunkedError('chunked/truncated', { stage: 'range' })
  return bytes
}
