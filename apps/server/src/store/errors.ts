import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** What the store refuses. No context has a value that was stored. */
export interface StoreErrors {
  /** Others changed the same rows too often. */
  'store/busy': { attempts: number }
  /** `reason` is the engine's code for it. */
  'store/failed': { reason: string }
  /** Its tables were made by a later version. */
  'store/newer-version': { version: string }
  'store/no-sqlite': { node: string }
  /** It is there, and it is not a store: another file, or a damaged one. */
  'store/damaged': { reason: string }
  /** Rows are copied into an empty one only. */
  'store/not-empty': Record<never, never>
}

export const storeError: ErrorFactory<StoreErrors> = defineErrors<StoreErrors>({
  'store/busy': 'The store is busy: {attempts} attempts met others who changed the same. Try again.',
  'store/failed': 'The store could not do it ({reason}).',
  'store/newer-version':
    'The store was made by a later version ({version}). Install that version or a later one.',
  'store/no-sqlite':
    'Node {node} has no SQLite. Use Node 24, or install @photostructure/sqlite 1.2.1 beside the server.',
  'store/damaged': 'The store cannot be read: {reason}',
  'store/not-empty': 'The store to copy into holds something already.',
})
