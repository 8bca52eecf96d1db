/** A patient's end that runs: the machine, what the patient types, and what is told of it. */
import {
  type ConferenceSeat,
  driveSeat,
  type SeatDriver,
  type SeatOrder,
  type Transport,
} from '@chartseal/clinic/conference'
import type { SlotFile } from '@chartseal/clinic/fs/conference'
import { ConferencePatient, type PatientEvent, PerformanceTable } from '@chartseal/elgamal-session'
import type { Io } from '../../io/io.js'
import { attempt, tellUnknown, typedLines } from './input.js'
import { type GuestLine, parseGuestLine } from './script.js'
import { LineTeller } from './teller.js'
import { systemTimer } from './timer.js'
import { tellGuestEvent, tellPerformance } from './words.js'

const doubtMs = 3_000

export interface GuestSessionOptions {
  readonly io: Io
  readonly json: boolean
  readonly seat: ConferenceSeat
  readonly slot: SlotFile
  readonly transport: Transport
  /** Whether stdin is read. */
  readonly reads: boolean
}

/** `refused`: blocked until lifted, removed, or another device goes on with this seat. */
export type GuestEnd = 'ended' | 'left' | 'paused' | 'refused'

export class GuestSession {
  readonly #options: GuestSessionOptions
  readonly #table = new PerformanceTable(() => performance.now())
  readonly #teller: LineTeller
  readonly #driver: SeatDriver
  #stopWaiting: () => void = () => undefined
  #stopDoubt: () => void = () => undefined
  /** What was told last of it. */
  #isLive = false
  #isOver = false
  #end: GuestEnd = 'paused'

  /** @throws ChartsealError as `ConferencePatient` */
  constructor(options: GuestSessionOptions) {
    const { io, json, seat, slot, transport } = options
    const { clock, random } = io
    this.#options = options
    this.#teller = new LineTeller(io, json)
    const { record } = slot
    const patient = new ConferencePatient({ keys: seat, record, clock, random, meter: this.#table })
    this.#driver = driveSeat({
      patient,
      slot,
      transport,
      timer: systemTimer,
      random,
      onEvent: event => this.#tell(event),
    })
  }

  /** Until the conference ends, the patient leaves, or this process ends. @throws what made the record fail */
  async run(): Promise<GuestEnd> {
    const { io, reads } = this.#options
    const forget = io.onInterrupt?.(() => this.#order({ kind: 'leave' }))
    this.#order({ kind: 'join' })
    const script = reads ? this.#readScript() : Promise.resolve()
    try {
      await this.#driver.over
    } finally {
      this.#isOver = true
      this.#stopWaiting()
      this.#stopDoubt()
      forget?.()
      io.stdin.destroy()
      this.#teller.tell(tellPerformance(this.#table.rows()))
      await this.#teller.flush()
    }
    await script
    return this.#end
  }

  #tell(event: PatientEvent): void {
    if (event.kind === 'live') this.#tellLive(event)
    else this.#teller.tell(tellGuestEvent(event))
    if (event.kind === 'left') this.#end = 'left'
    if (event.kind === 'ended') this.#end = event.reason === 'ended' ? 'ended' : 'refused'
    if (event.kind === 'taken-over') this.#refused()
    if (event.kind === 'blocked') this.#blocked(event.untilMs)
  }

  /** Between a head and what it names, or between two connections, nobody needs to worry. */
  #tellLive(event: PatientEvent & { readonly kind: 'live' }): void {
    this.#stopDoubt()
    const tell = (): void => {
      this.#isLive = event.live
      this.#teller.tell(tellGuestEvent(event))
    }
    if (!event.live) this.#stopDoubt = systemTimer.after(doubtMs, tell)
    else if (!this.#isLive) tell()
  }

  /** A block that ends by itself is waited for. */
  #blocked(untilMs: number | null): void {
    if (untilMs === null) {
      this.#refused()
      return
    }
    const waitMs = Math.max(0, untilMs - this.#options.io.clock.nowMs()) + 1_000
    this.#stopWaiting = systemTimer.after(waitMs, () => this.#order({ kind: 'join' }))
  }

  #refused(): void {
    this.#end = 'refused'
    this.#order({ kind: 'close' })
  }

  #order(order: SeatOrder): void {
    attempt(this.#teller, () => this.#driver.order(order))
  }

  async #readScript(): Promise<void> {
    for await (const text of typedLines(this.#options.io, this.#teller, () => this.#isOver)) {
      this.#obey(parseGuestLine(text))
      if (this.#isOver) return
    }
  }

  #obey(line: GuestLine): void {
    const order = orderOf(line)
    if (order !== null) this.#order(order)
    if (line.kind === 'performance') this.#teller.tell(tellPerformance(this.#table.rows()))
    if (line.kind === 'unknown') this.#teller.tell(tellUnknown(line.command))
  }
}

/** `null` for what changes nothing. */
function orderOf(line: GuestLine): SeatOrder | null {
  if (line.kind === 'say') return line
  if (line.kind === 'quit') return { kind: 'leave' }
  return line.kind === 'pause' ? { kind: 'close' } : null
}
