/** A patient's end of a conference that they joined: it runs in this tab for as long as the device is unlocked. */

import type { ConferenceSeat } from '@chartseal/clinic/conference'
import { driveSeat, type SeatDriver, type SeatMachine, wipeSeat } from '@chartseal/clinic/conference'
import { encodeBase64Url } from '@chartseal/core/encoding'
import {
  ConferencePatient,
  type PatientEvent,
  type PatientInput,
  type PatientOutput,
  type PatientStatus,
} from '@chartseal/elgamal-session'
import { type Signal, signal } from '@preact/signals'
import { rowSlot } from '../../conference/journal-rows.js'
import { readSeat, seatIn } from '../../conference/seat-row.js'
import type { Word } from '../../conference/word-row.js'
import type { Session } from '../session.js'
import { createTask, type Task } from '../task.js'
import { type LinkView, lostLink } from './link.js'
import { BeatTimer } from './timer.js'
import { seatTransport } from './transports.js'
import type { Words } from './words.js'

/** `coming`: joined, and not let in yet. */
export type Standing =
  | { readonly kind: 'coming' | 'in' | 'taken-over' | 'left' | 'ended' }
  /** 0 until lifted. */
  | { readonly kind: 'blocked'; readonly untilMs: number }

export interface Sitting {
  readonly ref: string
  readonly link: Signal<LinkView>
  readonly standing: Signal<Standing>
  readonly task: Task
  /** To the doctor alone. */
  say(text: string): Promise<boolean>
  /** Comes again after another tab took over, or after a block. */
  comeAgain(): void
  /** Tells the doctor when they are there to hear it; resolves when it was given to the clinic. */
  leave(): Promise<void>
  /** Secrets of this tab are wiped; they stay a member. */
  stop(): Promise<void>
}

/** `null`: its keys are gone. @param ended told once that the doctor ended it @throws ChartsealError `enrolment/damaged`, `conference/bad-record` */
export async function openSitting(
  session: Session,
  ref: string,
  words: Words,
  ended: (why: 'ended' | 'removed') => void,
): Promise<Sitting | null> {
  const whole = await readSeat(session.unlocked, ref)
  const seat = whole === null ? null : seatIn(whole)
  if (seat === null) return null
  const run = new SeatRun(session, ref, seat, words, ended)
  try {
    await run.begin()
    return run
  } catch (reason) {
    await run.stop()
    throw reason
  }
}

class SeatRun implements Sitting {
  readonly ref: string
  readonly link: Signal<LinkView> = signal<LinkView>({ kind: 'begins' })
  readonly standing: Signal<Standing> = signal<Standing>({ kind: 'coming' })
  readonly task: Task
  readonly #session: Session
  readonly #seat: ConferenceSeat
  readonly #words: Words
  readonly #ended: (why: 'ended' | 'removed') => void
  #driver: SeatDriver | null = null
  #stopAsking: () => void = () => undefined
  #isStopped = false
  readonly #timer: BeatTimer

  constructor(
    session: Session,
    ref: string,
    seat: ConferenceSeat,
    words: Words,
    ended: (why: 'ended' | 'removed') => void,
  ) {
    this.ref = ref
    this.#ended = ended
    this.#session = session
    this.#seat = seat
    this.#words = words
    this.task = createTask(session, 'device')
    this.#timer = new BeatTimer(session)
  }

