/** A bus in one process that loses, doubles and reorders as it is told, and keeps what anybody on it could see. */
import { setImmediate as turn } from 'node:timers/promises'
import type { Bus } from '../dist/conference/nats-bus.js'

export interface Seen {
  readonly subject: string
  readonly bytes: Uint8Array
  readonly answersTo: string
}

export class FakeBus {
  readonly seen: Seen[] = []
  /** What becomes of a message: how often it arrives. */
  fate: () => number = () => 1
  /** Whether messages wait until {@link FakeBus.deliver}. */
  isHeld = false
  #held: Seen[] = []
  readonly #listeners = new Map<string, Set<(bytes: Uint8Array) => void>>()
  readonly #backs: (() => void)[] = []

  /** Subjects that somebody listens at. */
  get subjects(): readonly string[] {
    return [...this.#listeners.keys()]
  }

  /** A connection to it. */
  connect(maxBytes = 1_048_576): Bus {
    return {
      maxBytes,
      isThere: () => true,
      publish: (subject, bytes, answersTo) => this.publish({ subject, bytes, answersTo }),
      subscribe: (subject, take) => this.#subscribe(subject, take),
      onBack: back => void this.#backs.push(back),
      close: () => Promise.resolve(),
    }
  }

  back(): void {
    for (const back of this.#backs) back()
  }

  publish(message: Seen): void {
    this.seen.push(message)
    for (let times = this.fate(); times > 0; times--)
      if (this.isHeld) this.#held.push(message)
      else setImmediate(() => this.#arrive(message))
  }

  /** What waits arrives, in this order. */
  deliver(order: (held: Seen[]) => Seen[] = held => held): void {
    for (const message of order(this.#held.splice(0))) this.#arrive(message)
  }

  #arrive({ subject, bytes, answersTo }: Seen): void {
    const listeners = this.#listeners.get(subject)
    if (listeners !== undefined) for (const take of [...listeners]) take(new Uint8Array(bytes))
    else for (const take of [...(this.#listeners.get(answersTo) ?? [])]) take(new Uint8Array(0))
  }

  #subscribe(subject: string, take: (bytes: Uint8Array) => void): () => void {
    const listeners = this.#listeners.get(subject) ?? new Set()
    listeners.add(take)
    this.#listeners.set(subject, listeners)
    return () => {
      listeners.delete(take)
      if (listeners.size === 0 && this.#listeners.get(subject) === listeners) this.#listeners.delete(subject)
    }
  }
}

/** Everything that follows from what was done has happened, as far as the event loop alone decides it. */
export async function quiet(): Promise<void> {
  for (let turns = 0; turns < 40; turns++) await turn()
}
