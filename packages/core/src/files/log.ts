import type { AppendLog, Random } from '../ports.js'
import { systemRandom } from '../system.js'
import { DiskLog, type FileLog } from './disk-log.js'
import { codeOf, filesError, refused } from './errors.js'
import {
  attempt,
  type FileSystem,
  nodeFileSystem,
  type OpenFile,
  readFully,
  writeFully,
} from './file-system.js'
import { decodeHead, encodeHead, headBytes, isKnownVersion, logIdBytes } from './frame.js'
import { type FileLock, lockFile, realPathOf } from './lock.js'
import { RecordReader } from './record-reader.js'
import { removeTemporariesOf, replaceBy, replaceFile } from './replace.js'
import { FileWindow, frameAt, Marks } from './scan.js'

export interface OpenLogOptions {
  /** Names the format of the records, such as `audit/v1`: 1 to 16 printable ASCII characters. */
  readonly kind: string
  /** Makes the file when it is missing (the default); otherwise that is `files/failed` with ENOENT. */
  readonly create?: boolean
  /** Permission bits of a new file; by default its owner alone reads and writes it. */
  readonly mode?: number
  readonly fileSystem?: FileSystem
  readonly random?: Random
  /**
   * A lock that the caller holds and gives back, where one lock guards several files. By default the log takes its own.
   */
  readonly lock?: FileLock
}

type Settings = Required<Omit<OpenLogOptions, 'lock'>>

/**
 * Opens a log for this process alone. What an interrupted write left behind the last whole record is cut, and
 * `recovered.cutBytes` says how much; any other damage is refused and left as it is. Everything is read and checked once.
 *
 * Appends that are made while an fsync is under way share the next one. When a write or an fsync fails, or the lock was
 * lost, its appends and all later ones are refused, because what the disk holds is unknown: open the log again.
 * @throws ChartsealError `files/…`; RangeError for an invalid `kind`
 */
export async function openLog(path: string, options: OpenLogOptions): Promise<FileLog> {
  const { fileSystem = nodeFileSystem, random = systemRandom, create = true, mode = 0o600, kind } = options
  const settings: Settings = { kind, create, mode, fileSystem, random }
  const target = await realPathOf(fileSystem, path)
  if (options.lock !== undefined) return openLocked(target, settings, options.lock, async () => undefined)
  const lock = await lockFile(target, { fileSystem, random })
  try {
    const log = await openLocked(target, settings, lock, () => lock.release())
    await lock.settle()
    return log
  } catch (error) {
    await lock.release()
    throw error
  }
}

async function openLocked(
  path: string,
  settings: Settings,
  lock: FileLock,
  release: () => Promise<void>,
): Promise<FileLog> {
  const { kind, create, mode, fileSystem, random } = settings
  const head = encodeHead(kind, random.bytes(logIdBytes))
  await removeTemporariesOf(path, fileSystem)
  if (await exists(fileSystem, path)) {
    if (lock.robbed) await copyAnew(path, settings, lock)
  } else if (create) await replaceFile(path, head, { mode, fileSystem, random, lock })
  const file = await attempt('open', () => fileSystem.open(path, 'update', mode), path)
  try {
    const { cutBytes, ...read } = await readRecords(path, kind, file)
    await lock.check()
    if (cutBytes > 0) await attempt('truncate', () => file.truncate(read.endBytes), path)
    // What a killed process wrote may not be on the disk yet, and counts as durable from here on.
    await attempt('fsync', () => file.sync(), path)
    return new DiskLog({ ...read, lock, release }, { records: read.length, cutBytes })
  } catch (error) {
    await file.close().catch(() => undefined)
    throw error
  }
}

async function exists(fileSystem: FileSystem, path: string): Promise<boolean> {
  try {
    await fileSystem.status(path)
    return true
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return false
    throw refused('open', cause, path)
  }
}

const pieceBytes = 2 ** 20

/** So that an earlier holder that is not dead writes into the old file, which no longer has a name. */
async function copyAnew(path: string, { fileSystem, random }: Settings, lock: FileLock): Promise<void> {
  const { mode } = await attempt('stat', () => fileSystem.status(path), path)
  const source = await attempt('open', () => fileSystem.open(path, 'read', 0), path)
  const copy = async (file: OpenFile, temporary: string): Promise<void> => {
    const piece = new Uint8Array(pieceBytes)
    for (let at = 0; ; at += pieceBytes) {
      const count = await readFully(source, piece, at, path)
      await writeFully(file, piece.subarray(0, count), at, temporary)
      if (count < pieceBytes) return
    }
  }
  try {
    await replaceBy(path, copy, { mode, fileSystem, random, lock })
  } finally {
    await source.close().catch(() => undefined)
  }
}

export interface ReadLogOptions extends Pick<OpenLogOptions, 'kind' | 'fileSystem'> {}

/** The records of a log as they were when it was opened. Appending throws a TypeError. */
export interface LogSnapshot extends AppendLog {
  /**
   * Bytes behind the last whole record, which are still there: an interrupted write, or one under way. They are no record
   * that was acknowledged, unless its end was overwritten with zeros.
   */
  readonly tornBytes: number
}

/**
 * Reads a log without a lock and without a write, also from read-only media and while another process appends.
 * @throws ChartsealError `files/…`, as `openLog` without `create`; RangeError for an invalid `kind`
 */
export async function readLog(path: string, options: ReadLogOptions): Promise<LogSnapshot> {
  const { kind, fileSystem = nodeFileSystem } = options
  encodeHead(kind, new Uint8Array(logIdBytes))
  const file = await attempt('open', () => fileSystem.open(path, 'read', 0), path)
  try {
    const { cutBytes, ...read } = await readRecords(path, kind, file)
    return snapshotOf(new RecordReader(read), cutBytes)
  } catch (error) {
    await file.close().catch(() => undefined)
    throw error
  }
}

function snapshotOf(reader: RecordReader, tornBytes: number): LogSnapshot {
  const refuse = async (): Promise<never> => {
    throw new TypeError('this log was opened for reading')
  }
  return {
    length: reader.length,
    tornBytes,
    read: from => reader.read(from),
    append: refuse,
    appendAll: refuse,
    close: () => reader.close(),
  }
}

async function readRecords(path: string, kind: string, file: OpenFile) {
  const sizeBytes = await attempt('stat', () => file.sizeBytes(), path)
  const window = new FileWindow(file, sizeBytes, path)
  const logId = readHead(path, kind, await window.at(0, headBytes))
  const marks = new Marks(headBytes)
  let endBytes = headBytes
  let length = 0
  while (endBytes < sizeBytes) {
    const found = await frameAt(window, logId, endBytes, length)
    if (found.state === 'corrupt')
      throw filesError('files/corrupt-record', { path, index: length, offset: endBytes })
    if (found.state !== 'intact') break
    endBytes = found.nextPosition
    marks.note(++length, endBytes)
  }
  return { path, file, logId, marks, length, endBytes, cutBytes: sizeBytes - endBytes }
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
