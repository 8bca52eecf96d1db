/** When another connection is tried: full jitter, so that those of one moment do not come again in one moment. */
import type { Random } from '@chartseal/core/ports'
import type { PatientPolicy } from './types.js'

/** What somebody without a proof may ask for at most. */
const maxHintMs = 60_000

export class BackOff {
  readonly #policy: PatientPolicy
  readonly #random: Random
  #failures = 0

  constructor(policy: PatientPolicy, random: Random) {
    this.#policy = policy
    this.#random = random
  }

  succeeded(): void {
    this.#failures = 0
  }

  /** After a failure. @param hintMs what the other side asked for */
  nextMs(hintMs = 0): number {
    const { firstRetryMs, maxRetryMs } = this.#policy
    const limitMs = Math.min(maxRetryMs, firstRetryMs * 2 ** Math.min(this.#failures++, 20))
    return Math.min(hintMs, maxHintMs) + this.within(limitMs)
  }

  /** Everything works, and the doctor is not there: they are not made to wait for long once the doctor comes. */
  forHostMs(hintMs: number): number {
    return Math.min(hintMs, maxHintMs) + this.within(this.#policy.hostRetryMs)
  }

  /** They were told when there is room for them: no failure, however often that is so. One who names no time is not believed. */
  forRoomMs(hintMs: number): number {
    const { firstRetryMs } = this.#policy
    if (hintMs < firstRetryMs) return this.nextMs(hintMs)
    return Math.min(hintMs, maxHintMs) + this.within(firstRetryMs)
  }

  /** At random, below so much. */
  within(limitMs: number): number {
    const [a = 0, b = 0, c = 0] = this.#random.bytes(3)
    return Math.floor((((a << 16) | (b << 8) | c) / 2 ** 24) * limitMs)
  }
}
