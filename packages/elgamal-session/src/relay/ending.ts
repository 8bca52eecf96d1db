/** The end of a conference: everybody gets what is in the log first, and then the last frame; not for ever. */
import type { Clock } from '@chartseal/core/ports'
import type { Connection } from './connection.js'
import type { RelayPolicy } from './policy.js'

export interface EndingOptions {
  readonly clock: Clock
  readonly policy: RelayPolicy
  pendingBytes(connection: Connection): number
  /** Whether everything of the log was written to it; who reads slowly is fed on. */
  hasAll(connection: Connection): boolean
  /** It has read everything: it is given the last frame, and goes. */
  onRead(connection: Connection): void
  /** It reads too slowly: it is told so, and goes. */
  onLate(connection: Connection): void
  /** Nobody is waited for any more. */
  onDone(): void
}

export class Ending {
  readonly #options: EndingOptions
  readonly #waiting: Set<Connection>
  readonly #sinceMs: number
  #isDone = false

  constructor(options: EndingOptions, connections: Iterable<Connection>) {
    this.#options = options
    this.#waiting = new Set(connections)
    this.#sinceMs = options.clock.nowMs()
  }

  /** At the beginning, and about once a second. */
  tick(): void {
    const { clock, policy, onLate } = this.#options
    const isLate = Math.abs(clock.nowMs() - this.#sinceMs) >= policy.finishMs
    for (const one of [...this.#waiting]) {
      this.look(one)
      if (isLate && this.#waiting.has(one)) onLate(one)
    }
    this.#settle()
  }

  /** It has read something. */
  look(one: Connection): void {
    const { hasAll, pendingBytes, onRead } = this.#options
    if (this.#waiting.has(one) && hasAll(one) && pendingBytes(one) === 0) onRead(one)
  }

  /** The connection is gone. */
  forget(connection: Connection): void {
    if (this.#waiting.delete(connection)) this.#settle()
  }

  #settle(): void {
    if (this.#isDone || this.#waiting.size > 0) return
    this.#isDone = true
    this.#options.onDone()
  }
}
