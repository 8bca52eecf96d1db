/** A host that runs: the core, what the doctor types, and what is told of it. */
import { stat } from 'node:fs/promises'
import {
  type ConferenceBook,
  driveHost,
  enrolledOf,
  type HostDriver,
  type HostEvent,
  type HostOrder,
  wipeBook,
} from '@chartseal/clinic/conference'
import { type FileSeal, type JournalFile, readBookFile } from '@chartseal/clinic/fs/conference'
import { encodeHex } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { ConferenceCore, type EnrolledPatient, PerformanceTable } from '@chartseal/elgamal-session'
import { HandshakePool } from '@chartseal/elgamal-session/fs/handshake-pool'
import type { Io } from '../../io/io.js'
import { attempt, tellError, tellUnknown, typedLines } from './input.js'
import { LiveScreen, type LiveView } from './live-screen.js'
import { type HostLine, parseHostLine } from './script.js'
import { Spoken } from './spoken.js'
import { LineTeller, type Teller } from './teller.js'
import { systemTimer, wait } from './timer.js'
import type { HostWay } from './ways.js'
import { type Told, tellHostEvent, tellPerformance, tellUnsaid, tellWho } from './words.js'

const lookMs = 50
const enrolmentMs = 1_000
/** Handshakes that a pool has at a time: a second's work of one thread, after which who waits would rather ask again. */
const mostInPool = 2_048

export interface HostSessionOptions {
  readonly io: Io
  readonly json: boolean
  readonly path: string
  readonly book: ConferenceBook
  /** What opens the conference file; `null` where it is in clear. */
  readonly seal: FileSeal | null
  readonly journal: JournalFile
  readonly way: HostWay
  /** That work on handshakes beside this one. */
  readonly threads?: number
}

/** `elsewhere`: another host has the conference now. */
export type HostEnd = 'ended' | 'paused' | 'elsewhere'

export class HostSession {
  readonly #options: HostSessionOptions
  readonly #table = new PerformanceTable(() => performance.now())
  readonly #teller: Teller
  readonly #core: ConferenceCore
  readonly #driver: HostDriver
  readonly #pool: HandshakePool | null
  #enrolled: readonly EnrolledPatient[]
  readonly #spoken = new Spoken()
  #isOver = false
  #end: HostEnd = 'paused'

