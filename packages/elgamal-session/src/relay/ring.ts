/** The newest frames, in memory, and what of them each member is to be written: the same value for all who are as far. */
import type { SharedFrame } from './frame.js'

export interface Batch {
  readonly frames: readonly Uint8Array[]
  readonly bytes: number
  /** The number of the last frame for all in it. */
  readonly position: number
}

export class Ring {
  readonly #mostBytes: number
  #frames: SharedFrame[] = []
  #bytes = 0
  #newest: number
  #cached: { readonly after: number; readonly withHead: boolean; readonly batch: Batch } | null = null
  #head: SharedFrame | null = null
  /** Counts heads, so that each is given once. */
  #heads = 0

  constructor(mostBytes: number, newest: number) {
    this.#mostBytes = mostBytes
    this.#newest = newest
  }

  /** The number of the newest frame; 0 for none. */
  get newest(): number {
    return this.#newest
  }

  /** The number of the head that may be given now; 0 for none. */
  get head(): number {
    return this.#head !== null && this.#head.sequence <= this.#newest ? this.#heads : 0
  }

  /** Those that are in memory, the oldest first. */
  get frames(): readonly SharedFrame[] {
    return this.#frames
  }

  append(frame: SharedFrame): void {
    this.#cached = null
    this.#frames.push(frame)
    this.#newest = frame.sequence
    this.#bytes += frame.bytes.length
    while (this.#bytes > this.#mostBytes && this.#frames.length > 1)
      this.#bytes -= this.#frames.shift()?.bytes.length ?? 0
  }

  /** Nothing up to this number is to be had any more. */
  restart(newest: number): void {
    this.#cached = null
    this.#frames = []
    this.#bytes = 0
    this.#newest = newest
  }

  /** What the doctor vouches for as the newest, in place of the head before. */
  putHead(head: SharedFrame): void {
    this.#cached = null
    this.#head = head
    this.#heads += 1
  }

  /**
   * Everything behind a position, and the head where it is wanted; `null` when some of it is not in memory any more. Whoever
   * asks the same again gets the same array, so that it is encoded once.
   */
  behind(after: number, withHead: boolean): Batch | null {
    const known = this.#cached
    if (known?.after === after && known.withHead === withHead) return known.batch
    const frames = this.#after(after)
    if (frames === null) return null
    const head = withHead && this.head > 0 && this.#head !== null ? [this.#head.bytes] : []
    const all = [...frames.map(({ bytes }) => bytes), ...head]
    const bytes = all.reduce((sum, one) => sum + one.length, 0)
    const batch = { frames: all, bytes, position: this.#newest }
    this.#cached = { after, withHead, batch }
    return batch
  }

  /** The frame of a number; `null` when it is not in memory. */
  at(sequence: number): Uint8Array | null {
    const [first] = this.#frames
    return first === undefined ? null : (this.#frames[sequence - first.sequence]?.bytes ?? null)
  }

  #after(after: number): readonly SharedFrame[] | null {
    if (after >= this.#newest) return []
    const [first] = this.#frames
    return first === undefined || after + 1 < first.sequence
      ? null
      : this.#frames.slice(after + 1 - first.sequence)
  }
}
