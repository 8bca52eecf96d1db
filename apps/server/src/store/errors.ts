import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** What the store refuses. No context has a value that was stored. */
export interface StoreErrors {
  /** Others changed the same rows too often. */
  'store/busy': { attempts: number }
  /** `reason` is the engine's code for it. */
  'store/failed': { reason: string }
  /** Its tables were made by a later version. */
  'store/newer-version': { version: string }
  /** Its tables are of an earlier version, or it has none, and this command does not change them. */
  'store/older-version': { version: string }
  /** `to`: the engine that has the data now. */
  'store/moved': { to: string }
  /** A `move-store` into it was interrupted; the old one may have what came since. */
  'store/arriving': Record<never, never>
  'store/no-sqlite': { node: string }
  /** It is there, and it is not a store: another file, or a damaged one. */
  'store/damaged': { reason: string }
  /** Rows are copied into an empty one only. */
  'store/not-empty': Record<never, never>
  /** Of all servers on one database one writes the log. */
  'store/claimed': Record<never, never>
}

export const storeError: ErrorFactory<StoreErrors> = defineErrors<StoreErrors>({
  'store/busy': 'The store is busy: {attempts} attempts met others who changed the same. Try again.',
  'store/failed':
    'The store could not do it ({reason}). See whether it may be read and written, its disk has room and, of PostgreSQL, whether it answers.',
  'store/newer-version':
    'The store was made by a later version ({version}). Install that version or a later one.',
  'store/older-version':
    'The tables of the store are older ({version}) than this program. Start the server once, or use the program of then.',
  'store/moved':
    'This store was moved to {to}, and what came since is there. Set DATABASE_URL, or move this one away.',
  'store/arriving':
    'A move into this store was interrupted. Start the old one, or empty this one and run the same move-store again.',
  'store/no-sqlite':
    'Node {node} has no SQLite. Use Node 24, or install @photostructure/sqlite 1.2.1 beside the server.',
  'store/damaged':
    'The store is damaged, or is another file ({reason}). Restore a backup into another folder, with --log this one.',
  'store/claimed':
    'Another server writes the log of this clinic, from another data folder. Two servers of one clinic share the folder, and ' +
    'the second one is started with --standby. For a restore or an upgrade end that server first.',
  'store/not-empty': 'The store to copy into holds something already.',
})
