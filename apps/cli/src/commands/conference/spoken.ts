/** Whether the relay is there, and what the doctor said and nobody may have: that is told at the end. */
import type { HostEvent } from '@chartseal/clinic/conference'

export class Spoken {
  /** Ordered, and not durable yet. */
  readonly #ordered: string[] = []
  /** Durable, and not in the relay's log yet. */
  readonly #said = new Map<bigint, string>()
  #isLive = false
  #wasLive = false

  /** The relay is there, and its log is that of this conference. */
  get isLive(): boolean {
    return this.#isLive
  }

  get wasLive(): boolean {
    return this.#wasLive
  }

  ordered(text: string): void {
    this.#ordered.push(text)
  }

  heard(event: HostEvent): void {
    if (event.kind === 'live') {
      this.#isLive = true
      this.#wasLive = true
    }
    if (event.kind === 'detached' || event.kind === 'relay-refused') this.#isLive = false
    if (event.kind === 'said') this.#said.set(event.sequence, this.#ordered.shift() ?? '')
    if (event.kind === 'logged')
      for (const sequence of this.#said.keys()) if (sequence <= event.sequence) this.#said.delete(sequence)
  }

  /** `hasEnded`: nobody sends later what is durable here. */
  rest(hasEnded: boolean): readonly string[] {
    const durable = hasEnded && !this.#isLive ? [...this.#said.values()] : []
    return [...durable, ...this.#ordered]
  }
}
