/** Connects a patient's machine to the relay and to what the device keeps, until it is over. */
import type { Clock, Random } from '@chartseal/core/ports'
import type { PatientEvent, PatientInput, PatientOutput, PatientStatus } from '@chartseal/elgamal-session'
import { backOffMs } from './back-off.js'
import { driverError } from './errors.js'
import { longTimer } from './long-timer.js'
import { Outbox } from './outbox.js'
import type { Link, LinkEnd, Slot, Timer, Transport } from './ports.js'

const tickMs = 250
const usualGoodbyeMs = 5_000
/** A clock that is wrong alone ends no seat: a connection corrects it. */
const lateTries = 3

/** What is used of a `ConferencePatient`. */
export interface SeatMachine {
  handle(input: PatientInput): readonly PatientOutput[]
  readonly status: PatientStatus
}

/** What the patient orders; the rest comes from the driver. */
export type SeatOrder = Extract<PatientInput, { readonly kind: 'join' | 'say' | 'leave' | 'close' }>

export interface SeatOptions {
  /** A `ConferencePatient` of the record in the slot. */
  readonly patient: SeatMachine
  readonly slot: Pick<Slot, 'put'>
  /** Its messages are frames. */
  readonly transport: Transport
  readonly timer: Timer
  readonly random: Random
  /** When the seat is good for nothing any more. */
  readonly expiry?: SeatExpiry
  /**
   * How long the order `leave` waits for the doctor's core to answer; without an answer it is told the next time. Default:
   * 5 s, and not at all where nobody is connected.
   */
  readonly goodbyeMs?: number | undefined
  /** What it gives is waited for before a message counts as received: it may be the promise that it was shown. */
  onEvent(event: PatientEvent): unknown
}

export interface SeatExpiry {
  /** As the seat has it. */
  readonly untilMs: number
  readonly clock: Clock
  /** The time is up, and nobody answers: `over` resolves, and the caller destroys the seat. */
  onExpired(): void
}

export interface SeatDriver {
  /**
   * `join` first.
   * @throws ChartsealError as `ConferencePatient.handle`: nothing was changed then; `driver/over` for what would be lost
   * because this seat is over
   */
  order(order: SeatOrder): void
  /**
   * Resolves when nothing is done any more and everything is durable: after the orders `leave` and `close`, when the
   * conference ended, and when the seat has expired. Rejects when the slot failed.
   */
  readonly over: Promise<void>
}

/** Connects a patient's end of a conference to a transport and a record, and begins at once. */
export function driveSeat(options: SeatOptions): SeatDriver {
  const run = new SeatRun(options)
  run.tick()
  return { order: order => run.order(order), over: run.over }
}

class SeatRun {
  readonly over: Promise<void>
  readonly #options: SeatOptions
  readonly #outbox: Outbox<PatientOutput>
  readonly #timer: Timer
  #link: Link | null = null
  /** Counts connections: what an earlier one still delivers is not of the newest. */
  #connection = 0
  #hintMs = 0
  /** Connections in a row that ended after `expiry.untilMs` and led to no membership. */
  #lateTries = 0
  #isOver = false
  #stopTick: () => void = () => undefined
  #stopConnect: () => void = () => undefined
  #stopGoodbye: () => void = () => undefined
  #resolve: () => void = () => undefined
  #reject: (error: unknown) => void = () => undefined

