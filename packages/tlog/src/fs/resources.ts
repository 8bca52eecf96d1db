/** The files of a log that a static server gives out: whole at once, durable when asked for. */
import { dirname, join } from 'node:path'
import { encodeHex } from '@chartseal/core/encoding'
import { attempt, type FileLock, type OpenFile, systemCodeOf, writeFully } from '@chartseal/core/files'
import type { Random } from '@chartseal/core/ports'
import type { FolderSystem } from './folder-system.js'

// libuv has four threads for files.
const atOnce = 4
/** How many files wait for their fsync at most; each is open. */
const mostOpen = 256

export interface ResourceOptions {
  /** The log. */
  readonly folder: string
  /** A folder of the same disk, for files that are not whole yet. */
  readonly temporary: string
  readonly system: FolderSystem
  readonly random: Random
  /** Asked before a file gets its name, and before it counts as durable. */
  readonly lock: FileLock
  /** Permission bits of files; folders can be searched by whoever may read. */
  readonly mode: number
}

export class Resources {
  readonly #options: ResourceOptions
  readonly #folders = new Set<string>()
  /** Files that were not made durable yet, still open, and folders whose names were not. */
  #files = new Map<string, OpenFile>()
  #names = new Set<string>()
  #syncing: Promise<void> = Promise.resolve()

  constructor(options: ResourceOptions) {
    this.#options = options
  }

  /** `null` when there is none. */
  async read(path: string): Promise<Uint8Array | null> {
    const { folder, system } = this.#options
    const file = await orNull(() => system.open(join(folder, path), 'read', 0))
    if (file === null) return null
    try {
      return await attempt('read', () => readAll(file))
    } finally {
      await attempt('close', () => file.close())
    }
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    const { folder, temporary, system, random, lock, mode } = this.#options
    const full = join(folder, path)
    // A holder that was stopped here finds nothing to rename: the next one removes these files, and makes other names.
    const part = join(temporary, `${encodeHex(random.bytes(8))}.tmp`)
    await this.makeFolders(dirname(full))
    const file = await attempt('create', () => system.open(part, 'create', mode))
    try {
      await writeFully(file, bytes, 0)
      await lock.check()
      await attempt('rename', () => system.rename(part, full))
    } catch (error) {
      await file.close().catch(() => undefined)
      throw error
    }
    const replaced = this.#files.get(full)
    this.#files.set(full, file)
    this.#names.add(dirname(full))
    if (replaced !== undefined) await attempt('close', () => replaced.close())
    if (this.#files.size >= mostOpen) await this.#syncFiles()
  }

  /** Makes a folder of the log, and those above it up to the log's own. */
  async makeFolders(path: string): Promise<void> {
    if (this.#folders.has(path)) return
    const { folder, system, mode } = this.#options
    if (path !== folder) await this.makeFolders(dirname(path))
    const isNew = await makeFolder(system, path, mode)
    this.#folders.add(path)
    // A folder inside the log may have been made by a process that was killed, so its name is not durable.
    if (isNew || path !== folder) this.#names.add(dirname(path))
  }

  /** Makes durable what was written so far. */
  async sync(): Promise<void> {
    const { system, lock } = this.#options
    await this.#syncFiles()
    const names = [...this.#names]
    this.#names = new Set()
    await inParallel(names, path => attempt('fsync of a folder', () => system.syncFolder(path)))
    await lock.check()
  }

  #syncFiles(): Promise<void> {
    const files = [...this.#files.values()]
    this.#files = new Map()
    // Whoever comes later waits for what an earlier call is about, too.
    const earlier = this.#syncing
    this.#syncing = inParallel(files, syncAndClose).then(() => earlier)
    return this.#syncing
  }

  async dropPartials(path: string): Promise<void> {
    const { folder, system, lock } = this.#options
    const partials = join(folder, `${path}.p`)
    const names = await orNull(() => system.list(partials))
    if (names === null) return
    await lock.check()
    for (const name of names) await attempt('remove', () => system.remove(join(partials, name)))
    this.#folders.delete(partials)
    this.#names.delete(partials)
    await attempt('remove a folder', () => system.removeFolder(partials))
  }

  /** Closes what an error left open; nothing of it is durable. */
  async close(): Promise<void> {
    await this.#syncing.catch(() => undefined)
    for (const file of this.#files.values()) await file.close().catch(() => undefined)
  }
}

async function readAll(file: OpenFile): Promise<Uint8Array> {
  const bytes = new Uint8Array(await file.sizeBytes())
  for (let done = 0; done < bytes.length; ) {
    const count = await file.read(bytes.subarray(done), done)
    if (count === 0) return bytes.subarray(0, done)
    done += count
  }
  return bytes
}

async function syncAndClose(file: OpenFile): Promise<void> {
  try {
    await attempt('fsync', () => file.sync())
  } finally {
    await attempt('close', () => file.close())
  }
}

/** A folder that can be searched by whoever may read its files. Whether it was not there. */
export async function makeFolder(system: FolderSystem, path: string, mode: number): Promise<boolean> {
  const search = (mode & 0o444) >> 2
  return attempt('make a folder', async () => {
    try {
      await system.makeFolder(path, mode | search)
      return true
    } catch (cause) {
      if (systemCodeOf(cause) === 'EEXIST') return false
      throw cause
    }
  })
}

/** `null` where there is no such file. @throws ChartsealError `files/failed` */
async function orNull<Result>(run: () => Promise<Result>): Promise<Result | null> {
  return attempt('open', async () => {
    try {
      return await run()
    } catch (cause) {
      if (systemCodeOf(cause) === 'ENOENT') return null
      throw cause
    }
  })
}

async function inParallel<Item>(items: readonly Item[], run: (item: Item) => Promise<void>): Promise<void> {
  const rest = [...items]
  const work = async (): Promise<void> => {
    for (let item = rest.pop(); item !== undefined; item = rest.pop()) await run(item)
  }
  await Promise.all(Array.from({ length: atOnce }, work))
}
