/** The seam between this module and the disk, so that tests can inject faults and crashes. */
import { constants, type FileHandle, open, readdir, rename, unlink } from 'node:fs/promises'
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

/** Failures are errors with a system code such as `ENOENT`. */
export interface FileSystem {
  /** `update` reads and writes an existing file, `create` makes one and fails with EEXIST when it is there. */
  open(path: string, how: 'update' | 'create', mode: number): Promise<OpenFile>
  rename(from: string, to: string): Promise<void>
  remove(path: string): Promise<void>
  list(folder: string): Promise<readonly string[]>
  /** Resolves when the names in the folder are on the disk. */
  syncFolder(folder: string): Promise<void>
}

export const nodeFileSystem: FileSystem = {
  async open(path, how, mode) {
    const { O_RDWR, O_CREAT, O_EXCL } = constants
    return openFile(await open(path, how === 'create' ? O_RDWR | O_CREAT | O_EXCL : O_RDWR, mode))
  },
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

function openFile(handle: FileHandle): OpenFile {
  return {
    read: async (into, position) => (await handle.read(into, 0, into.length, position)).bytesRead,
    write: async (bytes, position) => (await handle.write(bytes, 0, bytes.length, position)).bytesWritten,
    truncate: sizeBytes => handle.truncate(sizeBytes),
    sync: () => handle.sync(),
    sizeBytes: async () => (await handle.stat()).size,
    close: () => handle.close(),
  }
}

/** Runs one operation; what it throws becomes `files/failed`. */
export async function attempt<Result>(operation: string, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run()
  } catch (cause) {
    throw refused(operation, cause)
  }
}

// One call of Node's takes fewer than 2^31 bytes.
const maxWriteBytes = 2 ** 26

/** Writes all bytes, however few each call takes. @throws ChartsealError `files/failed` */
export async function writeFully(file: OpenFile, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const piece = bytes.subarray(done, done + maxWriteBytes)
    const written = await attempt('write', () => file.write(piece, position + done))
    if (written === 0) throw refused('write', undefined)
    done += written
  }
}
