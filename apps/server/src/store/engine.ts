import type { Dialect, Kysely } from 'kysely'
import type { Claim } from './claim.js'
import type { Change } from './port.js'
import type { Schema } from './schema.js'

/** What differs between the two databases. */
export interface Engine {
  readonly kind: 'sqlite' | 'postgres'
  readonly dialect: Dialect
  /** Tells within a transaction what it changes, where the database itself carries that to everybody. */
  announce(db: Kysely<Schema>, changes: readonly Change[]): Promise<void>
  /** Tells after a commit, where this process is everybody. */
  committed(changes: readonly Change[]): void
  onChange(listener: (change: Change) => void): () => void
  /** Where the engine can copy itself into a file of SQLite: does so. */
  readonly vacuumInto: ((file: string) => void) | null
  readonly claim: Claim
  /** Resolves when it listens to what others change, or has tried. */
  readonly ready: Promise<void>
  /** Ends what the dialect does not know of. */
  close(): Promise<void>
}

/** Listeners in this process. */
export class Listeners {
  readonly #listeners = new Set<(change: Change) => void>()

  add(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  tell(changes: readonly Change[]): void {
    for (const change of changes) for (const listener of [...this.#listeners]) listener(change)
  }
}