  constructor(options: SeatOptions) {
    this.#options = options
    this.#timer = longTimer(options.timer)
    this.over = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    // It may fail before anybody waits for it.
    this.over.catch(() => undefined)
    this.#outbox = new Outbox<PatientOutput>({
      isStored: output => output.kind === 'persist',
      isTold: isMessage,
      store: outputs => storeNewest(options.slot, outputs),
      act: output => this.#act(output),
      failed: error => this.#end(() => this.#reject(error)),
    })
  }

  tick(): void {
    if (this.#isOver) return
    this.#handle({ kind: 'tick' })
    this.#stopTick = this.#timer.after(tickMs, () => this.tick())
  }

  order(order: SeatOrder): void {
    const { phase } = this.#options.patient.status
    if (order.kind === 'say' && (this.#isOver || phase === 'ended')) throw driverError('driver/over', {})
    if (this.#isOver) return
    this.#handle(order)
    if (order.kind === 'close') void this.#finish()
    if (order.kind === 'leave') this.#awaitAnswer()
  }

  /** That they leave is durable either way. */
  #awaitAnswer(): void {
    const waitMs = this.#options.goodbyeMs ?? (this.#link === null ? 0 : usualGoodbyeMs)
    if (waitMs === 0) this.order({ kind: 'close' })
    else this.#stopGoodbye = this.#timer.after(waitMs, () => this.order({ kind: 'close' }))
  }

  #handle(input: PatientInput): void {
    if (!this.#isOver) this.#outbox.push(this.#options.patient.handle(input))
  }

  #act(output: PatientOutput): unknown {
    if (output.kind === 'connect') this.#connectAfter(output.afterMs)
    if (output.kind === 'send') this.#link?.send(output.bytes)
    if (output.kind === 'close') this.#drop()
    return output.kind === 'event' ? this.#tell(output.event) : undefined
  }

  #tell(event: PatientEvent): unknown {
    if (event.kind === 'joined') this.#lateTries = 0
    const told = this.#options.onEvent(event)
    if (event.kind === 'left' || event.kind === 'ended') void this.#finish()
    return told
  }

  #connectAfter(afterMs: number): void {
    this.#stopConnect()
    const { random } = this.#options
    const waitMs = this.#hintMs === 0 ? afterMs : Math.max(afterMs, backOffMs(random, 0, this.#hintMs))
    this.#hintMs = 0
    this.#stopConnect = this.#timer.after(waitMs, () => void this.#connect())
  }

  async #connect(): Promise<void> {
    this.#drop()
    if (this.#isExpired()) {
      this.#expire()
      return
    }
    const connection = this.#connection
    const isCurrent = (): boolean => connection === this.#connection && !this.#isOver
    try {
      const link = await this.#options.transport.connect({
        received: bytes => {
          if (isCurrent()) this.#handle({ kind: 'received', bytes })
        },
        ended: end => {
          if (isCurrent()) this.#lost(end)
        },
      })
      if (isCurrent()) {
        this.#link = link
        this.#handle({ kind: 'connected' })
      } else link.close()
    } catch {
      if (isCurrent()) this.#lost({ kind: 'lost', retryMs: 0 })
    }
  }

  /** Each time that a connection is wanted. */
  #isExpired(): boolean {
    const { expiry } = this.#options
    if (expiry === undefined || expiry.clock.nowMs() < expiry.untilMs) return false
    this.#lateTries += 1
    return this.#lateTries > lateTries
  }

  #expire(): void {
    this.#handle({ kind: 'close' })
    this.#options.expiry?.onExpired()
    void this.#finish()
  }

  #lost(end: LinkEnd): void {
    this.#link = null
    this.#connection += 1
    this.#hintMs = end.kind === 'lost' ? end.retryMs : 0
    this.#handle({ kind: 'lost' })
  }

  #drop(): void {
    this.#connection += 1
    this.#link?.close()
    this.#link = null
  }

  /** The machine is over: what it gave out last is still carried out. */
  async #finish(): Promise<void> {
    this.#stop()
    await this.#outbox.settled()
    this.#end(() => this.#resolve())
  }

  #end(settle: () => void): void {
    this.#stop()
    this.#drop()
    settle()
  }

  #stop(): void {
    this.#isOver = true
    this.#stopTick()
    this.#stopConnect()
    this.#stopGoodbye()
  }
}

/** After a crash it comes once more, if it was not told before. */
function isMessage(output: PatientOutput): boolean {
  return output.kind === 'event' && (output.event.kind === 'message' || output.event.kind === 'direct')
}

/** Each replaces the one before. */
async function storeNewest(slot: Pick<Slot, 'put'>, outputs: readonly PatientOutput[]): Promise<void> {
  const newest = outputs.at(-1)
  if (newest?.kind === 'persist') await slot.put(newest.record)
}
