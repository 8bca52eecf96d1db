import { join } from 'node:path'
import { checkKey } from '../key-names.js'
import type { KeyValue, Random } from '../ports.js'
import { systemRandom } from '../system.js'
import { codeOf, filesError, refused } from './errors.js'
import { attempt, type FileSystem, nodeFileSystem, readFully } from './file-system.js'
import { type FileLock, lockFile } from './lock.js'
import { removeTemporaries, replaceFile, syncNames } from './replace.js'

export interface OpenKeyValueOptions {
  /** Permission bits of each file; by default its owner alone reads and writes it. */
  readonly mode?: number
  readonly fileSystem?: FileSystem
  readonly random?: Random
}

type Settings = Required<OpenKeyValueOptions>

/** A {@link KeyValue} in a folder, one file for each key. */
export interface FileKeyValue extends KeyValue {
  /** Waits for what was begun and gives the lock back; from then on every call throws a TypeError. */
  close(): Promise<void>
}

/**
 * Opens the folder, which must exist, for this process alone. A file is replaced atomically and is whole and
 * durable, name and content, before `put` resolves. After a `put` or `delete` that failed or lost the lock, what the
 * disk holds is unknown: every later call is refused until the folder is opened again. Deleting removes the name; what
 * the medium keeps of the bytes is out of reach.
 * @throws ChartsealError `files/…`
 */
export async function openKeyValue(folder: string, options: OpenKeyValueOptions = {}): Promise<FileKeyValue> {
  const { mode = 0o600, fileSystem = nodeFileSystem, random = systemRandom } = options
  const lock = await lockFile(join(folder, 'values'), { fileSystem, random })
  try {
    await removeTemporaries(folder, name => keyOf(name) !== null, { fileSystem })
    // What a killed process renamed or removed may not be on the disk yet, and counts as durable from here on.
    await syncNames(fileSystem, folder)
    await lock.settle()
    return new DiskKeyValue(folder, lock, { mode, fileSystem, random })
  } catch (error) {
    await lock.release()
    throw error
  }
}

/**
 * Reads the values of a folder without a lock and without a write, also from read-only media. While another process
 * changes them, each value is the old or the new one, whole; two values may be of different moments, so what belongs
 * together has to be one value. `put` and `delete` throw a TypeError.
 * @throws ChartsealError `files/failed`
 */
export async function readKeyValue(
  folder: string,
  options: Pick<OpenKeyValueOptions, 'fileSystem'> = {},
): Promise<KeyValue> {
  const { fileSystem = nodeFileSystem } = options
  await listKeys(fileSystem, folder, '')
  const refuse = async (): Promise<never> => {
    throw new TypeError('these values were opened for reading')
  }
  return {
    get: async key => readValue(fileSystem, join(folder, fileName(key))),
    keys: async (prefix = '') => listKeys(fileSystem, folder, prefix),
    put: refuse,
    delete: refuse,
  }
}

/** Some file systems fold case and refuse some characters: whatever is not of `a-z0-9_-` is `=` and two digits. */
function fileName(key: string): string {
  const escaped = (char: string): string => `=${char.charCodeAt(0).toString(16).padStart(2, '0')}`
  return `key-${checkKey(key).replace(/[^a-z0-9_-]/g, escaped)}`
}

/** `null` for the name of another file. */
function keyOf(name: string): string | null {
  const escaped = /^key-((?:[a-z0-9_-]|=[0-9a-f]{2})+)$/.exec(name)?.[1]
  if (escaped === undefined) return null
  return escaped.replace(/=(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

class DiskKeyValue implements FileKeyValue {
  readonly #folder: string
  readonly #lock: FileLock
  readonly #options: Settings
  /** The last call for each key that is under way. */
  readonly #pending = new Map<string, Promise<unknown>>()
  #poisoned = false
  #closing: Promise<void> | null = null

  constructor(folder: string, lock: FileLock, options: Settings) {
    this.#folder = folder
    this.#lock = lock
    this.#options = options
  }

  async get(key: string): Promise<Uint8Array | null> {
    const path = this.#path(key)
    return this.#inOrder(key, () => readValue(this.#options.fileSystem, path))
  }

  async put(key: string, value: Uint8Array): Promise<void> {
    const path = this.#path(key)
    const bytes = Uint8Array.from(value)
    return this.#inOrder(key, () =>
      this.#change(() => replaceFile(path, bytes, { ...this.#options, lock: this.#lock })),
    )
  }

  async delete(key: string): Promise<void> {
    const path = this.#path(key)
    return this.#inOrder(key, () => this.#change(() => this.#remove(path)))
  }

  async keys(prefix = ''): Promise<readonly string[]> {
    this.#refuseClosed()
    this.#refusePoisoned()
    return listKeys(this.#options.fileSystem, this.#folder, prefix)
  }

  async close(): Promise<void> {
    this.#closing ??= Promise.allSettled(this.#pending.values()).then(() => this.#lock.release())
    return this.#closing
  }

  #path(key: string): string {
    this.#refuseClosed()
    return join(this.#folder, fileName(key))
  }

  #refuseClosed(): void {
    if (this.#closing !== null) throw new TypeError('this store is closed')
  }

  #refusePoisoned(): void {
    if (this.#poisoned) throw filesError('files/poisoned', {})
  }

  async #inOrder<Result>(key: string, run: () => Promise<Result>): Promise<Result> {
    const before = this.#pending.get(key)
    const next = (async () => {
      await before?.catch(() => undefined)
      this.#refusePoisoned()
      return run()
    })()
    this.#pending.set(key, next)
    try {
      return await next
    } finally {
      if (this.#pending.get(key) === next) this.#pending.delete(key)
    }
  }

  async #change(run: () => Promise<void>): Promise<void> {
    try {
      await run()
    } catch (error) {
      this.#poisoned = true
      throw error
    }
  }

  async #remove(path: string): Promise<void> {
    const { fileSystem } = this.#options
    await this.#lock.check()
    try {
      await fileSystem.remove(path)
    } catch (cause) {
      if (codeOf(cause) === 'ENOENT') return
      throw refused('remove', cause, path)
    }
    await syncNames(fileSystem, this.#folder)
    await this.#lock.check()
  }
}

async function listKeys(fileSystem: FileSystem, folder: string, prefix: string): Promise<readonly string[]> {
  const names = await attempt('list', () => fileSystem.list(folder), folder)
  const keys = names.flatMap(name => keyOf(name) ?? [])
  return keys.filter(key => key.startsWith(prefix)).sort()
}

/** `null` for a missing key. An open file stays whole when another takes its name. */
async function readValue(fileSystem: FileSystem, path: string): Promise<Uint8Array | null> {
  const file = await orNull(path, () => fileSystem.open(path, 'read', 0))
  if (file === null) return null
  try {
    const bytes = new Uint8Array(await attempt('stat', () => file.sizeBytes(), path))
    if ((await readFully(file, bytes, 0, path)) < bytes.length) throw refused('read', undefined, path)
    return bytes
  } finally {
    await attempt('close', () => file.close(), path)
  }
}

async function orNull<Result>(path: string, open: () => Promise<Result>): Promise<Result | null> {
  try {
    return await open()
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return null
    throw refused('open', cause, path)
  }
}
