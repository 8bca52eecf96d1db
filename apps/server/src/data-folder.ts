/**
 * The folder of one clinic: its store, its log, the log's key. One process owns it; who does is named to the others.
 */
import { access, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ChartsealError, defineErrors, type ErrorFactory } from '@chartseal/core/errors'
import { attempt, type FileLock, lockFile } from '@chartseal/core/files'

export interface DataFolderErrors {
  'data-folder/in-use': { folder: string; host: string; pid: number; silentMs: number }
}

const dataFolderError: ErrorFactory<DataFolderErrors> = defineErrors<DataFolderErrors>({
  'data-folder/in-use':
    'The data folder {folder} is in use by process {pid} on {host}, last seen {silentMs} ms ago. Stop that one first.',
})

/** Absolute paths inside of a data folder. */
export interface DataPaths {
  readonly folder: string
  /** The file of SQLite; missing where PostgreSQL has the data. */
  readonly store: string
  /** The audit log; tiles and checkpoint can be served, `.state` must not be. */
  readonly log: string
  /** Logs that ended when a restore began a new one, by a digest of their origin. */
  readonly formerLogs: string
  /** The log's own key, 0600. No backup has it. */
  readonly keys: string
  readonly signingKey: string
  /** What seals blocks of the prescription ledger, and what changes its roster; 0600. No backup has them. */
  readonly ledgerKey: string
  readonly registrarKey: string
  /** By which other nodes know this one where it gossips; made when it first does. */
  readonly gossipKey: string
  /** The prescription ledger: its blocks in one file, and the log of their headers. */
  readonly ledger: string
  readonly ledgerBlocks: string
  readonly ledgerLog: string
  /** What the ledger began with, as the store has it, too. */
  readonly ledgerGenesis: string
  /** A ledger that ended when a restore began a new log. */
  readonly formerLedger: string
  /** Blocks of records, one file each. */
  readonly blocks: string
  /** Frames of conferences, for a day behind their end. */
  readonly conferences: string
  /** Copies that are made before tables change. */
  readonly backups: string
  /** Key ids of devices that were ended, one a line: a restored store may not know them. */
  readonly endedDevices: string
}

export function dataPaths(folder: string): DataPaths {
  const keys = join(folder, 'keys')
  const ledger = join(folder, 'ledger')
  return {
    folder,
    store: join(folder, 'store.db'),
    log: join(folder, 'log'),
    formerLogs: join(folder, 'former-logs'),
    keys,
    signingKey: join(keys, 'signing.key'),
    ledgerKey: join(keys, 'ledger.key'),
    registrarKey: join(keys, 'registrar.key'),
    gossipKey: join(keys, 'gossip.key'),
    ledger,
    ledgerBlocks: join(ledger, 'blocks.log'),
    ledgerLog: join(ledger, 'log'),
    ledgerGenesis: join(ledger, 'genesis'),
    formerLedger: join(folder, 'former-ledger'),
    blocks: join(folder, 'blocks'),
    conferences: join(folder, 'conferences'),
    backups: join(folder, 'backups'),
    endedDevices: join(folder, 'ended-devices'),
  }
}

/** @throws ChartsealError `files/failed` */
export async function makeDataFolder(paths: DataPaths): Promise<void> {
  const { folder, keys, backups, blocks, conferences, ledger } = paths
  for (const path of [folder, keys, backups, blocks, conferences, ledger]) {
    await attempt('make', () => mkdir(path, { recursive: true, mode: 0o700 }), path)
  }
}

/** A data folder that belongs to this process until it is released. */
export interface DataFolder {
  readonly paths: DataPaths
  /** @throws ChartsealError `files/lock-lost`: another process took this one for dead, and owns the folder now */
  check(): Promise<void>
  release(): Promise<void>
}

/**
 * Makes the folder where there is none, and takes it for this process.
 * @throws ChartsealError `data-folder/in-use`, `files/failed`
 */
export async function takeDataFolder(folder: string): Promise<DataFolder> {
  const paths = dataPaths(folder)
  await makeDataFolder(paths)
  const lock = await takeLock(folder)
  await lock.settle()
  return { paths, check: () => lock.check(), release: () => lock.release() }
}

/**
 * Keeps everybody from serving a folder while it is read. Does nothing for one that is none, or that no lock can be put
 * into, as on a medium that cannot be written: nobody serves that either.
 * @throws ChartsealError `data-folder/in-use`
 */
export async function keepUnserved(folder: string): Promise<() => Promise<void>> {
  try {
    await access(dataPaths(folder).signingKey)
    const lock = await takeLock(folder)
    return () => lock.release()
  } catch (error) {
    if (error instanceof ChartsealError && error.code === 'data-folder/in-use') throw error
    return () => Promise.resolve()
  }
}

async function takeLock(folder: string): Promise<FileLock> {
  try {
    return await lockFile(join(folder, 'server'))
  } catch (error) {
    if (!(error instanceof ChartsealError) || error.code !== 'files/locked') throw error
    const { host, pid, silentMs }: { host?: unknown; pid?: unknown; silentMs?: unknown } = Object(
      error.context,
    )
    throw dataFolderError('data-folder/in-use', {
      folder,
      host: String(host),
      pid: Number(pid),
      silentMs: Number(silentMs),
    })
  }
}
