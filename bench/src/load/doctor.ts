/** The doctor of a crowd: the core as the package has it, its journal on the disk, and the way to the server. */
import { driveHost, type HostDriver, type HostEvent, webSocketTransport } from '@chartseal/clinic/conference'
import { type JournalFile, openJournalFile } from '@chartseal/clinic/fs/conference'
import { systemClock as clock, systemRandom as random } from '@chartseal/core/system'
import { ConferenceCore, type CorePolicy } from '@chartseal/elgamal-session'
import { WebSocket } from 'ws'
import { LettingIn } from './letting-in.js'
import type { Assembly } from './people.js'
import { textOf } from './said.js'

export interface DoctorOptions {
  readonly assembly: Assembly
  /** How many patients are enrolled. */
  readonly count: number
  readonly policy: Partial<CorePolicy>
  /** Its journal is beside it. */
  readonly file: string
  /** Of the conference at the server, wherever that is now. */
  url(): string
  ticket(): Promise<Uint8Array>
}

const timer = {
  after(ms: number, run: () => void): () => void {
    const one = setTimeout(run, ms)
    return () => clearTimeout(one)
  },
}

export class Doctor {
  readonly #core: ConferenceCore
  readonly #driver: HostDriver
  readonly #journal: JournalFile
  readonly #lettingIn: LettingIn
  /** How often each event came. */
  readonly #events = new Map<HostEvent['kind'], number>()
  #last = 0

  static async start(options: DoctorOptions): Promise<Doctor> {
    return new Doctor(options, await openJournalFile(options.file))
  }

  private constructor({ assembly, count, policy, url, ticket }: DoctorOptions, journal: JournalFile) {
    const { keys } = assembly
    const { records } = journal
    const started = ConferenceCore.start({
      keys,
      patients: assembly.enrolled(count),
      journal: records,
      policy,
      clock,
      random,
    })
    this.#core = started.core
    this.#journal = journal
    this.#lettingIn = new LettingIn(
      webSocketTransport({
        open: () => new WebSocket(url(), 'chartseal.host.v2', { perMessageDeflate: false }),
        first: ticket,
      }),
    )
    this.#driver = driveHost({
      started,
      journal,
      timer,
      random,
      transport: this.#lettingIn.transport,
      onEvent: ({ kind }) => void this.#events.set(kind, this.count(kind) + 1),
    })
  }

  count(kind: HostEvent['kind']): number {
    return this.#events.get(kind) ?? 0
  }

  /** Members who are connected, those with a mark among them. */
  get connected(): number {
    return this.#core.counts().connected + this.#lettingIn.count
  }

  /** Whom the relay feeds from its log, as they read too slowly. */
  get behind(): number {
    return this.#lettingIn.behind
  }

  /** The number of the text that was said last. */
  get last(): number {
    return this.#last
  }

  say(sizeBytes?: number): void {
    this.#last += 1
    this.#driver.order({ kind: 'say', text: textOf(this.#last, clock.nowMs(), sizeBytes) })
  }

  direct(patient: string, text: string): void {
    this.#driver.order({ kind: 'direct', patient, text })
  }

  /** What it was doing is durable, and the process may end. */
  async close(): Promise<void> {
    this.#driver.order({ kind: 'close' })
    await this.#driver.over
    await this.#journal.close()
  }
}
