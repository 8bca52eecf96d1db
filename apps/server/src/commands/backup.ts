import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readLogKey } from '@chartseal/clinic/fs/log'
import { encodeHex } from '@chartseal/core/encoding'
import { attempt } from '@chartseal/core/files'
import type { Clock, Random } from '@chartseal/core/ports'
import { ed25519Signer, parseCheckpoint, parseNote } from '@chartseal/tlog'
import { dataPaths } from '../data-folder.js'
import { openStore, type StoreTarget } from '../store.js'
import { checkBackup } from './check-backup.js'
import { copyLog } from './copy-log.js'
import { copyTree, exists, makeFolder, putInPlace, removeTree } from './disk.js'
import { backupError } from './errors.js'
import { writeManifest } from './manifest.js'

export interface BackupOptions {
  /** The data folder, absolute. The server may be running. */
  readonly data: string
  readonly target: StoreTarget
  /** Where backups are kept (absolute); this one becomes a folder in it. */
  readonly to: string
  /** Opens the copy again and makes the log's tree from its leaves. */
  readonly check: boolean
  readonly clock: Clock
  readonly random: Random
}

export interface BackupReport {
  readonly folder: string
  /** Entries of the log that the backup has; `null` when it was not checked. */
  readonly entries: number | null
}

/**
 * Copies store and log, in this order, so that the log has the entry of everything that the store has. The log's key is
 * not copied: who has a backup cannot sign.
 * @throws ChartsealError `backup/exists`, `store/…`, `files/failed`, `log/…`
 */
export async function backup(options: BackupOptions): Promise<BackupReport> {
  const { data, to, clock, random, check } = options
  const madeMs = clock.nowMs()
  const folder = join(to, `chartseal-${new Date(madeMs).toISOString().replaceAll(':', '-')}`)
  if (await exists(folder)) throw backupError('backup/exists', { folder })
  // Hidden while it is not whole; the next one with that name removes nothing of another.
  const unfinished = join(to, `.unfinished-${encodeHex(random.bytes(8))}`)
  await makeFolder(unfinished)
  try {
    await copyStore(options, join(unfinished, 'store.db'))
    await copyTree(dataPaths(data).formerLogs, join(unfinished, 'former-logs'))
    await copyLog(dataPaths(data).log, join(unfinished, 'log'))
    await sign(dataPaths(data).signingKey, unfinished, madeMs)
    const entries = check ? (await checkBackup(unfinished, dataPaths(data).signingKey, to)).size : null
    await putInPlace(unfinished, folder)
    return { folder, entries }
  } finally {
    await removeTree(unfinished)
  }
}

async function copyStore({ data, target, clock, random }: BackupOptions, file: string): Promise<void> {
  const { backups } = dataPaths(data)
  const store = await openStore({ target, clock, random, backups, upgrade: false })
  try {
    await store.snapshot(file)
  } finally {
    await store.close()
  }
}

async function sign(keyFile: string, folder: string, madeMs: number): Promise<void> {
  const path = join(folder, 'log/checkpoint')
  const checkpoint = await attempt('read', () => readFile(path, 'utf8'), path)
  const { origin } = parseCheckpoint(parseNote(checkpoint).text)
  using key = await readLogKey(keyFile)
  await writeManifest(folder, { madeMs, checkpoint }, ed25519Signer(origin, key))
}
