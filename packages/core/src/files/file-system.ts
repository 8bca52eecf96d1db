/** The seam between this module and the disk, so that tests can inject faults and crashes. */
import * as fs from 'node:fs'
import { open, readdir, realpath, rename, stat, unlink } from 'node:fs/promises'
import { refused } from './errors.js'

export interface OpenFile {
  /** How many bytes were read: fewer than asked for is legal, 0 is the end. */
  read(into: Uint8Array, position: number): Promise<number>
  /** How many bytes were written: fewer than given is legal. */
  write(bytes: Uint8Array, position: number): Promise<number>
  truncate(sizeBytes: number): Promise<void>
  /** Resolves when everything written so far is on the disk. */
  sync(): Promise<void>
  sizeBytes(): Promise<number>
  close(): Promise<void>
}

/** What a file system keeps about a file. */
export interface FileStatus {
  /** When its bytes were last written, by the clock of the file system, in milliseconds. */
  readonly modifiedMs: number
  /** Permission bits. */
  readonly mode: number
}

/** Failures are errors with a system code such as `ENOENT`. */
export interface FileSystem {
  /**
   * `read` and `update` (to read and write) open an existing file, `create` makes one and fails with EEXIST when it is
   * there.
   */
  open(path: string, how: 'read' | 'update' | 'create', mode: number): Promise<OpenFile>
  status(path: string): Promise<FileStatus>
  /** The same file without symbolic links in its path. */
  realPath(path: string): Promise<string>
  rename(from: string, to: string): Promise<void>
  remove(path: string): Promise<void>
  list(folder: string): Promise<readonly string[]>
  /** Resolves when the names in the folder are on the disk. */
  syncFolder(folder: string): Promise<void>
}

const { O_RDONLY, O_NONBLOCK = 0, O_RDWR, O_CREAT, O_EXCL } = fs.constants
// A pipe in the place of a file must not make its reader wait.
const flags = { read: O_RDONLY | O_NONBLOCK, update: O_RDWR, create: O_RDWR | O_CREAT | O_EXCL } as const

// Callbacks of node:fs cost about half of what its promises do, and a log makes many calls.
export const nodeFileSystem: FileSystem = {
  open: (path, how, mode) =>
    new Promise((resolve, reject) => {
      fs.open(path, flags[how], mode, (error, handle) =>
        error === null ? resolve(openFile(handle)) : reject(error),
      )
    }),
  async status(path) {
    const { mtimeMs, mode } = await stat(path)
    return { modifiedMs: mtimeMs, mode: mode & 0o777 }
  },
  realPath: path => realpath(path),
  rename,
  remove: unlink,
  list: folder => readdir(folder),
  async syncFolder(folder) {
    // Windows has no handle to a folder that could be flushed.
    if (process.platform === 'win32') return
    const handle = await open(folder, 'r')
    await handle.sync().finally(() => handle.close())
  },
}

function openFile(handle: number): OpenFile {
  return {
    read: (into, position) =>
      new Promise((resolve, reject) => {
        fs.read(handle, into, 0, into.length, position, (error, count) =>
          error === null ? resolve(count) : reject(error),
        )
      }),
    write: (bytes, position) =>
      new Promise((resolve, reject) => {
        fs.write(handle, bytes, 0, bytes.length, position, (error, count) =>
          error === null ? resolve(count) : reject(error),
        )
      }),
    truncate: sizeBytes => done(answer => fs.ftruncate(handle, sizeBytes, answer)),
    sync: () => done(answer => fs.fsync(handle, answer)),
    sizeBytes: () =>
      new Promise((resolve, reject) => {
        fs.fstat(handle, (error, status) => (error === null ? resolve(status.size) : reject(error)))
      }),
    close: () => done(answer => fs.close(handle, answer)),
  }
}

function done(run: (answer: (error: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    run(error => (error === null ? resolve() : reject(error)))
  })
}

/** Runs one operation on the file at `path`; what it throws becomes `files/failed`. */
export async function attempt<Result>(
  operation: string,
  run: () => Promise<Result>,
  path?: string,
): Promise<Result> {
  try {
    return await run()
  } catch (cause) {
    throw refused(operation, cause, path)
  }
}

// One call of Node's takes fewer than 2^31 bytes.
const maxWriteBytes = 2 ** 26

/** Writes all bytes, however few each call takes. @throws ChartsealError `files/failed`, which names `path` */
export async function writeFully(
  file: OpenFile,
  bytes: Uint8Array,
  position: number,
  path?: string,
): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const piece = bytes.subarray(done, done + maxWriteBytes)
    const written = await attempt('write', () => file.write(piece, position + done), path)
    if (written === 0) throw refused('write', undefined, path)
    done += written
  }
}

/** How many bytes were read: fewer than asked for only at the end of the file. @throws ChartsealError `files/failed` */
export async function readFully(
  file: OpenFile,
  into: Uint8Array,
  position: number,
  path?: string,
): Promise<number> {
  let done = 0
  while (done < into.length) {
    const count = await attempt('read', () => file.read(into.subarray(done), position + done), path)
    if (count === 0) break
    done += count
  }
  return done
}
