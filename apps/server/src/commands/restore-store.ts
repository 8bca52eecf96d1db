import { dirname, join, resolve } from 'node:path'
import { toJsonText } from '@chartseal/core/json'
import { sql } from 'kysely'
import { noteEnded, readEnded } from '../clinic/ended-devices.js'
import { type DataPaths, dataPaths } from '../data-folder.js'
import { forgetGenesis, setGenesis } from '../ledger/genesis.js'
import { fillFrom } from '../store/open.js'
import { voidEmergencies } from '../store/tables/break-glass.js'
import { closeAllPackages, endAllLinks } from '../store/tables/closing.js'
import { restoredSetting } from '../store/tables/settings.js'
import { type OpenedStore, type OpenStoreOptions, openStore } from '../store.js'
import { copyOne, exists, removeTree } from './disk.js'
import { restoreError } from './errors.js'
import { isUrl } from './fetch-log.js'
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
  /** Of the prescription ledger that goes on; `null` where a new one begins. */
  readonly genesis: Uint8Array | null
}

/** What an older store would have let in again. */
export interface ClosedAgain {
  /** Devices that may sign requests now. */
  readonly living: number
  /** Those that the backup took for living, and the list beside the log of `--log` has as ended. */
  readonly endedAgain: number
  /** Whether there was such a list. */
  readonly isListKnown: boolean
  /** Open invitations, which somebody may have used meanwhile. */
  readonly voided: number
  /** SMART Health Links: their owner may have ended them meanwhile, and wrong passcodes may have been counted. */
  readonly linksEnded: number
  /** Packages of records, which nobody is given until their owner publishes anew: readers may have been taken off meanwhile. */
  readonly packagesClosed: number
  /** Requests of break-glass that went on: what was denied or closed meanwhile is not known. */
  readonly emergenciesEnded: number
}

/**
 * First the file is made right, then PostgreSQL is filled from it in one transaction: a restore that is refused or dies
 * before the end leaves the database empty.
 * @throws ChartsealError `store/claimed`, `store/not-empty`, `store/…`, `restore/log-behind-store`
 */
export async function restoreStore(options: RestoreOptions, log: RestoredLog): Promise<ClosedAgain> {
  const { from, url, clock, random } = options
  const { backups, store: file } = log.paths
  await copyOne(join(from, 'store.db'), file)
  const opening: OpenStoreOptions = { target: { file }, clock, random, backups }
  const closed = await withStore(opening, store => adjust(store, options, log))
  if (url === undefined) return closed
  await withStore({ ...opening, target: { url } }, async store => {
    // Where a server still writes, what it does next would be in neither.
    await store.claim.hold()
    await fillFrom(file, store, opening)
  })
  // PostgreSQL has it now; a second one would only be taken for it.
  for (const part of ['', '-wal', '-shm', '-nonces']) await removeTree(`${file}${part}`)
  return closed
}

async function withStore<Result>(
  opening: OpenStoreOptions,
  work: (store: OpenedStore) => Promise<Result>,
): Promise<Result> {
  const store = await openStore(opening)
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

async function adjust(
  store: OpenedStore,
  options: RestoreOptions,
  { paths, origin, size, genesis }: RestoredLog,
): Promise<ClosedAgain> {
  const { clock, newLog } = options
  const needed = await store.openings.lastLeafIndex(origin)
  if (size !== null && needed >= size) throw restoreError('restore/log-behind-store', { size, needed })
  await sql`update boxes set last_position = last_position + ${skippedPositions}`.execute(store.db)
  await store.settings.set(restoredSetting, toJsonText({ at_ms: clock.nowMs() }))
  if (newLog !== undefined) {
    await store.settings.set('log-origin', newLog.origin)
    // Of logs that have ended; the new ones may have their names.
    await store.db.deleteFrom('log_ends').execute()
  }
  await settleLedger(store, genesis)
  return closeAgain(store, options, paths.endedDevices)
}

/** The index is made again from the blocks; of a ledger that ends nothing is left. */
async function settleLedger(store: OpenedStore, genesis: Uint8Array | null): Promise<void> {
  await store.ledger.clear()
  if (genesis !== null) return setGenesis(store, genesis)
  await forgetGenesis(store)
  await store.db.deleteFrom('ledger_notes').execute()
}

/** Whoever has an old store would have stolen phones and used invitations again. */
async function closeAgain(
  store: OpenedStore,
  { clock, log }: RestoreOptions,
  to: string,
): Promise<ClosedAgain> {
  const nowMs = clock.nowMs()
  const voided = (await store.invitations.open()).filter(({ expiresMs }) => expiresMs > nowMs).length
  await store.db
    .updateTable('invitations')
    .set({ expires_ms: nowMs })
    .where('used_by', 'is', null)
    .where('expires_ms', '>', nowMs)
    .execute()
  const linksEnded = await endAllLinks(store.db, nowMs)
  const list = log === undefined ? null : await listBeside(log)
  const ended = list === null ? [] : await readEnded(list)
  let endedAgain = 0
  for (const kid of ended) if (await store.devices.end(kid, nowMs)) endedAgain += 1
  if (list !== null) await noteEnded(to, ended)
  const { living } = await store.db
    .selectFrom('devices')
    .select(one => one.fn.countAll<number>().as('living'))
    .where('ended_ms', 'is', null)
    .executeTakeFirstOrThrow()
  const packagesClosed = await closeAllPackages(store.db)
  const emergenciesEnded = await voidEmergencies(store.db, nowMs)
  return {
    living,
    endedAgain,
    isListKnown: list !== null,
    voided,
    linksEnded,
    packagesClosed,
    emergenciesEnded,
  }
}

/** Of the data folder that `--log` names, or whose log it names. */
async function listBeside(log: string): Promise<string | null> {
  if (isUrl(log)) return null
  for (const folder of [log, dirname(resolve(log))]) {
    const { endedDevices } = dataPaths(folder)
    if (await exists(endedDevices)) return endedDevices
  }
  return null
}
