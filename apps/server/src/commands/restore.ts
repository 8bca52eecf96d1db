import { chmod, readFile, rmdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { openLogKey } from '@chartseal/clinic/fs/log'
import { attempt } from '@chartseal/core/files'
import type { Clock, Random } from '@chartseal/core/ports'
import { type FetchLike, type Policy, parsePolicy } from '@chartseal/tlog'
import { type DataPaths, dataPaths, keepUnserved, makeDataFolder } from '../data-folder.js'
import { type CheckedBackup, checkBackup } from './check-backup.js'
import { copyLog } from './copy-log.js'
import { copyOne, copyTree, exists, filesIn, putInPlace, withUnfinished } from './disk.js'
import { restoreError } from './errors.js'
import { bringLog, isUrl } from './fetch-log.js'
import { type LogTree, readLogTree } from './log-tree.js'
import { beginNewLog, checkNewLog, type NewLog } from './new-log.js'
import { askSigners, askWitnesses, type Seen, seen } from './newest-checkpoint.js'
import { restoreLedger } from './restore-ledger.js'
import { type ClosedAgain, restoreStore } from './restore-store.js'

export interface RestoreOptions {
  /** The folder of one backup. */
  readonly from: string
  /** The data folder to make (absolute): nothing may be there. */
  readonly data: string
  /** The file with the log's key, which no backup has. */
  readonly key: string
  /** PostgreSQL, whose database must be empty; by default SQLite in the data folder. */
  readonly url?: string | undefined
  /** The log to go on with, where it is newer than that of the backup: a folder or a URL. */
  readonly log?: string | undefined
  /** Files with checkpoints that somebody kept. */
  readonly known?: readonly string[]
  /** The witnesses; by default those that the log remembers. */
  readonly policy?: string | undefined
  readonly newLog?: NewLog | undefined
  readonly clock: Clock
  readonly random: Random
  readonly fetch: FetchLike
}

export interface RestoreReport {
  /** When the backup was made. */
  readonly madeMs: number
  /** Entries of the log that goes on. */
  readonly entries: number
  /** Who has seen the newest checkpoint. */
  readonly source: string
  /** The verifier key of a log that was begun; `null` where the log goes on. */
  readonly newKey: string | null
  /** Whether officers held the key of the log before. */
  readonly wasHeld: boolean
  readonly closed: ClosedAgain
  /** Whether the key that seals prescriptions lay beside that of the log. */
  readonly seals: boolean
  /** Whether the ledger is one of voting sealers: this clinic then needs another key to seal with. */
  readonly votes: boolean
}

/**
 * Makes a data folder from a backup. The newest checkpoint that anybody has seen decides: the log that goes on must
 * contain it. Nothing is left behind of a restore that is refused or dies.
 * @throws ChartsealError `data-folder/in-use`, `restore/…`, `backup/…`, `store/…`, `note/…`, `files/failed`
 */
export async function restore(options: RestoreOptions): Promise<RestoreReport> {
  const { data, from, key, newLog, random, log } = options
  await refuseOccupied(data)
  return whileUnserved(log, () =>
    withUnfinished(data, random, async unfinished => {
      const checked = await checkBackup(from, key, unfinished)
      if (newLog !== undefined) checkNewLog(newLog, checked.origin)
      const paths = dataPaths(join(unfinished, 'data'))
      await makeDataFolder(paths)
      const report = await fill(options, paths, checked)
      await removeEmpty(data)
      await putInPlace(paths.folder, data)
      return report
    }),
  )
}

/** A server that went on from the folder of `--log` would make a second history. */
async function whileUnserved<Result>(log: string | undefined, work: () => Promise<Result>): Promise<Result> {
  if (log === undefined || isUrl(log)) return work()
  const release = await Promise.all([log, dirname(log)].map(one => keepUnserved(resolve(one))))
  try {
    return await work()
  } finally {
    for (const one of release) await one()
  }
}

async function refuseOccupied(folder: string): Promise<void> {
  if ((await filesIn(folder)).length > 0) throw restoreError('restore/not-empty', { folder })
}

async function removeEmpty(folder: string): Promise<void> {
  if (await exists(folder)) await attempt('remove', () => rmdir(folder), folder)
}

async function fill(
  options: RestoreOptions,
  paths: DataPaths,
  checked: CheckedBackup,
): Promise<RestoreReport> {
  const { from, key, log, newLog } = options
  const { verifier, madeMs, origin } = checked
  const backed = join(from, 'log')
  if (log === undefined) await copyLog(backed, paths.log)
  else await bringLog({ source: log, to: paths.log, backed, verifier, fetch: options.fetch })
  const all = await everythingSeen(options, paths.log, checked)
  const { size, ledgerHeight } = await treeOf(paths.log, newLog === undefined ? all : [])
  const newest = newestOf(all)
  await copyTree(join(from, 'former-logs'), paths.formerLogs)
  await copyTree(join(from, 'blocks'), paths.blocks)
  await copyTree(join(from, 'former-ledger'), paths.formerLedger)
  const ledger = await restoreLedger(options, paths, ledgerHeight)
  const newKey =
    newLog === undefined ? null : await beginNewLog(paths, newLog, { ...options, before: origin, newest })
  if (newKey === null) await copyKey(key, paths.signingKey)
  const closed = await restoreStore(options, {
    paths,
    origin,
    size: newLog === undefined ? size : null,
    genesis: ledger.genesis,
  })
  return {
    madeMs,
    entries: newLog === undefined ? size : 1,
    source: newest.source,
    newKey,
    wasHeld: checked.isHeld,
    closed,
    seals: ledger.seals,
    votes: ledger.votes,
  }
}

/** Every checkpoint of this log that can be found; without signers, witnesses and another source the backup knows too little. */
async function everythingSeen(
  { from, key, log, known = [], policy, newLog, fetch }: RestoreOptions,
  folder: string,
  { verifier, checkpoint, origin, isHeld }: CheckedBackup,
): Promise<readonly [Seen, ...Seen[]]> {
  const own = seen(checkpoint, 'the backup', verifier)
  const asked: Seen[] = []
  for (const file of known) asked.push(seen(await text(file), file, verifier))
  const names = [join(folder, 'checkpoint'), join(folder, '.state/signed'), join(from, 'log/.state/signed')]
  for (const file of names) {
    if (await exists(file)) asked.push(seen(await text(file), log ?? 'the backup', verifier))
  }
  const witnesses = policyOf(policy ?? (await textIfThere(join(folder, '.state/policy'))))
  using logKey = await openLogKey(key, origin)
  if (!isHeld && witnesses === null && log === undefined && known.length === 0 && newLog === undefined) {
    throw restoreError('restore/unwitnessed', {})
  }
  asked.push(...(await askSigners(logKey, fetch, newLog === undefined)))
  if (witnesses !== null)
    asked.push(...(await askWitnesses(witnesses, verifier, fetch, newLog === undefined)))
  return [own, ...asked]
}

/** `null` for a log without witnesses, and for one whose writer alone knows them. */
function policyOf(policy: string): Policy | null {
  const lines = policy.split('\n').filter(line => line.trim() !== '' && !line.startsWith('#'))
  if (lines.length === 0) return null
  const parsed = parsePolicy(policy, { allowWeak: true })
  return parsed.quorum === null ? null : parsed
}

function newestOf([first, ...others]: readonly [Seen, ...Seen[]]): Seen {
  return others.reduce((newest, one) => (one.size > newest.size ? one : newest), first)
}

/** The tree of the log. It must contain each of these, the largest first. */
async function treeOf(folder: string, all: readonly Seen[]): Promise<LogTree> {
  const tree = await readLogTree(
    folder,
    all.map(({ size }) => size),
  )
  for (const { size, root, source } of all.toSorted((a, b) => b.size - a.size)) {
    if (size > tree.size) throw restoreError('restore/log-behind', { size: tree.size, newest: size, source })
    if (tree.rootAt(size) !== root) throw restoreError('restore/log-diverged', { size, source })
  }
  return tree
}

/** Whatever the medium that it comes from allows: here its owner alone reads it. */
async function copyKey(from: string, to: string): Promise<void> {
  await copyOne(from, to)
  await attempt('change the mode', () => chmod(to, 0o600), to)
}

async function text(path: string): Promise<string> {
  return attempt('read', () => readFile(path, 'utf8'), path)
}

async function textIfThere(path: string): Promise<string> {
  return (await exists(path)) ? text(path) : ''
}
