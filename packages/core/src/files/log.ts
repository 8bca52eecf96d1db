import type { Random } from '../ports.js'
import { systemRandom } from '../system.js'
import { DiskLog, type FileLog } from './disk-log.js'
import { codeOf, filesError, refused } from './errors.js'
import { attempt, type FileSystem, nodeFileSystem, type OpenFile } from './file-system.js'
import { decodeHead, encodeHead, headBytes, isKnownVersion, logIdBytes } from './frame.js'
import { type FileLock, lockFile } from './lock.js'
import { Marks } from './marks.js'
import { replaceFile } from './replace.js'
import { FileWindow, frameAt } from './scan.js'

export interface OpenLogOptions {
  /** Names the format of the records, such as `audit/v1`: 1 to 16 printable ASCII characters. */
  readonly kind: string
  /** Makes the file when there is none (the default); otherwise that is `files/failed` with ENOENT. */
  readonly create?: boolean
  /** Permission bits of a new file; by default its owner alone reads and writes it. */
  readonly mode?: number
  readonly fileSystem?: FileSystem
  readonly random?: Random
}

/**
 * Opens a log for this process alone. What an interrupted write left behind the last whole record is cut;
 * any other damage is refused and left as it is. Everything is read and checked once.
 *
 * Appends that are made while an fsync is under way share the next one. When a write or an fsync fails, its
 * appends and all later ones are refused, because nobody knows what the disk holds: open the log again.
 * @throws ChartsealError `files/…`; RangeError for a `kind` that is none
 */
export async function openLog(path: string, options: OpenLogOptions): Promise<FileLog> {
  const { fileSystem = nodeFileSystem, random = systemRandom } = options
  const lock = await lockFile(path, { fileSystem, random })
  try {
    return await openLocked(path, lock, { ...options, fileSystem, random })
  } catch (error) {
    await lock.release()
    throw error
  }
}

async function openLocked(
  path: string,
  lock: FileLock,
  options: OpenLogOptions & { readonly fileSystem: FileSystem; readonly random: Random },
): Promise<FileLog> {
  const { kind, create = true, mode = 0o600, fileSystem, random } = options
  const head = encodeHead(kind, random.bytes(logIdBytes))
  if (create && !(await exists(fileSystem, path))) await replaceFile(path, head, { mode, fileSystem, random })
  const file = await attempt('open', () => fileSystem.open(path, 'update', mode))
  try {
    return await recover(path, kind, file, lock)
  } catch (error) {
    await file.close().catch(() => undefined)
    throw error
  }
}

async function exists(fileSystem: FileSystem, path: string): Promise<boolean> {
  try {
    const file = await fileSystem.open(path, 'update', 0)
    await file.close()
    return true
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return false
    throw refused('open', cause)
  }
}

async function recover(path: string, kind: string, file: OpenFile, lock: FileLock): Promise<FileLog> {
  const sizeBytes = await attempt('stat', () => file.sizeBytes())
  const window = new FileWindow(file, sizeBytes)
  const logId = readHead(path, kind, await window.at(0, headBytes))
  const marks = new Marks(headBytes)
  let [position, index] = [headBytes, 0]
  while (position < sizeBytes) {
    const found = await frameAt(window, logId, position, index)
    if (found.state === 'corrupt') throw filesError('files/corrupt-record', { index, offset: position })
    if (found.state !== 'intact') break
    position = found.nextPosition
    marks.note(++index, position)
  }
  const cutBytes = sizeBytes - position
  if (cutBytes > 0) await attempt('truncate', () => file.truncate(position))
  // What a killed process wrote may not be on the disk yet, and counts as durable from here on.
  await attempt('fsync', () => file.sync())
  return new DiskLog({ file, lock, logId, marks, endBytes: position }, { records: index, cutBytes })
}

/** The id of the log. @throws ChartsealError */
function readHead(path: string, expected: string, bytes: Uint8Array): Uint8Array {
  const head = decodeHead(bytes)
  if (head === null) throw filesError('files/not-a-log', { path })
  const { version, kind } = head
  if (!isKnownVersion(head)) throw filesError('files/unsupported-version', { path, version })
  if (kind !== expected) throw filesError('files/wrong-kind', { path, expected, actual: kind })
  return head.logId
}
