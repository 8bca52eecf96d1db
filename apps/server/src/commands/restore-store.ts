import { join } from 'node:path'
import { toJsonText } from '@chartseal/core/json'
import { sql } from 'kysely'
import type { DataPaths } from '../data-folder.js'
import { fillFrom } from '../store/open.js'
import { type OpenedStore, type OpenStoreOptions, openStore } from '../store.js'
import { copyOne, removeTree } from './disk.js'
import { restoreError } from './errors.js'
import type { RestoreOptions } from './restore.js'

/**
 * Devices remember up to which position they have read, also beyond the backup. So what comes next stands behind all that
 * could have been given out since.
 */
const skippedPositions = 1_000_000_000

export interface RestoredLog {
  readonly paths: DataPaths
  /** Of the log that the backup had. */
  readonly origin: string
  /** How many entries it has; `null` where a new one was begun. */
  readonly size: number | null
}

/** @throws ChartsealError `store/not-empty`, `store/…`, `restore/log-behind-store` */
export async function restoreStore(options: RestoreOptions, log: RestoredLog): Promise<void> {
  const { from, url, clock, random } = options
  const { backups, store: file } = log.paths
  await copyOne(join(from, 'store.db'), file)
  const target = url === undefined ? { file } : { url }
  const opening: OpenStoreOptions = { target, clock, random, backups }
  const store = await openStore(opening)
  try {
    if (url !== undefined) await fillFrom(file, store, opening)
    await adjust(store, options, log)
  } finally {
    await store.close()
  }
  // PostgreSQL has it now; a second one would only be taken for it.
  if (url !== undefined)
    for (const part of ['', '-wal', '-shm', '-nonces']) await removeTree(`${file}${part}`)
}

async function adjust(
  store: OpenedStore,
  { clock, newLog }: RestoreOptions,
  { origin, size }: RestoredLog,
): Promise<void> {
  const needed = await store.openings.lastLeafIndex(origin)
  if (size !== null && needed >= size) throw restoreError('restore/log-behind-store', { size, needed })
  await sql`update boxes set last_position = last_position + ${skippedPositions}`.execute(store.db)
  await store.settings.set('restored', toJsonText({ at_ms: clock.nowMs() }))
  if (newLog !== undefined) await store.settings.set('log-origin', newLog.origin)
}
