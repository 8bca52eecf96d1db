/** Has checkpoints published for several who wait, and tells once what they wait for is covered. */
import type { Clinic } from '../clinic/clinic.js'
import type { Witnessed } from './witnessed.js'

interface Awaited {
  readonly index: number
  readonly cosignatures: number
}

export class Publishing {
  readonly #clinic: Pick<Clinic, 'log' | 'store'>
  readonly #witnessed: Witnessed
  readonly #awaited = new Map<string, Awaited>()
  #running: Promise<void> = Promise.resolve()
  #next: Promise<void> | null = null

  constructor(clinic: Pick<Clinic, 'log' | 'store'>, witnessed: Witnessed) {
    this.#clinic = clinic
    this.#witnessed = witnessed
  }

  /** Asks for a checkpoint that has this entry; witnesses that are away are asked again later. Tells what came of it. */
  async publish(id: string, awaited: Awaited): Promise<void> {
    this.#awaited.set(id, awaited)
    this.#next ??= this.#running.then(() => this.#once())
    await this.#next
    await this.#tellCovered()
    // Those who look see that it is there, though nobody may decide yet.
    if (this.#awaited.has(id)) await this.#clinic.store.breakGlass.announce(id)
  }

  /** Again for what witnesses have not cosigned. */
  async again(): Promise<void> {
    if (this.#awaited.size > 0) await this.#tellCovered()
  }

  /** Whoever comes while one is made waits for the next one: theirs may have come too late for it. */
  #once(): Promise<void> {
    this.#next = null
    this.#running = this.#clinic.log.publish().catch(() => undefined)
    return this.#running
  }

  async #tellCovered(): Promise<void> {
    const { size, cosignatures } = await this.#witnessed.covered()
    for (const [id, awaited] of this.#awaited) {
      if (awaited.index >= size || awaited.cosignatures > cosignatures) continue
      this.#awaited.delete(id)
      await this.#clinic.store.breakGlass.announce(id)
    }
  }
}
