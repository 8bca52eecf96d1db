/** Hides lengths: docs/spec/wire-v2.md, "Padding". */
import { padme } from '@chartseal/core/padme'

export const minPaddedBytes = 256
const mark = 0x80

export interface Padding {
  /**
   * Sizes of body and padding together, in bytes: one, or several in ascending order, each at least 256. The
   * smallest that holds the body is taken, above the largest its multiples. Unless given: Padmé. Readers need not
   * know them.
   */
  readonly bucketBytes?: number | readonly number[]
}

/** Size of body and padding together. @throws RangeError unless the buckets ascend and each has at least 256 bytes */
export function paddedSizeOf(bodyBytes: number, { bucketBytes }: Padding): number {
  const neededBytes = bodyBytes + 1
  if (bucketBytes === undefined) return Math.max(minPaddedBytes, padme(neededBytes))
  const buckets = typeof bucketBytes === 'number' ? [bucketBytes] : bucketBytes
  const largest = largestOf(buckets)
  return buckets.find(size => size >= neededBytes) ?? Math.ceil(neededBytes / largest) * largest
}

function largestOf(buckets: readonly number[]): number {
  const sound = buckets.every(
    (size, i) => Number.isSafeInteger(size) && size >= minPaddedBytes && size > (buckets[i - 1] ?? 0),
  )
  const largest = buckets.at(-1)
  if (largest !== undefined && sound) return largest
  throw new RangeError(`bucketBytes must be ascending sizes of at least ${minPaddedBytes} bytes`)
}

export function pad(body: Uint8Array, padding: Padding): Uint8Array {
  const padded = new Uint8Array(paddedSizeOf(body.length, padding))
  padded.set(body)
  padded[body.length] = mark
  return padded
}

/** Strips zeros and one 0x80; `null` without a 0x80. */
export function unpad(padded: Uint8Array): Uint8Array | null {
  let end = padded.length - 1
  while (end >= 0 && padded[end] === 0) end--
  return padded[end] === mark ? padded.slice(0, end) : null
}

const maxPieceBytes = 2 ** 20

/** A padding of `sizeBytes` in pieces of which most are one and the same: they are only to be read. */
export function* paddingPieces(sizeBytes: number): Generator<Uint8Array> {
  yield Uint8Array.of(mark)
  const zeros = new Uint8Array(Math.min(sizeBytes, maxPieceBytes))
  for (let left = sizeBytes - 1; left > 0; left -= zeros.length) yield zeros.subarray(0, left)
}

/** Reads a padding that comes in pieces. */
export class PaddingReader {
  #began = false

  /** `false` when this is no padding. */
  accepts(piece: Uint8Array): boolean {
    if (piece.length === 0) return true
    const zerosFrom = this.#began ? 0 : 1
    if (!this.#began && piece[0] !== mark) return false
    this.#began = true
    for (let i = zerosFrom; i < piece.length; i++) if (piece[i] !== 0) return false
    return true
  }

  /** A padding has at least its 0x80. */
  get isWhole(): boolean {
    return this.#began
  }
}
