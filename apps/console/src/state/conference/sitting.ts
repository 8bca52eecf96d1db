/** A patient's end of a conference that they joined: it runs in this tab for as long as the device is unlocked. */

import type { ConferenceSeat } from '@chartseal/clinic/conference'
import { driveSeat, type SeatDriver, wipeSeat } from '@chartseal/clinic/conference'
import { encodeBase64Url, encodeHex } from '@chartseal/core/encoding'
import { ConferencePatient, isLeaving, type PatientEvent } from '@chartseal/elgamal-session'
import { type Signal, signal } from '@preact/signals'
import { rowSlot } from '../../conference/journal-rows.js'
import { readSeat, seatIn } from '../../conference/seat-row.js'
import type { Session } from '../session.js'
import { HeardPatient } from './heard-patient.js'
import { type LinkView, requireOpen } from './link.js'
import { begun, Run, type RunView } from './run.js'
import { loseWords, seatTag } from './seat-tag.js'
import { seatTransport } from './transports.js'
import type { Words } from './words.js'

/** `coming`: joined, and not let in yet. */
export type Standing =
  | { readonly kind: 'coming' | 'in' | 'taken-over' | 'left' | 'ended' }
  /** 0 until lifted. */
  | { readonly kind: 'blocked'; readonly untilMs: number }

export interface Sitting extends RunView {
  readonly ref: string
  readonly standing: Signal<Standing>
  /** To the doctor alone. */
  say(text: string): Promise<boolean>
  /** Comes again after another tab took over, or after a block. */
  comeAgain(): void
  /** Tells the doctor when they are there to hear it; resolves when it was given to the clinic. */
  leave(): Promise<void>
}

type Ended = (reason: 'ended' | 'removed') => void

/** `null`: its keys are gone. @param ended told once that the doctor ended it or put this seat out, or that its time is over @throws ChartsealError `enrolment/damaged`, `conference/bad-record` */
export async function openSitting(
  session: Session,
  ref: string,
  words: Words,
  ended: Ended,
): Promise<Sitting | null> {
  const seat = await keysOf(session, ref)
  return seat === null ? null : begun(new SeatRun(session, ref, seat, words, ended, 'join'))
}

/** A leaving that the doctor is told, however long that takes; nothing is shown of it. */
export interface Goodbye {
  /** Resolves when the doctor knows, or nobody will. */
  readonly over: Promise<void>
  stop(): Promise<void>
}

/** `null`: nobody has to be told, or its keys are gone. @param ended as `openSitting` @throws ChartsealError as `openSitting` */
export async function openGoodbye(
  session: Session,
  ref: string,
  words: Words,
  ended: Ended,
): Promise<Goodbye | null> {
  if (!(await isUntold(session, ref))) return null
  const seat = await keysOf(session, ref)
  return seat === null ? null : begun(new SeatRun(session, ref, seat, words, ended, 'leave'))
}

async function isUntold({ unlocked }: Session, ref: string): Promise<boolean> {
  const { record } = await rowSlot(unlocked, ref, () => [])
  try {
    return record !== null && isLeaving(record)
  } finally {
    record?.fill(0)
  }
}

async function keysOf({ unlocked }: Session, ref: string): Promise<ConferenceSeat | null> {
  const whole = await readSeat(unlocked, ref)
  return whole === null ? null : seatIn(whole)
}

class SeatRun extends Run<SeatDriver> implements Sitting, Goodbye {
  readonly ref: string
  readonly standing: Signal<Standing> = signal<Standing>({ kind: 'coming' })
  readonly #seat: ConferenceSeat
  readonly #ended: Ended
  readonly #does: 'join' | 'leave'
  #stopAsking: () => void = () => undefined

  constructor(
    session: Session,
    ref: string,
    seat: ConferenceSeat,
    words: Words,
    ended: Ended,
    does: 'join' | 'leave',
  ) {
    super(session, words)
    this.ref = ref
    this.#seat = seat
    this.#ended = ended
    this.#does = does
  }

  async begin(): Promise<void> {
    const { unlocked } = this.session
    const { clock, random } = unlocked
    const seat = seatTag(encodeHex(this.#seat.staticKey.publicKey))
    loseWords(this.words, new Set([seat]))
    const slot = await rowSlot(unlocked, this.ref, () => this.words.take())
    const patient = new ConferencePatient({
      keys: this.#seat,
      record: slot.record,
      clock,
      random,
      meter: this.performance,
    })
    this.driver = driveSeat({
      patient: new HeardPatient(patient, this.words, seat),
      slot,
      transport: seatTransport(this.session, encodeBase64Url(this.#seat.id)),
      timer: this.timer,
      random,
      expiry: { untilMs: this.#seat.untilMs, clock, onExpired: () => this.#end('ended') },
      // Whoever only says goodbye has nobody waiting for that.
      goodbyeMs: this.#does === 'leave' ? Number.MAX_SAFE_INTEGER : undefined,
      onEvent: event => this.#heard(event),
    })
    this.driver.over.catch(error => this.failed(error))
    this.driver.order({ kind: this.#does })
  }

  get over(): Promise<void> {
    return this.driver?.over.catch(() => undefined) ?? Promise.resolve()
  }

  say(text: string): Promise<boolean> {
    return this.task.run(async () => {
      requireOpen(this.link.value)
      this.driver?.order({ kind: 'say', text })
    })
  }

  comeAgain(): void {
    this.standing.value = { kind: 'coming' }
    this.#tryAgain()
  }

  async leave(): Promise<void> {
    this.driver?.order({ kind: 'leave' })
    await this.driver?.over.catch(() => undefined)
    await this.stop()
  }

  protected wipe(): void {
    wipeSeat(this.#seat)
  }

  /** Resolves when its words are on disk: before that nothing is acknowledged. */
  async #heard(event: PatientEvent): Promise<void> {
    if (event.kind === 'joined') this.standing.value = { kind: 'in' }
    if (event.kind === 'live')
      this.link.value = event.live
        ? { kind: 'live' }
        : { kind: 'dead', sinceMs: event.sinceMs, retryAtMs: retryOf(this.link.value) }
    if (event.kind === 'reconnecting') this.lost(event.afterMs)
    if (event.kind === 'blocked') this.#blocked(event.untilMs)
    if (event.kind === 'taken-over' || event.kind === 'left' || event.kind === 'ended')
      this.standing.value = { kind: event.kind }
    if (event.kind === 'ended') this.#end(event.reason)
    return this.words.flush()
  }

  /** Not within a step of the driver. */
  #end(reason: 'ended' | 'removed'): void {
    queueMicrotask(() => this.#ended(reason))
  }

  /** Nobody can tell them that it was lifted: they ask from time to time, and when it is over. */
  #blocked(untilMs: number | null): void {
    const { clock, random } = this.session.unlocked
    this.standing.value = { kind: 'blocked', untilMs: untilMs ?? 0 }
    this.#stopAsking()
    const [jitter = 0] = random.bytes(1)
    const leftMs = untilMs === null ? askEveryMs : Math.max(0, untilMs - clock.nowMs())
    this.#stopAsking = this.timer.after(Math.min(leftMs, askEveryMs) + 500 + 16 * jitter, () =>
      this.#tryAgain(),
    )
  }

  #tryAgain(): void {
    this.#stopAsking()
    if (!this.isStopped) this.driver?.order({ kind: 'join' })
  }
}

const askEveryMs = 10_000
const retryOf = (link: LinkView): number => (link.kind === 'dead' ? link.retryAtMs : 0)
