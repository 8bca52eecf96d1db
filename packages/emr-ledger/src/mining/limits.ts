/** What ends a search early, the caller's signal or a deadline, and what makes it wait for others. */
import type { Clock } from '@chartseal/core/ports'
import { ledgerError } from '../errors.js'
import type { NonceOptions } from './find.js'

/** The longest delay that setTimeout takes. */
const longestWaitMs = 2 ** 31 - 1

export class Limit {
  readonly #signal: AbortSignal | undefined
  readonly #deadlineMs: number
  readonly #clock: Clock
  #timer: ReturnType<typeof setTimeout> | undefined
  #hasPassed = false
  #stop: () => void = () => {}

  /**
   * @throws RangeError unless the deadline is a number
   * @throws ChartsealError `ledger/deadline` and the signal's reason, when the search would begin too late
   */
  constructor({ signal, deadlineMs = Number.POSITIVE_INFINITY }: NonceOptions, clock: Clock) {
    if (typeof deadlineMs !== 'number' || Number.isNaN(deadlineMs)) {
      throw new RangeError('deadlineMs must be a number of milliseconds since 1970')
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

/** Resolves after the messages and timers that are due; unlike a timer it does not wait. */
export function nextTurn(): Promise<void> {
  const { port1, port2 } = new MessageChannel()
  return new Promise(resolve => {
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })
}

const longestTurnMs = 12

/** Gives the event loop a turn once this thread was busy for 12 ms; in between, `null`. */
export function politePause(clock: Clock): () => Promise<void> | null {
  let sinceMs = clock.nowMs()
  return () => {
    if (clock.nowMs() - sinceMs < longestTurnMs) return null
    return nextTurn().then(() => {
      sinceMs = clock.nowMs()
    })
  }
}
