/** What a doctor says to a crowd: texts with numbers, by which each patient knows what is missing. */
import type { Received } from './person.js'

/** @param sizeBytes of the text */
export function textOf(number: number, atMs: number, sizeBytes = 64): string {
  return `${number} ${atMs} `.padEnd(sizeBytes, 'x')
}

/** What one patient has read so far. */
export class Texts implements Received {
  first = 0
  last = 0
  lost = 0
  doubled = 0
  unreadable = 0
  newestMs: number | null = null

  take(text: string, nowMs: number): void {
    const [, number, atMs] = /^(\d+) (\d+) /.exec(text) ?? []
    if (number === undefined || atMs === undefined) {
      this.unreadable += 1
      return
    }
    this.#count(Number(number))
    this.newestMs = nowMs - Number(atMs)
  }

  isWhole(last: number): boolean {
    return this.last === last && this.first <= 1 && this.lost + this.doubled + this.unreadable === 0
  }

  #count(number: number): void {
    if (this.first === 0) this.first = number
    else if (number <= this.last) this.doubled += 1
    else this.lost += number - this.last - 1
    if (number > this.last) this.last = number
  }
}

/** What somebody has who looks at the numbers of frames alone: each is one more than the one before. */
export class Frames implements Received {
  /** Texts, which are some of the frames. */
  last = 0
  lost = 0
  doubled = 0
  readonly unreadable = 0
  readonly newestMs = null
  /** When the newest text came, by this process's clock, and how long its frame was. */
  newestAtMs = 0
  newestBytes = 0
  #sequence: bigint | null = null

  /** Of the newest frame; `null` before the first. */
  get sequence(): bigint | null {
    return this.#sequence
  }

  begin(after: bigint): void {
    if (this.#sequence === null) this.#sequence = after
  }

  take(sequence: bigint, isText: boolean, sizeBytes: number): void {
    const before = this.#sequence ?? sequence - 1n
    if (sequence <= before) this.doubled += 1
    else {
      this.lost += Number(sequence - before) - 1
      this.last += Number(isText)
      this.#sequence = sequence
      if (isText) this.#text(sizeBytes)
    }
  }

  #text(sizeBytes: number): void {
    this.newestAtMs = performance.now()
    this.newestBytes = sizeBytes
  }

  isWhole(last: number): boolean {
    return this.last === last && this.lost + this.doubled === 0
  }
}
