/** What ends a search before it has an answer: the caller's signal, or a deadline. */
import type { Clock } from '@chartseal/core/ports'
import { ledgerError } from '../errors.js'
import type { NonceOptions } from './types.js'

/** More than this a timer does not wait. */
const longestWaitMs = 2 ** 31 - 1

export class Limit {
  readonly #signal: AbortSignal | undefined
  readonly #deadlineMs: number
  readonly #clock: Clock
  #timer: ReturnType<typeof setTimeout> | undefined
  #hasPassed = false
  #stop: () => void = () => {}

  /**
   * @throws RangeError for a deadline that is no number
   * @throws ChartsealError `ledger/deadline` and the signal's reason, when it is too late already
   */
  constructor({ signal, deadlineMs = Number.POSITIVE_INFINITY }: NonceOptions, clock: Clock) {
    if (typeof deadlineMs !== 'number' || Number.isNaN(deadlineMs)) {
      throw new RangeError('deadlineMs is milliseconds since 1970')
    }
    this.#signal = signal
    this.#deadlineMs = deadlineMs
    this.#clock = clock
    this.#hasPassed = deadlineMs <= clock.nowMs()
    this.check(0n)
  }

  /** Calls `stop` when the limit is reached, once at most, until `end`. */
  start(stop: () => void): void {
    this.#stop = stop
    this.#signal?.addEventListener('abort', stop)
    this.#wait()
  }

  end(): void {
    this.#signal?.removeEventListener('abort', this.#stop)
    clearTimeout(this.#timer)
  }

  /** @throws ChartsealError `ledger/deadline` and the signal's reason, once the limit was reached */
  check(hashes: bigint): void {
    this.#signal?.throwIfAborted()
    if (this.#hasPassed) throw ledgerError('ledger/deadline', { hashes })
  }

  #wait(): void {
    const leftMs = this.#deadlineMs - this.#clock.nowMs()
    if (leftMs === Number.POSITIVE_INFINITY) return
    this.#timer = setTimeout(() => this.#wake(), Math.min(Math.max(leftMs, 0), longestWaitMs))
  }

  #wake(): void {
    this.#hasPassed = this.#deadlineMs <= this.#clock.nowMs()
    if (this.#hasPassed) this.#stop()
    else this.#wait()
  }
}
