/** The two files of a ring folder: where they are, how they are read, and the lock that a writer takes. */
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import {
  attempt,
  type FileLock,
  type FileSystem,
  lockFile,
  nodeFileSystem,
  systemCodeOf,
} from '@chartseal/core/files'
import type { Random } from '@chartseal/core/ports'
import type { Argon2id } from '@chartseal/kdf-keyring'
import { clinicError, shellWord } from '../errors.js'
import { type KeyFile, parseKeyFile } from './ring-keys.js'
import { isLocked, type Locked } from './whole-file.js'

const usualWaitSeconds = 20
const waitMs = 50

export interface FolderOptions {
  readonly folder: string
  readonly passphrase: string
  readonly random: Random
  readonly fileSystem?: FileSystem
  /** In place of the platform's own. */
  readonly argon2id?: Argon2id | undefined
  /** How long another process is waited for; 20 unless given. */
  readonly waitSeconds?: number
}

export const keyFile = (folder: string): string => join(folder, 'key')
export const stateFile = (folder: string): string => join(folder, 'state')
export const fileSystemOf = ({ fileSystem = nodeFileSystem }: FolderOptions): FileSystem => fileSystem

/** The sealed state. @throws ChartsealError `files/failed` */
export async function readState(options: FolderOptions): Promise<Uint8Array> {
  return readWhole(options, stateFile(options.folder))
}

/** @throws ChartsealError `ring/no-folder`, `ring/damaged`, `files/failed` */
export async function readKeyFile(options: FolderOptions): Promise<KeyFile> {
  const { folder, fileSystem } = options
  await requireRing(folder, fileSystem)
  return parseKeyFile(await readWhole(options, keyFile(folder)))
}

/** For whoever asks for a passphrase afterwards. @throws ChartsealError `ring/no-folder`, `files/failed` */
export async function requireRing(folder: string, fileSystem?: FileSystem): Promise<void> {
  if (await isRingFolder(folder, fileSystem)) return
  const create = `chartseal ring create --role ROLE --name NAME ${shellWord(folder)}`
  throw clinicError('ring/no-folder', { folder, create })
}

/** @throws ChartsealError `ring/exists`, `files/failed` */
export async function requireNoRing(folder: string, fileSystem?: FileSystem): Promise<void> {
  if (await isRingFolder(folder, fileSystem)) throw clinicError('ring/exists', { folder })
}

async function readWhole(options: FolderOptions, path: string): Promise<Uint8Array> {
  const file = await attempt('read', () => fileSystemOf(options).open(path, 'read', 0), path)
  try {
    const bytes = new Uint8Array(await attempt('read', () => file.sizeBytes(), path))
    for (let done = 0; done < bytes.length; ) {
      const count = await attempt('read', () => file.read(bytes.subarray(done), done), path)
      if (count === 0) return bytes.slice(0, done)
      done += count
    }
    return bytes
  } finally {
    await file.close()
  }
}

/** @throws ChartsealError `ring/busy`, `files/failed` */
export async function lockFolder(options: FolderOptions): Promise<FileLock> {
  const { folder, random, waitSeconds = usualWaitSeconds, fileSystem = nodeFileSystem } = options
  for (let tries = (waitSeconds * 1000) / waitMs; ; tries--) {
    try {
      return await lockFile(stateFile(folder), { fileSystem, random })
    } catch (error) {
      if (!isLocked(error)) throw error
      if (tries <= 0) throw busy(error, folder, waitSeconds)
      // Not in step with another that waits: two claims at once are both refused.
      await wait(waitMs * (0.5 + (random.bytes(1)[0] ?? 0) / 255))
    }
  }
}

function busy({ context }: Locked, folder: string, seconds: number): Error {
  const { host, pid, path: file } = context
  return clinicError('ring/busy', {
    seconds,
    host,
    pid,
    file,
    unlock: `chartseal unlock ${shellWord(folder)}`,
  })
}

/** @throws ChartsealError `files/failed` for a folder that cannot be read */
export async function isRingFolder(
  folder: string,
  fileSystem: FileSystem = nodeFileSystem,
): Promise<boolean> {
  try {
    await fileSystem.status(keyFile(folder))
    return true
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCodeOf(cause) ?? '')) return false
    return attempt('read', () => Promise.reject(cause), keyFile(folder))
  }
}
