/** Which ephemeral keys were seen a short time ago. */

// What tells two keys of either suite apart; whoever makes two that begin alike gets their own hello refused.
const prefixBytes = 32

/** Remembers each for one span at least and two at most; forgetting costs nothing. */
export class ReplayCache {
  readonly #spanMs: number
  #turnMs = 0
  #newer = new Set<string>()
  #older = new Set<string>()

  constructor(spanMs: number) {
    this.#spanMs = spanMs
  }

  has(key: Uint8Array, nowMs: number): boolean {
    this.#turn(nowMs)
    const text = textOf(key)
    return this.#newer.has(text) || this.#older.has(text)
  }

  add(key: Uint8Array, nowMs: number): void {
    this.#turn(nowMs)
    this.#newer.add(textOf(key))
  }

  // A clock that was put back forgets nothing: until it is past the last turn again, keys are only added.
  #turn(nowMs: number): void {
    if (nowMs < this.#turnMs + this.#spanMs) return
    this.#older = nowMs < this.#turnMs + 2 * this.#spanMs ? this.#newer : new Set()
    this.#newer = new Set()
    this.#turnMs = nowMs
  }
}

function textOf(key: Uint8Array): string {
  return String.fromCharCode(...key.subarray(0, prefixBytes))
}
