import { basename, dirname, join } from 'node:path'
import { encodeHex } from '../encoding.js'
import type { Random } from '../ports.js'
import { systemRandom } from '../system.js'
import { attempt, type FileSystem, nodeFileSystem, type OpenFile, writeFully } from './file-system.js'
import type { FileLock } from './lock.js'

export interface ReplaceOptions {
  /** Permission bits of the new file; by default its owner alone reads and writes it. */
  readonly mode?: number
  readonly fileSystem?: FileSystem
  readonly random?: Random
  /** Asked before the rename and before this resolves. What the file belongs to is written under it. */
  readonly lock?: FileLock
}

/**
 * Puts a file with this content in place of what is there, if anything: after a crash at any moment the old or the new
 * content is there, whole (and perhaps a temporary file, see {@link removeTemporaries}). Resolves when the new one is
 * durable. A symbolic link is replaced, not followed.
 *
 * With a `lock`, a holder that lost it replaces nothing, provided that the next holder removes temporary files before
 * it reads: the rename of a holder that was stopped behind its check then finds nothing to rename.
 * @throws ChartsealError `files/failed`, `files/lock-lost`; the old content is then there, unless only the last step
 * (fsync of the folder, or the check after it) failed
 */
export async function replaceFile(
  path: string,
  bytes: Uint8Array,
  options: ReplaceOptions = {},
): Promise<void> {
  return replaceBy(path, (file, temporary) => writeFully(file, bytes, 0, temporary), options)
}

/** As {@link replaceFile}, with what `fill` writes. */
export async function replaceBy(
  path: string,
  fill: (file: OpenFile, path: string) => Promise<void>,
  options: ReplaceOptions,
): Promise<void> {
  const { mode = 0o600, fileSystem = nodeFileSystem, random = systemRandom, lock } = options
  const temporary = `${path}.${encodeHex(random.bytes(8))}.tmp`
  try {
    await writeNewFile(fileSystem, temporary, fill, mode)
    await lock?.check()
    await attempt('rename', () => fileSystem.rename(temporary, path), path)
  } catch (error) {
    await fileSystem.remove(temporary).catch(() => undefined)
    throw error
  }
  await syncNames(fileSystem, dirname(path))
  await lock?.check()
}

/**
 * Removes the temporary files that killed processes left of replacing the files with these names (`<name>.<16 hex>.tmp`,
 * and nothing else), durably. Only the holder of the lock of these files may do so.
 * @throws ChartsealError `files/failed`
 */
export async function removeTemporaries(
  folder: string,
  names: readonly string[] | ((name: string) => boolean),
  options: Pick<ReplaceOptions, 'fileSystem'> = {},
): Promise<void> {
  const { fileSystem = nodeFileSystem } = options
  const isOurs = typeof names === 'function' ? names : (name: string) => names.includes(name)
  const found = await attempt('list', () => fileSystem.list(folder), folder)
  const temporaries = found.filter(name => isOurs(/^(.+)\.[0-9a-f]{16}\.tmp$/.exec(name)?.[1] ?? ''))
  if (temporaries.length === 0) return
  for (const name of temporaries) {
    const path = join(folder, name)
    await attempt('remove', () => fileSystem.remove(path), path)
  }
  await syncNames(fileSystem, folder)
}

/** {@link removeTemporaries} of one file. */
export async function removeTemporariesOf(path: string, fileSystem: FileSystem): Promise<void> {
  return removeTemporaries(dirname(path), [basename(path)], { fileSystem })
}

export async function syncNames(fileSystem: FileSystem, folder: string): Promise<void> {
  await attempt('fsync of the folder', () => fileSystem.syncFolder(folder), folder)
}

async function writeNewFile(
  fileSystem: FileSystem,
  path: string,
  fill: (file: OpenFile, path: string) => Promise<void>,
  mode: number,
): Promise<void> {
  const file = await attempt('create', () => fileSystem.open(path, 'create', mode), path)
  try {
    await fill(file, path)
    await attempt('fsync', () => file.sync(), path)
  } finally {
    await attempt('close', () => file.close(), path)
  }
}
