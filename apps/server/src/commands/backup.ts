import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { openLogKey } from '@chartseal/clinic/fs/log'
import { attempt } from '@chartseal/core/files'
import type { Clock, Random } from '@chartseal/core/ports'
import { parseCheckpoint, parseNote } from '@chartseal/tlog'
import { cidsOf, holdingBlocks } from '../clinic/blocks.js'
import { dataPaths } from '../data-folder.js'
import { openStore, type StoreTarget } from '../store.js'
import { checkBackup } from './check-backup.js'
import { copyLog } from './copy-log.js'
import { copyOne, copyTree, exists, filesIn, makeFolder, putInPlace, withUnfinished } from './disk.js'
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
 * Copies store, blocks, log and ledger, in this order, so that every block that the store names is there, the log has the
 * entry of everything that the store has, and the ledger every block that the log names. No key is copied: who has a
 * backup cannot sign.
 * @throws ChartsealError `backup/exists`, `store/…`, `files/failed`, `files/locked` while another one is made there
 */
export async function backup(options: BackupOptions): Promise<BackupReport> {
  const { data, to, clock, random, check } = options
  const { signingKey } = dataPaths(data)
  const madeMs = clock.nowMs()
  const folder = join(to, `chartseal-${new Date(madeMs).toISOString().replaceAll(':', '-')}`)
  return withUnfinished(join(to, '.chartseal'), random, async unfinished => {
    if (await exists(folder)) throw backupError('backup/exists', { folder })
    const copy = join(unfinished, 'copy')
    await fill(options, copy, madeMs)
    const entries = check ? (await checkBackup(copy, signingKey, unfinished)).size : null
    await putInPlace(copy, folder)
    return { folder, entries }
  })
}

async function fill(options: BackupOptions, copy: string, madeMs: number): Promise<void> {
  const { log, formerLogs, signingKey, blocks, formerLedger, ledgerLog, ledgerBlocks, ledgerGenesis } =
    dataPaths(options.data)
  await makeFolder(copy)
  // What the store names must still be there when it is copied.
  await holdingBlocks(blocks, options, async () => {
    await copyStore(options, join(copy, 'store.db'))
    await copyBlocks(blocks, join(copy, 'blocks'))
  })
  await copyTree(formerLogs, join(copy, 'former-logs'))
  await copyLog(log, join(copy, 'log'))
  // Behind the log, so that the copy has every block that it names.
  await copyTree(formerLedger, join(copy, 'former-ledger'))
  await copyLog(ledgerLog, join(copy, 'ledger/log'))
  for (const file of [ledgerBlocks, ledgerGenesis])
    if (await exists(file)) await copyOne(file, join(copy, 'ledger', basename(file)))
  await sign(signingKey, copy, madeMs)
}

/** Whole ones; of what is written meanwhile the store that was copied says nothing. */
async function copyBlocks(from: string, to: string): Promise<void> {
  const blocks = (await filesIn(from)).filter(path => cidsOf(basename(path)).length > 0)
  for (const path of blocks) await copyOne(join(from, path), join(to, path))
}

async function copyStore({ data, target, clock, random }: BackupOptions, file: string): Promise<void> {
  const { backups } = dataPaths(data)
  const store = await openStore({ target, clock, random, backups, upgrade: false, exact: true })
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
  using key = await openLogKey(keyFile, origin)
  await writeManifest(folder, { madeMs, checkpoint }, key.own)
}
