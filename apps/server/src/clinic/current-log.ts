/** Whether the log in a data folder is the one that the store goes on with: a copy that fell behind would be forked. */
import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ClinicLog } from '@chartseal/clinic/fs/log'
import { ChartsealError, defineErrors, type ErrorFactory } from '@chartseal/core/errors'
import { JsonObject, toJsonText } from '@chartseal/core/json'
import { parseCheckpoint, parseNote } from '@chartseal/tlog'
import type { DataPaths } from '../data-folder.js'
import type { Store } from '../store.js'

export interface CurrentLogErrors {
  /** The folder is not the one that `init`, `restore` or the server itself made. */
  'clinic/no-log-key': { folder: string }
  'clinic/other-log': { folder: string }
  /** Sizes are numbers of entries. */
  'clinic/log-behind': { folder: string; size: number; needed: number }
  /** Numbers of blocks. */
  'clinic/ledger-behind': { folder: string; blocks: number; needed: number }
  /** Two folders went on with one ledger; of the block that is another one here, from 1. */
  'clinic/ledger-diverged': { folder: string; block: number }
  /** Two folders went on with one log: the other one's entries were confirmed. */
  'clinic/log-diverged': { folder: string; size: number }
}

export const currentLogError: ErrorFactory<CurrentLogErrors> = defineErrors<CurrentLogErrors>({
  'clinic/no-log-key':
    'The data folder {folder} has no key of the log. Start the server with the folder that `init` or `restore` made; two ' +
    'servers of one clinic share it.',
  'clinic/other-log':
    'The log in {folder} has another key than the log of this clinic. Start the server with the folder of that one.',
  'clinic/log-behind':
    'The log in {folder} has {size} entries, and the store knows of {needed}: it is an older copy, and going on with it ' +
    'would fork the log. Start the server with the newest folder, or restore with --log.',
  'clinic/ledger-behind':
    'The prescription ledger in {folder} has {blocks} blocks, and the store knows of {needed}: it is an older copy, and ' +
    'going on with it would fork the ledger. Start the server with the newest folder, or restore with --log.',
  'clinic/ledger-diverged':
    'Block {block} of the prescription ledger in {folder} is not the one that the store knows of: another server went on ' +
    'from another folder. Nothing is sealed here. Start the server with that folder.',
  'clinic/log-diverged':
    'The first {size} entries of a log in {folder} are not those that the store knows of: another server went on from ' +
    'another folder. Nothing is written here. Start the server with that folder.',
})

/** What a log says that lacks the end which the store remembers. */
export function asCurrentLogError(error: unknown, { folder }: DataPaths): unknown {
  if (!(error instanceof ChartsealError)) return error
  const { size, signedSize, durableSize }: { size?: unknown; signedSize?: unknown; durableSize?: unknown } =
    Object(error.context)
  if (error.code === 'log/diverged')
    return currentLogError('clinic/log-diverged', { folder, size: Number(size) })
  if (error.code !== 'log/rollback') return error
  return currentLogError('clinic/log-behind', {
    folder,
    size: Number(durableSize),
    needed: Number(signedSize),
  })
}

/** Whether the log in a data folder was ever written to. */
export async function hasEntries({ log }: DataPaths): Promise<boolean> {
  const checkpoint = await readFile(join(log, 'checkpoint'), 'utf8').catch(() => null)
  return checkpoint !== null && parseCheckpoint(parseNote(checkpoint).text).size > 0
}

/** Where the log ended when a server last began to write it. */
const settingName = 'log-end'

/** @throws ChartsealError `clinic/no-log-key` */
export async function requireLogKey({ folder, signingKey }: DataPaths): Promise<void> {
  await access(signingKey).catch(() => {
    throw currentLogError('clinic/no-log-key', { folder })
  })
}

/**
 * Before anything is put into a log that was opened.
 * @throws ChartsealError `clinic/other-log`, `clinic/log-behind`
 */
export async function requireCurrent(
  { writer, verifierKey }: ClinicLog,
  store: Pick<Store, 'settings' | 'openings'>,
  origin: string,
  { folder }: DataPaths,
): Promise<void> {
  const end = await endOf(store, origin)
  if (end !== null && end.key !== verifierKey) throw currentLogError('clinic/other-log', { folder })
  const needed = Math.max(end?.size ?? 0, 1 + (await store.openings.lastLeafIndex(origin)))
  const { size } = writer
  if (size < needed) throw currentLogError('clinic/log-behind', { folder, size, needed })
}

/** Of this log: a restore may have begun another one. */
async function endOf(
  { settings }: Pick<Store, 'settings'>,
  origin: string,
): Promise<{ readonly key: string; readonly size: number } | null> {
  const text = await settings.get(settingName)
  if (text === null) return null
  const end = JsonObject.parse(text)
  return end.text('origin') === origin ? { key: end.text('key'), size: end.count('size') } : null
}

/** Remembers that the log has got so far. */
export async function noteEnd(
  { settings }: Pick<Store, 'settings'>,
  log: { readonly verifierKey: string; readonly size: number },
  origin: string,
): Promise<void> {
  await settings.set(settingName, toJsonText({ v: 1, origin, key: log.verifierKey, size: log.size }))
}
