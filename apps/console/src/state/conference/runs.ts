/** What of the conferences runs in this tab: each in one tab of the browser at a time. */
import { signal } from '@preact/signals'
import type { OwnConference } from '../../conference/own-conference.js'
import { endSeat, type OwnSeat } from '../../conference/seat-row.js'
import type { Session } from '../session.js'
import { telling } from '../telling.js'
import { destroyKeys, endAtClinic, tellAll } from './finishing.js'
import { type Hosting, openHosting } from './hosting.js'
import { type Goodbye, openGoodbye, openSitting, type Sitting } from './sitting.js'
import { Words } from './words.js'

/** Another tab may have gone, or the clinic may answer again: so often it is looked. */
const lookAgainMs = 3_000

export class Runs {
  readonly hosting = signal<Hosting | null>(null)
  readonly sittings = signal<ReadonlyMap<string, Sitting>>(new Map())
  readonly elsewhere = signal<ReadonlySet<string>>(new Set())
  /** Why what is on cannot go on here, by id or ref. */
  readonly failures = signal<ReadonlyMap<string, unknown>>(new Map())
  readonly words = signal<ReadonlyMap<string, Words>>(new Map())
  readonly #session: Session
  readonly #again: () => Promise<void>
  /** What keeps each to this tab, and ends its watching. */
  readonly #releases = new Map<string, () => void>()
  /** Stopped, while what is on disk changes: nothing opens them meanwhile. */
  readonly #closed = new Set<string>()
  /** Seats that were left, and whose doctor is being told. */
  readonly #goodbyes = new Map<string, Goodbye>()
  #finishing = ''
  #isPlanned = false

  /** @param again is called when something may run that could not before, or has ended */
  constructor(session: Session, again: () => Promise<void>) {
    this.#session = session
    this.#again = again
  }

