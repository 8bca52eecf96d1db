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
import { tellExpired, tellGuestEvent, tellLeaveUntold, tellPerformance } from './words.js'

const doubtMs = 3_000
/** Whoever came to say goodbye waits for the answer. */
const goodbyeMs = 30_000

export interface GuestSessionOptions {
  readonly io: Io
  readonly json: boolean
  readonly seat: ConferenceSeat
  readonly slot: SlotFile
  readonly transport: Transport
  /** `watch`: as `join`, and stdin is not read; `leave`: only says goodbye. */
  readonly does: 'join' | 'watch' | 'leave'
}

/** `leaving`: out, and the doctor could not be told. `expired`: its time is up, and nobody answers. `refused`: blocked until lifted, removed, or another device goes on with this seat. */
export type GuestEnd = 'ended' | 'expired' | 'left' | 'leaving' | 'paused' | 'refused'

export class GuestSession {
  readonly #options: GuestSessionOptions
  readonly #table = new PerformanceTable(() => performance.now())
  readonly #teller: LineTeller
  readonly #driver: SeatDriver
  #stopDoubt: () => void = () => undefined
  /** What was told last of it. */
  #isLive = false
  #isOver = false
  #end: GuestEnd = 'paused'

  /** @throws ChartsealError as `ConferencePatient` */
  constructor(options: GuestSessionOptions) {
    const { io, json, seat, slot, transport, does } = options
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
      expiry: { untilMs: seat.untilMs, clock, onExpired: () => this.#expired() },
      goodbyeMs: does === 'leave' ? goodbyeMs : undefined,
      onEvent: event => this.#tell(event),
    })
  }

  /** Until the conference ends, the patient leaves, or this process ends. @throws what made the record fail */
  async run(): Promise<GuestEnd> {
    const { io, does } = this.#options
    const forget = io.onInterrupt?.(signal => this.#order({ kind: signal === 'SIGTERM' ? 'close' : 'leave' }))
    this.#order({ kind: does === 'leave' ? 'leave' : 'join' })
    const script = does === 'join' ? this.#readScript() : Promise.resolve()
    try {
      await this.#driver.over
    } finally {
      this.#isOver = true
      this.#stopDoubt()
      forget?.()
      io.stdin.destroy()
      await script
      if (this.#end === 'leaving') this.#teller.tell(tellLeaveUntold)
      this.#teller.tell(tellPerformance(this.#table.rows()))
      await this.#teller.flush()
    }
    return this.#end
  }

  /** Resolves when it is printed. */
  #tell(event: PatientEvent): Promise<void> {
    if (event.kind === 'live') this.#tellLive(event)
    else this.#teller.tell(tellGuestEvent(event))
    if (event.kind === 'left' || event.kind === 'leaving') this.#end = event.kind
    if (event.kind === 'ended') this.#end = event.reason === 'ended' ? 'ended' : 'refused'
    if (event.kind === 'taken-over') this.#refused()
    if (event.kind === 'blocked' && event.untilMs === null) this.#refused()
    return this.#teller.flush()
  }

  #expired(): void {
    this.#end = 'expired'
    this.#teller.tell(tellExpired(this.#options.seat.untilMs))
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

  #refused(): void {
    this.#end = 'refused'
    this.#order({ kind: 'close' })
  }

  #order(order: SeatOrder): void {
    const text = order.kind === 'say' ? order.text : null
    attempt(this.#teller, () => this.#driver.order(order), text)
  }

  async #readScript(): Promise<void> {
    for await (const text of typedLines(this.#options.io, this.#teller, () => this.#isOver)) {
      this.#obey(parseGuestLine(text))
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
