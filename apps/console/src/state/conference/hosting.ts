/** The doctor's end of a conference that is on: it runs in this tab for as long as the device is unlocked. */
import {
  type ConferenceBook,
  driveHost,
  enrolledOf,
  type HostDriver,
  type HostEvent,
  wipeBook,
} from '@chartseal/clinic/conference'
import { encodeHex } from '@chartseal/core/encoding'
import { ConferenceCore } from '@chartseal/elgamal-session'
import { type Signal, signal } from '@preact/signals'
import { type Guest, guestsOf, invite } from '../../conference/inviting.js'
import { rowJournal } from '../../conference/journal-rows.js'
import { type OwnConference, readWhole } from '../../conference/own-conference.js'
import type { Session } from '../session.js'
import { tryEach } from '../try-each.js'
import { HeardCore, type HeardGuest } from './heard-core.js'
import { isClosed, requireOpen } from './link.js'
import { type MemberView, viewMembers } from './members.js'
import { begun, Run, type RunView } from './run.js'
import { loseWords, seatTag } from './seat-tag.js'
import { hostTransport } from './transports.js'
import type { Words } from './words.js'

export interface Hosting extends RunView {
  readonly own: OwnConference
  /** Nobody is let in after this. */
  readonly untilMs: number
  /** The clinic was there once: what is said from then on is durable at once. */
  readonly hasBeenLive: Signal<boolean>
  readonly members: Signal<readonly MemberView[]>
  /** The clinic lost of its log up to this number: who has not heard that far never will. 0 when it lost nothing. */
  readonly lostUpTo: Signal<number>
  /** How many frames for all there are: the number that members acknowledge up to. */
  readonly sequence: Signal<number>
  say(text: string, isEmergency: boolean): Promise<boolean>
  answer(pairId: string, text: string): Promise<boolean>
  block(pairId: string): Promise<boolean>
  unblock(pairId: string): Promise<boolean>
  invite(pairIds: readonly string[]): Promise<boolean>
  /** Who answered meanwhile is let in. */
  refresh(): Promise<void>
  /** Tells all who are there, and destroys what the core holds; resolves when it was given to the clinic. */
  finish(): Promise<void>
}

/** `null`: it ended. @throws ChartsealError `console/damaged-row`, `conference/bad-journal`, `enrolment/damaged` */
export async function openHosting(session: Session, id: string, words: Words): Promise<Hosting | null> {
  const whole = await readWhole(session.unlocked, id)
  const { book = null } = whole ?? {}
  if (whole === null || book === null) return null
  return begun(new HostRun(session, whole.own, book, words))
}

class HostRun extends Run<HostDriver> implements Hosting {
  readonly own: OwnConference
  readonly untilMs: number
  readonly hasBeenLive: Signal<boolean> = signal(false)
  readonly members: Signal<readonly MemberView[]> = signal<readonly MemberView[]>([])
  readonly lostUpTo: Signal<number> = signal(0)
  readonly sequence: Signal<number> = signal(0)
  readonly #book: ConferenceBook
  #guests: readonly Guest[] = []
  #enrolled = new Map<string, string>()
  #core: HeardCore | null = null
  #isDrawing = false

  constructor(session: Session, own: OwnConference, book: ConferenceBook, words: Words) {
    super(session, words)
    this.own = own
    this.untilMs = book.untilMs
    this.#book = book
  }

