/** Who is told what has become durable. */
import type { LedgerEvent } from './api.js'

export class Listeners {
  readonly #listeners = new Set<(event: LedgerEvent) => void>()

  /** Gives back what takes the listener away. */
  add(listener: (event: LedgerEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** What a listener throws is its own affair: what it was told has happened. */
  tell(event: LedgerEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event)
      } catch {
        // Nothing here depends on who listens.
      }
    }
  }
}
