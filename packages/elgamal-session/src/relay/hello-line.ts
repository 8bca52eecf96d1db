/**
 * Hellos on their way to the core. It is given as many at a time as it answers in good time; the next ones wait in line, and
 * whoever would wait in vain is told at once when to come again: a handshake that nobody waits for is never begun.
 */
import type { Clock, Random } from '@chartseal/core/ports'
import { Bookings } from './bookings.js'
import type { RelayPolicy } from './policy.js'

export interface HelloLineOptions<One> {
  readonly policy: RelayPolicy
  readonly clock: Clock
  readonly random: Random
  /** Whether the core takes more now. */
  isReady(): boolean
  give(one: One, hello: Uint8Array): void
  /** They are told `busy`, and to come again after so long. */
  turnAway(one: One, retryMs: number): void
}

interface Waiting {
  readonly hello: Uint8Array
  readonly sinceMs: number
}

interface Given {
  readonly sinceMs: number
  /** How many the core had then, this one included. */
  readonly place: number
}

/** At the core, before anything is known of its speed; and however slow it is. */
const firstAtCore = 16
const fewestAtCore = 4
/** Where nothing is known: of one hello. Rather too little, as it is known when they come again. */
const guessedMs = 2
/** Of the room in the line; the rest is for those who come back with a ticket. */
const roomOfStrangers = 0.75
/** Of those with a ticket, while others wait, too: nobody proves that a ticket is one. */
const resumedInTurn = 3
const smoothing = 8

export class HelloLine<One> {
  readonly #options: HelloLineOptions<One>
  readonly #bookings: Bookings
  readonly #given = new Map<One, Given>()
  /** The oldest first. */
  readonly #resumed = new Map<One, Waiting>()
  readonly #strangers = new Map<One, Waiting>()
  #bytes = 0
  #turn = 0
  #isGiving = false
  /** What one hello costs the core; `null` before it was busy for the first time. */
  #costMs: number | null = null

  constructor(options: HelloLineOptions<One>) {
    this.#options = options
    this.#bookings = new Bookings(options)
  }

  /** A hello that has passed the gate. */
  take(one: One, hello: Uint8Array, isResume: boolean): void {
    // The core judges who does not wait for its answer.
    if (this.#given.has(one)) this.#options.give(one, hello)
    else {
      this.#remove(one)
      if (!this.#hasRoom(hello.length, isResume)) this.#options.turnAway(one, this.later())
      else {
        const waiting = { hello: new Uint8Array(hello), sinceMs: this.#options.clock.nowMs() }
        ;(isResume ? this.#resumed : this.#strangers).set(one, waiting)
        this.#bytes += hello.length
        this.next()
      }
    }
  }

  /** The core has said something about it. */
  answered(one: One): void {
    const given = this.#given.get(one)
    if (given === undefined) return
    this.#given.delete(one)
    this.#measure(given)
    this.next()
  }

  /** Nobody waits for it any more. */
  gone(one: One): void {
    this.#remove(one)
    if (this.#given.delete(one)) this.next()
  }

  /** Several at once: none of them is given while others of them go. */
  allGone(all: Iterable<One>): void {
    for (const one of all) {
      this.#remove(one)
      this.#given.delete(one)
    }
    this.next()
  }

  /** About once a second: who has waited for too long would give up, or be too old for the core. */
  tick(): void {
    const nowMs = this.#options.clock.nowMs()
    for (const line of [this.#resumed, this.#strangers]) {
      for (const [one, waiting] of line) {
        if (!this.#isLate(waiting, nowMs)) break
        this.#turnAway(one)
      }
    }
    this.next()
  }

  /** What is behind this line has turned somebody away for so long. */
  heard(retryMs: number): void {
    this.#bookings.heard(retryMs)
  }

  /** Those whose hello the core has, and has not answered. */
  get atCore(): readonly One[] {
    return [...this.#given.keys()]
  }

  /** About as many as were turned away and have not come again: they wait, too. */
  get away(): number {
    return this.#bookings.away
  }

  /** When somebody for whom there is no room may come again. */
  later(): number {
    const costMs = this.#costMs ?? this.#guess(this.#options.clock.nowMs())
    return this.#bookings.later(costMs, this.#waiting * costMs)
  }

  /** Gives the core what it may have. */
  next(): void {
    // Whoever is given one may answer at once.
    if (this.#isGiving) return
    this.#isGiving = true
    try {
      while (this.#given.size < this.#most && this.#options.isReady()) if (!this.#giveFirst()) return
    } finally {
      this.#isGiving = false
    }
  }

  get #waiting(): number {
    return this.#resumed.size + this.#strangers.size
  }

  /** How many the core may have: what it answers in the time that is allowed. */
  get #most(): number {
    const { hellosAtCore, helloCoreMs } = this.#options.policy
    if (hellosAtCore === Number.POSITIVE_INFINITY) return hellosAtCore
    const most = this.#costMs === null ? firstAtCore : Math.floor(helloCoreMs / this.#costMs)
    return Math.min(hellosAtCore, Math.max(fewestAtCore, most))
  }

  #giveFirst(): boolean {
    const isTurn = this.#turn < resumedInTurn || this.#strangers.size === 0
    const line = this.#resumed.size > 0 && isTurn ? this.#resumed : this.#strangers
    const [first] = line
    if (first === undefined) return false
    this.#turn = line === this.#resumed ? this.#turn + 1 : 0
    const [one, waiting] = first
    const nowMs = this.#options.clock.nowMs()
    if (this.#isLate(waiting, nowMs)) this.#turnAway(one)
    else {
      this.#remove(one)
      this.#given.set(one, { sinceMs: nowMs, place: this.#given.size + 1 })
      this.#options.give(one, waiting.hello)
    }
    return true
  }

  #turnAway(one: One): void {
    this.#remove(one)
    this.#options.turnAway(one, this.later())
  }

  #remove(one: One): void {
    for (const line of [this.#resumed, this.#strangers]) {
      this.#bytes -= line.get(one)?.hello.length ?? 0
      line.delete(one)
    }
  }

  #hasRoom(sizeBytes: number, isResume: boolean): boolean {
    const { hellosInLine, helloLineBytes, helloLineMs } = this.#options.policy
    const isThrough = this.#given.size < this.#most && this.#waiting === 0
    if (isThrough) return true
    const share = isResume ? 1 : roomOfStrangers
    const ahead = isResume ? this.#resumed.size : this.#waiting
    return (
      this.#waiting < share * hellosInLine &&
      this.#bytes + sizeBytes <= share * helloLineBytes &&
      ahead * (this.#costMs ?? 0) <= helloLineMs
    )
  }

  /** Also by a clock that was put back further than that. */
  #isLate({ sinceMs }: Waiting, nowMs: number): boolean {
    return Math.abs(nowMs - sinceMs) > 1.5 * this.#options.policy.helloLineMs
  }

  /** An answer says how fast the core is where it has had no rest, and else how fast it is at least. */
  #measure({ sinceMs, place }: Given): void {
    const costMs = Math.max(0, this.#options.clock.nowMs() - sinceMs) / place
    const isBusy = place >= Math.min(this.#most, firstAtCore) / 2
    const known = this.#costMs
    if (known === null) this.#costMs = isBusy ? costMs : null
    else if (isBusy || costMs < known) this.#costMs = known + (costMs - known) / smoothing
  }

  /** The oldest one at the core is not answered yet. */
  #guess(nowMs: number): number {
    const [oldest] = this.#given.values()
    return oldest === undefined ? guessedMs : Math.max(guessedMs, (nowMs - oldest.sinceMs) / oldest.place)
  }
}
