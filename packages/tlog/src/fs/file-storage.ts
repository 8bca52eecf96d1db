import { dirname, join } from 'node:path'
import { ChartsealError } from '@chartseal/core/errors'
import { attempt, type FileLock, lockFile, replaceFile } from '@chartseal/core/files'
import type { Random } from '@chartseal/core/ports'
import { systemRandom } from '@chartseal/core/system'
import { logError } from '../log-errors.js'
import type { LogStorage, OpenStorage } from '../storage.js'
import { type FolderSystem, nodeFolderSystem } from './folder-system.js'
import { Journal } from './journal.js'
import { makeFolder, Resources } from './resources.js'

export interface FileStorageOptions {
  /** Permission bits of checkpoint, tiles and bundles; by default their owner alone reads and writes them. */
  readonly mode?: number
  /** A segment of the journal that has more bytes is followed by another; by default 64 MiB. */
  readonly segmentBytes?: number
  readonly system?: FolderSystem
  readonly random?: Random
}

type Settings = Required<FileStorageOptions>

const stateFolder = '.state'

/**
 * A log in a folder, which is made when its parent is there. Any static server can serve it, but for the folder
 * `.state`; entry bundles stand below `tile/entries`.
 */
export function fileStorage(folder: string, options: FileStorageOptions = {}): LogStorage {
  const { mode = 0o600, segmentBytes = 2 ** 26, system = nodeFolderSystem, random = systemRandom } = options
  return { open: () => openFolder(folder, { mode, segmentBytes, system, random }) }
}

async function openFolder(folder: string, settings: Settings): Promise<OpenStorage> {
  const { mode, system } = settings
  const state = join(folder, stateFolder)
  // The lock is a file in the folder of the state.
  if (await makeFolder(system, folder, mode)) {
    await attempt('fsync of a folder', () => system.syncFolder(dirname(folder)))
  }
  await makeFolder(system, state, mode)
  const lock = await takeLock(join(state, 'log'), settings)
  try {
    await removeTemporaries(state, system, /\.tmp$/)
    await removeTemporaries(folder, system, /^checkpoint\.[0-9a-f]+\.tmp$/)
    const resources = new Resources({ ...settings, folder, temporary: state, lock })
    await resources.makeFolders(state)
    const journal = await Journal.open({ ...settings, folder: state, lock })
    await lock.settle()
    return openStorage(folder, settings, { resources, journal, lock })
  } catch (error) {
    await lock.release()
    throw error
  }
}

/** @throws ChartsealError `log/locked` */
async function takeLock(path: string, { system, random }: Settings): Promise<FileLock> {
  try {
    return await lockFile(path, { fileSystem: system, random })
  } catch (error) {
    if (!(error instanceof ChartsealError) || error.code !== 'files/locked') throw error
    const { host, pid }: { host?: unknown; pid?: unknown } = Object(error.context)
    throw logError('log/locked', { host: String(host), pid: Number(pid) })
  }
}

/** What a killed process left behind. */
async function removeTemporaries(folder: string, system: FolderSystem, which: RegExp): Promise<void> {
  const names = await attempt('list', () => system.list(folder))
  for (const name of names.filter(one => which.test(one))) {
    await attempt('remove', () => system.remove(join(folder, name)))
  }
}

interface Parts {
  readonly resources: Resources
  readonly journal: Journal
  readonly lock: FileLock
}

function openStorage(
  folder: string,
  { mode, system, random }: Settings,
  { resources, journal, lock }: Parts,
): OpenStorage {
  return {
    cutBytes: journal.cutBytes,
    journalFrom: journal.from,
    batches: () => journal.batches(),
    append: batch => journal.append(batch),
    read: path => resources.read(path),
    write: (path, bytes) => resources.write(path, bytes),
    replace: (path, bytes) =>
      replaceFile(join(folder, path), bytes, { mode, fileSystem: system, random, lock }),
    async settle(size) {
      await resources.sync()
      await journal.forget(size)
    },
    dropPartials: path => resources.dropPartials(path),
    async close() {
      try {
        await resources.close()
        await journal.close()
      } finally {
        await lock.release()
      }
    },
  }
}
