/** Whether the relay is there, and what the doctor said and nobody may have: that is told at the end. */
import type { HostEvent } from '@chartseal/clinic/conference'

export class Spoken {
  /** By its number; until the relay's log has it. */
  readonly #said = new Map<bigint, { readonly text: string; isDurable: boolean }>()
  /** Ordered before the relay was there, and not durable yet. */
  readonly #waiting: string[] = []
  #isLive = false
  #wasLive = false

  /** The relay is there, and its log is that of this conference. */
  get isLive(): boolean {
    return this.#isLive
  }

  get wasLive(): boolean {
    return this.#wasLive
  }

  /** @param sequence `null` for what waits for the relay */
  ordered(text: string, sequence: bigint | null): void {
    if (sequence === null) this.#waiting.push(text)
    else this.#said.set(sequence, { text, isDurable: false })
  }

  heard(event: HostEvent): void {
    if (event.kind === 'live') {
      this.#isLive = true
      this.#wasLive = true
    }
    if (event.kind === 'detached' || event.kind === 'relay-refused') this.#isLive = false
    if (event.kind === 'waiting') this.#waiting.shift()
    if (event.kind === 'said') {
      const one = this.#said.get(event.sequence)
      if (one !== undefined) one.isDurable = true
    }
    if (event.kind === 'logged')
      for (const sequence of this.#said.keys()) if (sequence <= event.sequence) this.#said.delete(sequence)
  }

  /** `hasEnded`: nobody sends later what is durable here. */
  rest(hasEnded: boolean): readonly string[] {
    const isLost = hasEnded && !this.#isLive
    const said = [...this.#said.values()].filter(({ isDurable }) => isLost || !isDurable)
    return [...said.map(({ text }) => text), ...this.#waiting]
  }
}