  /** @throws ChartsealError as `ConferenceCore.start` */
  constructor(options: HostSessionOptions) {
    const { io, json, book, journal, way, threads = 0 } = options
    const { clock, random } = io
    this.#options = options
    this.#enrolled = enrolledOf(book)
    const { records } = journal
    const meter = this.#table
    const started = ConferenceCore.start({
      keys: book,
      patients: this.#enrolled,
      journal: records,
      clock,
      random,
      meter,
      policy: { maxWorking: threads > 0 ? mostInPool : 0 },
    })
    this.#core = started.core
    const isScreen = io.isTerminal.stdin && io.isTerminal.stdout && !json
    this.#teller = isScreen
      ? new LiveScreen(
          io,
          () => this.#view(),
          () => this.#order({ kind: 'end' }),
        )
      : new LineTeller(io, json)
    this.#teller.tell(way.told)
    const { suite, staticKey } = book
    const { privateKey } = staticKey
    this.#pool = threads > 0 ? new HandshakePool({ suite, privateKey, threads }) : null
    this.#driver = driveHost({
      ...(this.#pool === null ? {} : { handshakes: this.#pool }),
      started,
      journal,
      transport: way.transport,
      timer: systemTimer,
      random,
      onEvent: event => this.#tell(event),
    })
  }

  /** Until the conference ends, or this process does. @throws what made the journal or the relay fail */
  async run(): Promise<HostEnd> {
    const { io } = this.#options
    const forget = io.onInterrupt?.(signal => this.#order({ kind: signal === 'SIGTERM' ? 'close' : 'end' }))
    const work = Promise.all([this.#readScript(), this.#watchBook()])
    try {
      await this.#driver.over
    } finally {
      this.#isOver = true
      forget?.()
      await this.#pool?.close()
      io.stdin.destroy()
      await this.#teller.flush()
      await work
      for (const text of this.#spoken.rest(this.#end === 'ended')) this.#teller.tell(tellUnsaid(text))
      this.#teller.tell(tellPerformance(this.#table.rows()))
      await this.#teller.flush()
    }
    return this.#end
  }

  #view(): LiveView {
    const { title } = this.#options.book
    const core = this.#core
    return {
      title,
      isLive: this.#spoken.isLive,
      sequence: core.sequence,
      counts: core.counts(),
      rows: core.members(),
    }
  }

  /** What a patient wrote counts as shown when it is on the screen. */
  #tell(event: HostEvent): Promise<void> | undefined {
    this.#spoken.heard(event)
    if (event.kind === 'ended') this.#end = 'ended'
    if (event.kind === 'superseded' || event.kind === 'host-taken-over') this.#end = 'elsewhere'
    // For programs: a person sees that it is live.
    if (event.kind !== 'logged' || this.#options.json) this.#teller.tell(tellHostEvent(event))
    return event.kind === 'direct' ? this.#teller.shown() : undefined
  }

  #order(order: HostOrder): void {
    const text = order.kind === 'say' ? order.text : null
    const carryOut = (): void => {
      const before = this.#core.sequence
      this.#driver.order(order)
      const { sequence } = this.#core
      if (text !== null) this.#spoken.ordered(text, sequence > before ? sequence : null)
    }
    attempt(this.#teller, carryOut, text)
  }

  async #readScript(): Promise<void> {
    for await (const text of typedLines(this.#options.io, this.#teller, () => this.#isOver)) {
      const line = parseHostLine(text, () => this.#core.members().map(({ name }) => name))
      // Nobody looks on who would see that it waits.
      if (line.kind === 'say' && this.#teller instanceof LineTeller)
        await this.#until(() => this.#spoken.wasLive)
      if (line.kind === 'wait') await this.#until(() => this.#core.counts().connected >= line.patients)
      else if (line.kind === 'wait-received') await this.#until(() => this.#isReceived())
      else this.#obey(line)
    }
  }

  #isReceived(): boolean {
    const connected = this.#core.members().filter(({ state }) => state === 'connected')
    return connected.every(({ acknowledged }) => acknowledged >= this.#core.sequence)
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!this.#isOver && !condition()) await wait(lookMs)
  }

  #obey(line: HostLine): void {
    const order = orderOf(line)
    if (order !== null) this.#order(order)
    const told = this.#toldOf(line)
    if (told !== null) this.#teller.tell(told)
  }

  #toldOf(line: HostLine): Told | null {
    if (line.kind === 'who') return tellWho(this.#core.members())
    if (line.kind === 'performance') return tellPerformance(this.#table.rows())
    return line.kind === 'unknown' ? tellUnknown(line.command) : null
  }

  /** Takes up who was enrolled meanwhile, and who was invited anew and is therefore out. */
  async #watchBook(): Promise<void> {
    // Somebody may have been enrolled since it was read.
    let seenMs = 0
    let problem = ''
    while (!this.#isOver) {
      await wait(enrolmentMs)
      const changedMs = await this.#changedMs()
      if (this.#isOver || changedMs === seenMs) continue
      const failure = await this.#takeUp()
      if (failure === null) seenMs = changedMs
      else if (failure.message !== problem) this.#teller.tell(tellError(failure))
      problem = failure?.message ?? ''
    }
  }

  async #changedMs(): Promise<number> {
    const found = await stat(this.#options.path).catch(() => null)
    return found?.mtimeMs ?? 0
  }

  /** What kept it from being read, such as want of files: it is tried again, and the conference goes on. */
  async #takeUp(): Promise<ChartsealError | null> {
    try {
      const { path, seal } = this.#options
      const book = await readBookFile(path, { seal })
      this.#enrolAll(enrolledOf(book))
      wipeBook(book)
      return null
    } catch (error) {
      if (!(error instanceof ChartsealError)) throw error
      return error
    }
  }

  #enrolAll(patients: readonly EnrolledPatient[]): void {
    const before = new Map(this.#enrolled.map(({ name, staticKey }) => [name, encodeHex(staticKey)]))
    const names = new Set(patients.map(({ name }) => name))
    const fresh = patients.filter(({ name, staticKey }) => before.get(name) !== encodeHex(staticKey))
    for (const one of fresh) this.#order({ kind: 'enrol', patients: [one] })
    for (const name of before.keys()) if (!names.has(name)) this.#order({ kind: 'remove', patient: name })
    this.#enrolled = patients
  }
}

/** `null` for what changes nothing. */
function orderOf(line: HostLine): HostOrder | null {
  switch (line.kind) {
    case 'say':
    case 'direct':
    case 'block':
    case 'unblock':
      return line
    case 'quit':
      return { kind: 'end' }
    case 'pause':
      return { kind: 'close' }
    default:
      return null
  }
}