  async begin(): Promise<void> {
    const { unlocked } = this.session
    const { clock, random } = unlocked
    const { id, suite, staticKey, signingKey, untilMs } = this.#book
    this.#guests = await guestsOf(unlocked, this.own.id)
    const patients = enrolledOf(this.#book)
    this.#enrolled = keysOf(patients)
    const journal = await rowJournal(unlocked, this.own.id, () => this.words.take())
    const keys = { id, suite, staticKey, signingKey }
    const { core, outputs } = ConferenceCore.start({
      keys,
      patients,
      journal: journal.records,
      clock,
      random,
      meter: this.performance,
    })
    for (const record of journal.records) record.fill(0)
    const heard = new HeardCore(
      core,
      this.words,
      name => this.#guestOf(name),
      () => this.#changed(),
    )
    heard.note(outputs, null)
    loseWords(this.words, new Set([...this.#enrolled.values()].map(seatTag)))
    this.#core = heard
    this.driver = driveHost({
      started: { core: heard, outputs },
      journal,
      transport: hostTransport(this.session, this.own.id, untilMs),
      timer: this.timer,
      random,
      onEvent: event => this.#heard(event),
    })
    void this.driver.over.then(
      () => this.#over(),
      error => this.failed(error),
    )
    this.#changed()
  }

  say(text: string, isEmergency: boolean): Promise<boolean> {
    return this.#order({ kind: 'say', text, emergency: isEmergency })
  }

  answer(pairId: string, text: string): Promise<boolean> {
    return this.#order({ kind: 'direct', patient: this.#nameOf(pairId), text })
  }

  block(pairId: string): Promise<boolean> {
    return this.#order({ kind: 'block', patient: this.#nameOf(pairId) })
  }

  unblock(pairId: string): Promise<boolean> {
    return this.#order({ kind: 'unblock', patient: this.#nameOf(pairId) })
  }

  async invite(pairIds: readonly string[]): Promise<boolean> {
    const { unlocked } = this.session
    const isDone = await this.task.run(() => tryEach(pairIds, id => invite(unlocked, this.own.id, id)))
    await this.refresh()
    this.session.poke()
    return isDone
  }

  async refresh(): Promise<void> {
    const { unlocked } = this.session
    this.#guests = await guestsOf(unlocked, this.own.id)
    const whole = await readWhole(unlocked, this.own.id)
    const { book = null } = whole ?? {}
    if (book === null) return
    try {
      this.#takeUp(enrolledOf(book))
    } finally {
      wipeBook(book)
    }
    this.#changed()
  }

  /** Who was invited again is out until they answer: their device of before may be in other hands. */
  #takeUp(enrolled: ReturnType<typeof enrolledOf>): void {
    if (this.isStopped || isClosed(this.link.value)) return
    const now = keysOf(enrolled)
    const known = new Set(this.#core?.rows().map(({ name }) => name))
    for (const name of this.#enrolled.keys())
      if (!now.has(name) && known.has(name)) this.driver?.order({ kind: 'remove', patient: name })
    const patients = enrolled.filter(({ name }) => this.#enrolled.get(name) !== now.get(name))
    if (patients.length > 0) this.driver?.order({ kind: 'enrol', patients })
    // What the core said of who left is of their seat of before.
    this.#enrolled = now
  }

  async finish(): Promise<void> {
    this.driver?.order({ kind: 'end' })
    await this.driver?.over.catch(() => undefined)
  }

  protected wipe(): void {
    wipeBook(this.#book)
  }

  async #order(order: Parameters<HostDriver['order']>[0]): Promise<boolean> {
    return this.task.run(async () => {
      requireOpen(this.link.value)
      this.driver?.order(order)
    })
  }

  #heard(event: HostEvent): void {
    if (event.kind === 'live') {
      this.link.value = { kind: 'live' }
      this.hasBeenLive.value = true
    }
    if (event.kind === 'relay-refused') this.link.value = { kind: 'refused' }
    // A relay that takes what is new has the right log again.
    if (event.kind === 'logged' && this.link.value.kind === 'refused') this.link.value = { kind: 'live' }
    if (event.kind === 'log-lost') this.lostUpTo.value = Number(event.sequence)
    if (event.kind === 'detached') this.lost(0)
    if (event.kind === 'reconnecting') this.lost(event.afterMs)
    if (event.kind === 'host-taken-over' || event.kind === 'superseded')
      this.link.value = { kind: 'elsewhere' }
    void this.words.flush().catch(error => this.failed(error))
  }

  #over(): void {
    if (!this.isStopped && this.link.value.kind !== 'elsewhere') this.link.value = { kind: 'over' }
  }

  /** However many come at once, the list is drawn once. */
  #changed(): void {
    if (this.#isDrawing) return
    this.#isDrawing = true
    queueMicrotask(() => {
      this.#isDrawing = false
      if (this.#core === null || this.isStopped) return
      this.members.value = viewMembers(this.#guests, this.#core.rows())
      this.sequence.value = Number(this.#core.sequence)
    })
  }

  #guestOf(name: string): HeardGuest {
    const guest = this.#guests.find(one => one.name === name) ?? { pairId: '', name }
    return { pairId: guest.pairId, name, seat: seatTag(this.#enrolled.get(name) ?? '') }
  }

  #nameOf(pairId: string): string {
    return this.#guests.find(one => one.pairId === pairId)?.name ?? ''
  }
}

/** By which key each is known, in hexadecimal. */
const keysOf = (patients: ReturnType<typeof enrolledOf>): Map<string, string> =>
  new Map(patients.map(({ name, staticKey }) => [name, encodeHex(staticKey)] as const))
