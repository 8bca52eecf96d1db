import type { Clock, Random } from '@chartseal/core/ports'
import type { Store } from './port.js'

/** Where a store is: a file of SQLite, or the URL of a database of PostgreSQL. */
export type StoreTarget = { readonly file: string } | { readonly url: string }

export interface OpenStoreOptions {
  readonly target: StoreTarget
  readonly clock: Clock
  readonly random: Random
  /** Where a copy goes before tables change (absolute). */
  readonly backups: string
}
