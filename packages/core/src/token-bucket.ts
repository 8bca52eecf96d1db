/** How often something may be done: a bucket of tokens for each name, which fills while time passes. */

export interface Rate {
  readonly perSecond: number
  /** How many at once. */
  readonly burst: number
}

interface Bucket {
  tokens: number
  filledMs: number
}

/** Names that are full again are as if they had never been seen, so they are dropped when this many are known. */
const sweepAt = 10_000
/** Names of networks cost whoever has a block of addresses nothing. Beyond these the oldest begins anew. */
export const mostNames = 100_000

/** One bucket for each name, all of one rate; full ones are forgotten. */
export class TokenBuckets {
  readonly #rate: Rate
  readonly #buckets = new Map<string, Bucket>()
  #sweepAt = sweepAt

  constructor(rate: Rate) {
    this.#rate = rate
  }

  /** How many names are known. */
  get size(): number {
    return this.#buckets.size
  }

  /** Takes as many tokens as something costs; 0 when they were there, else after how many milliseconds they are. */
  take(name: string, nowMs: number, cost = 1): number {
    const bucket = this.#filled(name, nowMs)
    // Less than a thousandth of a millisecond is a rounding of floats.
    const waitMs = Math.ceil(((cost - bucket.tokens) * 1000) / this.#rate.perSecond - 1e-3)
    if (waitMs > 0) return waitMs
    bucket.tokens -= cost
    return 0
  }

  /** Takes what something costs that was done already: the name owes what is not there, at most one burst. */
  charge(name: string, nowMs: number, cost: number): void {
    const bucket = this.#filled(name, nowMs)
    bucket.tokens = Math.max(-this.#rate.burst, bucket.tokens - cost)
  }

  #filled(name: string, nowMs: number): Bucket {
    const { perSecond, burst } = this.#rate
    const known = this.#buckets.get(name)
    if (known === undefined) return this.#add(name, { tokens: burst, filledMs: nowMs }, nowMs)
    // A clock that goes back gives nothing and takes nothing.
    const passedMs = Math.max(0, nowMs - known.filledMs)
    known.tokens = Math.min(burst, known.tokens + (passedMs * perSecond) / 1000)
    known.filledMs = nowMs
    return known
  }

  #add(name: string, bucket: Bucket, nowMs: number): Bucket {
    if (this.#buckets.size >= this.#sweepAt) this.#sweep(nowMs)
    const [oldest] = this.#buckets.keys()
    if (this.#buckets.size >= mostNames && oldest !== undefined) this.#buckets.delete(oldest)
    this.#buckets.set(name, bucket)
    return bucket
  }

  #sweep(nowMs: number): void {
    const { perSecond, burst } = this.#rate
    for (const [name, { tokens, filledMs }] of this.#buckets) {
      if (tokens + ((nowMs - filledMs) * perSecond) / 1000 >= burst) this.#buckets.delete(name)
    }
    // Who comes from ever new networks pays for the sweep once for each doubling.
    this.#sweepAt = Math.max(sweepAt, 2 * this.#buckets.size)
  }
}
