/** Has checkpoints published for several who wait, and tells once what they wait for is covered. */
import type { Clinic } from '../clinic/clinic.js'
import type { Witnessed } from './witnessed.js'

/** Entries that are looked at in one go. */
const mostAtOnce = 500

export class Publishing {
  readonly #clinic: Pick<Clinic, 'log' | 'store'>
  readonly #witnessed: Witnessed
  /** Entries below are told of; what is not, the store knows, also after a restart. */
  #told = 0
  /** Whether there may be some that are not covered. */
  #owes = true
  #running: Promise<void> = Promise.resolve()
  #next: Promise<void> | null = null

  constructor(clinic: Pick<Clinic, 'log' | 'store'>, witnessed: Witnessed) {
    this.#clinic = clinic
    this.#witnessed = witnessed
  }

  /** Whoever was told before asks anew, as their connection ended with the process. */
  async begin(): Promise<void> {
    this.#told = (await this.#witnessed.covered()).size
  }

  /**
   * Asks for a checkpoint that has the newest event of this request; witnesses that are away are asked again later. Tells
   * what came of it.
   */
  async publish(id: string): Promise<void> {
    this.#owes = true
    this.#next ??= this.#running.then(() => this.#once())
    await this.#next
    const told = await this.#tellCovered()
    // Those who look see that it is there, though nobody may decide yet.
    if (!told.has(id)) await this.#clinic.store.breakGlass.announce(id)
  }

  /** Again for what witnesses have not cosigned. */
  async again(): Promise<void> {
    if (this.#owes) await this.#tellCovered()
  }

  /** Whoever comes while one is made waits for the next one: theirs may have come too late for it. */
  #once(): Promise<void> {
    this.#next = null
    this.#running = this.#clinic.log.publish().catch(() => undefined)
    return this.#running
  }

  /** Gives the ids of requests that were told of. */
  async #tellCovered(): Promise<ReadonlySet<string>> {
    const { log, store } = this.#clinic
    const { size } = await this.#witnessed.covered()
    const found = await store.breakGlass.entriesFrom({ log: log.origin, from: this.#told, limit: mostAtOnce })
    const covered = found.filter(({ leafIndex }) => leafIndex < size)
    const ids = new Set(covered.map(({ id }) => id))
    for (const id of ids) await store.breakGlass.announce(id)
    const last = found.length === mostAtOnce ? (covered.at(-1)?.leafIndex ?? -1) + 1 : size
    this.#told = Math.max(this.#told, last)
    this.#owes = found.length > covered.length || found.length === mostAtOnce
    return ids
  }
}