  async begin(): Promise<void> {
    const { unlocked } = this.#session
    const { clock, random } = unlocked
    const slot = await rowSlot(unlocked, this.ref, () => this.#words.take())
    const patient = new ConferencePatient({ keys: this.#seat, record: slot.record, clock, random })
    this.#driver = driveSeat({
      patient: new HeardPatient(patient, this.#words),
      slot,
      transport: seatTransport(this.#session, encodeBase64Url(this.#seat.id)),
      timer: this.#timer,
      random,
      onEvent: event => this.#heard(event),
    })
    this.#driver.over.catch(error => this.#failed(error))
    this.#driver.order({ kind: 'join' })
  }

  say(text: string): Promise<boolean> {
    return this.task.run(async () => this.#driver?.order({ kind: 'say', text }))
  }

  comeAgain(): void {
    this.standing.value = { kind: 'coming' }
    this.#tryAgain()
  }

  async leave(): Promise<void> {
    this.#driver?.order({ kind: 'leave' })
    await this.#driver?.over.catch(() => undefined)
    await this.stop()
  }

  async stop(): Promise<void> {
    if (this.#isStopped) return
    this.#isStopped = true
    this.#driver?.order({ kind: 'close' })
    await this.#driver?.over.catch(() => undefined)
    this.#timer.stop()
    wipeSeat(this.#seat)
  }

  #heard(event: PatientEvent): void {
    const nowMs = this.#session.unlocked.clock.nowMs()
    if (event.kind === 'joined') this.standing.value = { kind: 'in' }
    if (event.kind === 'live')
      this.link.value = event.live
        ? { kind: 'live' }
        : { kind: 'dead', sinceMs: event.sinceMs, retryAtMs: retryOf(this.link.value) }
    if (event.kind === 'reconnecting')
      this.link.value = lostLink(this.link.value, nowMs, nowMs + event.afterMs)
    if (event.kind === 'blocked') this.#blocked(event.untilMs)
    if (event.kind === 'taken-over' || event.kind === 'left' || event.kind === 'ended')
      this.standing.value = { kind: event.kind }
    // Not within a step of the driver.
    if (event.kind === 'ended') queueMicrotask(() => this.#ended(event.reason))
    void this.#words.flush().catch(error => this.#failed(error))
  }

  /** Nobody can tell them that it was lifted: they ask from time to time, and when it is over. */
  #blocked(untilMs: number | null): void {
    const { clock, random } = this.#session.unlocked
    this.standing.value = { kind: 'blocked', untilMs: untilMs ?? 0 }
    this.#stopAsking()
    const [jitter = 0] = random.bytes(1)
    const leftMs = untilMs === null ? askEveryMs : Math.max(0, untilMs - clock.nowMs())
    this.#stopAsking = this.#timer.after(Math.min(leftMs, askEveryMs) + 500 + 16 * jitter, () =>
      this.#tryAgain(),
    )
  }

  #tryAgain(): void {
    this.#stopAsking()
    if (!this.#isStopped) this.#driver?.order({ kind: 'join' })
  }

  #failed(error: unknown): void {
    if (!this.#isStopped) this.link.value = { kind: 'failed', error }
  }
}

const askEveryMs = 10_000
const retryOf = (link: LinkView): number => (link.kind === 'dead' ? link.retryAtMs : 0)

/** A patient whose words are noted as they come: they are on disk in one write with the record that says so. */
class HeardPatient implements SeatMachine {
  readonly #patient: ConferencePatient
  readonly #words: Words

  constructor(patient: ConferencePatient, words: Words) {
    this.#patient = patient
    this.#words = words
  }

  get status(): PatientStatus {
    return this.#patient.status
  }

  handle(input: PatientInput): readonly PatientOutput[] {
    const outputs = this.#patient.handle(input)
    for (const output of outputs) if (output.kind === 'event') this.#note(output.event, input)
    return outputs
  }

  #note(event: PatientEvent, input: PatientInput): void {
    if (event.kind === 'message') {
      const { text, emergency, atMs } = event
      const sequence = Number(event.sequence)
      const isSame = (word: Word): boolean => toAll.includes(word.kind) && word.sequence === sequence
      const kind = emergency ? 'emergency' : 'said'
      this.#add({ kind, text, atMs, sequence, state: emergency ? 'new' : 'there' }, isSame)
    }
    if (event.kind === 'direct') this.#between('from', event.text, String(event.id), 'there')
    if (event.kind === 'direct-sent' && input.kind === 'say')
      this.#between('to', input.text, String(event.id), 'waiting')
    if (event.kind === 'direct-received') this.#arrived([event.id], 'received')
    if (event.kind === 'direct-lost') this.#arrived(event.ids, 'lost')
    if (event.kind === 'gap' && event.reason !== 'not-member') {
      const [from, to] = [Number(event.from), Number(event.to)]
      const isSame = (word: Word): boolean => word.kind === 'missed' && word.id === `${from}`
      this.#add({ kind: 'missed', sequence: to - from + 1, state: 'there', id: `${from}` }, isSame)
    }
  }

  #between(kind: 'to' | 'from', text: string, id: string, state: Word['state']): void {
    this.#add({ kind, text, id, state }, word => word.kind === kind && word.id === id)
  }

  #add(word: Partial<Word> & Pick<Word, 'kind' | 'state'>, isSame: (known: Word) => boolean): void {
    this.#words.add({ pairId: '', name: '', text: '', sequence: 0, id: '', ...word }, isSame)
  }

  #arrived(ids: readonly bigint[], state: 'received' | 'lost'): void {
    const names = ids.map(String)
    this.#words.change(({ kind, id }) => kind === 'to' && names.includes(id), { state })
  }
}

const toAll: readonly Word['kind'][] = ['said', 'emergency']
