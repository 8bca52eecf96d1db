/** When those may come again for whom there is no room, and about how many of them there are. */
import type { Clock, Random } from '@chartseal/core/ports'
import type { RelayPolicy } from './policy.js'

export interface BookingsOptions {
  readonly policy: RelayPolicy
  readonly clock: Clock
  readonly random: Random
}

/** Some of those who are told to come again do not. */
const overbooked = 0.8
/** Nobody is told to wait for much longer than it was seen how fast the core is: in the first moment that is a guess. */
const believed = 4
/** For each who is away: about three times what it costs a relay to refuse one of them once more. */
const refusalMs = 1.5

export class Bookings {
  readonly #options: BookingsOptions
  /** When whoever was turned away last may come again. */
  #laterMs = 0
  /** How many were turned away and have not come again, about, at a time; and for how long they were told to wait. */
  #away = 0
  #awayMs = 0
  #awayForMs = 0
  /** When the first of these was turned away. */
  #crowdMs = 0

  constructor(options: BookingsOptions) {
    this.#options = options
  }

  /** What is behind this line has turned somebody away for so long. */
  heard(retryMs: number): void {
    const nowMs = this.#options.clock.nowMs()
    this.#notice(nowMs)
    this.#oneAway(nowMs, retryMs)
    this.#laterMs = Math.max(this.#laterMs, nowMs + retryMs)
  }

  /** About as many as were turned away and have not come again: they wait, too. */
  get away(): number {
    const sinceMs = Math.max(0, this.#options.clock.nowMs() - this.#awayMs)
    return this.#away === 0 ? 0 : this.#away * Math.exp(-sinceMs / this.#awayForMs)
  }

  /**
   * Each has their own time, behind those who came before.
   * @param costMs of one hello, at the core
   * @param lineMs of all that are in line: they are given, or turned away themselves, before
   */
  later(costMs: number, lineMs: number): number {
    const { policy, clock, random } = this.#options
    const nowMs = clock.nowMs()
    this.#notice(nowMs)
    const mostMs = this.#furthestMs(nowMs)
    const furthestMs = nowMs + mostMs
    const inLineMs = Math.min(lineMs, policy.helloLineMs)
    const freeMs = Math.min(Math.max(this.#laterMs, nowMs + inLineMs), furthestMs)
    this.#laterMs = Math.min(freeMs + overbooked * costMs, furthestMs)
    const [high = 0, low = 0] = random.bytes(2)
    const drawn = (256 * high + low) / 65_536
    const waitMs =
      this.#laterMs < furthestMs ? this.#laterMs - nowMs + drawn * policy.retryMs : mostMs * (0.5 + drawn / 2)
    this.#oneAway(nowMs, waitMs)
    return Math.ceil(waitMs) + 1
  }

  /** A crowd begins where nobody had to be turned away for long. */
  #notice(nowMs: number): void {
    const calmMs = nowMs - this.#awayMs
    if (calmMs < 0 || calmMs > this.#options.policy.busyMs) this.#crowdMs = nowMs
  }

  /** How far off somebody may be told to come. Where many wait, coming too early would take the time that the core needs. */
  #furthestMs(nowMs: number): number {
    const { busyMs, helloLineMs } = this.#options.policy
    const seenMs = believed * (nowMs - this.#crowdMs)
    return Math.min(busyMs, Math.max(2 * helloLineMs, seenMs, refusalMs * this.away))
  }

  #oneAway(nowMs: number, waitMs: number): void {
    const { away } = this
    this.#away = away + 1
    this.#awayForMs = Math.max(1, (away * this.#awayForMs + waitMs) / this.#away)
    this.#awayMs = nowMs
  }
}
