import { dirname } from 'node:path'
import { encodeHex } from '../encoding.js'
import type { Random } from '../ports.js'
import { systemRandom } from '../system.js'
import { attempt, type FileSystem, nodeFileSystem, writeFully } from './file-system.js'

export interface ReplaceOptions {
  /** Permission bits of the new file; by default its owner alone reads and writes it. */
  readonly mode?: number
  readonly fileSystem?: FileSystem
  readonly random?: Random
}

/**
 * Puts a file with this content in place of what is there, if anything: after a crash at any moment the old
 * or the new content stands there, whole (and perhaps a temporary file `<path>.<random>.tmp` beside it). Resolves when the new one is durable. A symbolic link is replaced,
 * not followed.
 * @throws ChartsealError `files/failed`; the old content then stands, unless only the last step (fsync of
 * the folder) failed
 */
export async function replaceFile(
  path: string,
  bytes: Uint8Array,
  options: ReplaceOptions = {},
): Promise<void> {
  const { mode = 0o600, fileSystem = nodeFileSystem, random = systemRandom } = options
  const temporary = `${path}.${encodeHex(random.bytes(8))}.tmp`
  try {
    await writeNewFile(fileSystem, temporary, bytes, mode)
    await attempt('rename', () => fileSystem.rename(temporary, path))
  } catch (error) {
    await fileSystem.remove(temporary).catch(() => undefined)
    throw error
  }
  await attempt('fsync of the folder', () => fileSystem.syncFolder(dirname(path)))
}

async function writeNewFile(
  fileSystem: FileSystem,
  path: string,
  bytes: Uint8Array,
  mode: number,
): Promise<void> {
  const file = await attempt('create', () => fileSystem.open(path, 'create', mode))
  try {
    await writeFully(file, bytes, 0)
    await attempt('fsync', () => file.sync())
  } finally {
    await attempt('close', () => file.close())
  }
}