  async run(own: readonly OwnConference[], seats: readonly OwnSeat[]): Promise<void> {
    const elsewhere = new Set<string>()
    for (const { ref } of seats) if (!this.words.value.has(ref)) await this.readWords(ref)
    const on = own.find(({ state }) => state !== 'ended')
    if (on !== undefined && !(await this.#host(on))) elsewhere.add(on.id)
    for (const seat of seats.filter(({ state }) => state === 'joined'))
      if (!(await this.#sit(seat))) elsewhere.add(seat.ref)
    for (const seat of seats.filter(({ state }) => state === 'left')) await this.#sayGoodbye(seat)
    if (elsewhere.size + this.elsewhere.value.size > 0) this.elsewhere.value = elsewhere
    for (const ref of elsewhere) await this.readWords(ref)
    if (elsewhere.size > 0) this.#lookAgain()
  }

  /** As they are on disk, unless they are of what runs here. */
  async readWords(ref: string): Promise<Words> {
    const words = this.words.value.get(ref) ?? new Words(this.#session.unlocked, ref)
    if (!this.#releases.has(ref) || !this.words.value.has(ref)) await words.read()
    if (!this.words.value.has(ref)) this.words.value = new Map([...this.words.value, [ref, words]])
    return this.words.value.get(ref) ?? words
  }

  /** What waits to be told is told, when somebody is there to hear it. */
  async leave(ref: string): Promise<void> {
    await this.sittings.value.get(ref)?.leave()
    await this.stop(ref)
  }

  async stop(ref: string): Promise<void> {
    const { value: hosting } = this.hosting
    const sitting = this.sittings.value.get(ref)
    if (hosting?.own.id === ref) this.hosting.value = null
    this.sittings.value = new Map([...this.sittings.value].filter(([one]) => one !== ref))
    if (hosting?.own.id === ref) await hosting.stop()
    await sitting?.stop()
    const goodbye = this.#goodbyes.get(ref)
    this.#goodbyes.delete(ref)
    await goodbye?.stop()
    this.#releases.get(ref)?.()
    this.#releases.delete(ref)
  }

  /** Stops it, and does something to what is kept of it, before which nothing opens it again. */
  async whileStopped(ref: string, work: () => Promise<void>): Promise<void> {
    this.#closed.add(ref)
    try {
      await this.stop(ref)
      await work()
    } finally {
      this.#closed.delete(ref)
    }
  }

  async stopAll(): Promise<void> {
    const { value: hosting } = this.hosting
    const seats = [...this.sittings.value.keys(), ...this.#goodbyes.keys()]
    const refs = [...seats, ...(hosting === null ? [] : [hosting.own.id])]
    await Promise.all(refs.map(ref => this.stop(ref)))
    this.words.value = new Map()
  }

  /** With what another tab added, before this one does. */
  async #freshWords(ref: string): Promise<Words> {
    const words = await this.readWords(ref)
    await words.read()
    return words
  }

  /** `false`: another tab has it. */
  async #host(own: OwnConference): Promise<boolean> {
    const { id, state } = own
    if (this.hosting.value !== null) await this.hosting.value.refresh()
    else if (this.#finishing !== id) {
      if (!(await this.#isHeld(id))) return false
      const words = await this.#freshWords(id)
      this.hosting.value = await this.#kept(id, () => openHosting(this.#session, id, words))
    }
    if (state === 'ending') void this.#finish(id, this.hosting.value)
    return true
  }

  /** `false`: another tab has it. */
  async #sit(own: OwnSeat): Promise<boolean> {
    const { ref } = own
    if (this.sittings.value.has(ref) || this.#closed.has(ref)) return true
    // Whoever comes again has not left.
    if (this.#goodbyes.has(ref)) await this.stop(ref)
    if (!(await this.#isHeld(ref))) return false
    const words = await this.#freshWords(ref)
    const sitting = await this.#kept(ref, () => openSitting(this.#session, ref, words, this.#endOf(own)))
    if (sitting === null) return true
    this.sittings.value = new Map([...this.sittings.value, [ref, sitting]])
    return true
  }

  /** A leaving that the doctor could not be told, such as without a network: in one tab, until it is told. */
  async #sayGoodbye(own: OwnSeat): Promise<void> {
    const { ref } = own
    if (this.#releases.has(ref) || this.#closed.has(ref) || !(await this.#isHeld(ref))) return
    const goodbye = await this.#kept(ref, async () => {
      const words = await this.#freshWords(ref)
      return openGoodbye(this.#session, ref, words, this.#endOf(own))
    })
    if (goodbye === null) return
    this.#goodbyes.set(ref, goodbye)
    // Who came again meanwhile is left alone.
    const toldThem = async (): Promise<void> =>
      this.#goodbyes.get(ref) === goodbye ? this.stop(ref) : undefined
    void goodbye.over.then(toldThem).catch(telling(this.#session))
  }

  #endOf(own: OwnSeat): (state: 'removed' | 'ended') => void {
    return state => void this.#seatEnded(own, state).catch(telling(this.#session))
  }

  /** Whether this tab has it now; otherwise another one does. */
  async #isHeld(ref: string): Promise<boolean> {
    const { hold, signal: locked } = this.#session
    const release = await hold(`chartseal/conference-run/${ref}`)
    if (release !== null) this.#releases.set(ref, release)
    if (locked.aborted) release?.()
    return release !== null
  }

  /** What cannot be opened is not kept from other tabs, and neither is what has ended meanwhile. */
  async #kept<Run extends { stop(): Promise<void> }>(
    ref: string,
    open: () => Promise<Run | null>,
  ): Promise<Run | null> {
    let run: Run | null = null
    try {
      run = await open()
      if (this.#session.signal.aborted) {
        await run?.stop()
        run = null
      }
      this.#note(ref, null)
    } catch (error) {
      // What cannot go on can be ended, or removed, all the same.
      if (this.#session.signal.aborted) throw error
      this.#note(ref, error)
    } finally {
      if (run === null) {
        this.#releases.get(ref)?.()
        this.#releases.delete(ref)
      }
    }
    return run
  }

  #note(ref: string, error: unknown): void {
    if (error === null && !this.failures.value.has(ref)) return
    const others = [...this.failures.value].filter(([one]) => one !== ref)
    this.failures.value = new Map(error === null ? others : [...others, [ref, error]])
  }

  async #seatEnded(own: OwnSeat, state: 'removed' | 'ended'): Promise<void> {
    await this.whileStopped(own.ref, async () => {
      if (this.#session.signal.aborted) return
      await this.#loseWords(own.ref)
      await endSeat(this.#session.unlocked, own, state)
    })
    if (!this.#session.signal.aborted) await this.#again()
  }

  /** Nothing waits for an end that is no more. */
  async #loseWords(ref: string): Promise<void> {
    const words = await this.readWords(ref)
    words.change(({ state }) => state === 'waiting', { state: 'lost' })
    await words.flush()
  }

  /** All are told, then the clinic is, and then the keys are destroyed: killed in between, it is done again. */
  async #finish(id: string, hosting: Hosting | null): Promise<void> {
    if (this.#finishing === id) return
    this.#finishing = id
    try {
      if (hosting !== null) await tellAll(this.#session, hosting, await this.readWords(id))
      await endAtClinic(this.#session, id)
      await this.stop(id)
      await this.#loseWords(id)
      await destroyKeys(this.#session, id)
      await this.#again()
    } catch (reason) {
      telling(this.#session)(reason)
    } finally {
      this.#finishing = ''
    }
  }

  #lookAgain(): void {
    if (this.#isPlanned) return
    this.#isPlanned = true
    const { wait, signal: locked } = this.#session
    void wait(lookAgainMs, locked).then(() => {
      this.#isPlanned = false
      if (!locked.aborted) void this.#again().catch(telling(this.#session))
    })
  }
}
