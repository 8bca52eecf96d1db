/** Bytes that wait, in order: pushed in pieces of any size, taken in others. */
import { concat } from '@chartseal/core/bytes'

export class ByteQueue {
  #pieces: Uint8Array[] = []
  /** Of the pieces, how many were taken whole; of the next one, how many bytes. */
  #taken = 0
  #offset = 0
  #size = 0

  get size(): number {
    return this.#size
  }

  /** Keeps the bytes themselves: whoever pushes them does not change them any more. */
  push(...pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) {
      if (piece.length === 0) continue
      this.#pieces.push(piece)
      this.#size += piece.length
    }
  }

  /** A fresh copy of the next ones, as many as there are up to `maxBytes`. */
  take(maxBytes: number): Uint8Array {
    const found: Uint8Array[] = []
    for (let left = Math.min(maxBytes, this.#size); left > 0; ) {
      const part = this.#next(left)
      found.push(part)
      left -= part.length
    }
    return concat(...found)
  }

  #next(maxBytes: number): Uint8Array {
    const piece = this.#pieces[this.#taken] ?? new Uint8Array(0)
    const part = piece.subarray(this.#offset, this.#offset + maxBytes)
    this.#offset += part.length
    this.#size -= part.length
    if (this.#offset === piece.length) this.#drop()
    return part
  }

  /** Of a long queue the front is cut off now and then, as cutting one piece off it moves all others. */
  #drop(): void {
    this.#offset = 0
    this.#taken += 1
    if (2 * this.#taken < this.#pieces.length) return
    this.#pieces = this.#pieces.slice(this.#taken)
    this.#taken = 0
  }
}
