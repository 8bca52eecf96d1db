/** The files of a log that a static server gives out: whole at once, durable when asked for. */
import { dirname, join } from 'node:path'
import { attempt, type OpenFile, systemCodeOf, writeFully } from '@chartseal/core/files'
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
  #made = 0

  constructor(options: ResourceOptions) {
    this.#options = options
  }

  /** `null` when there is none. */
  async read(path: string): Promise<Uint8Array | null> {
    const { folder, system } = this.#options
    const file = await orNull(() => system.open(join(folder, path), 'update', 0))
    if (file === null) return null
    try {
      return await attempt('read', () => readAll(file))
    } finally {
      await attempt('close', () => file.close())
    }
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    const { folder, temporary, system, mode } = this.#options
    const [full, part] = [join(folder, path), join(temporary, `${this.#made++}.tmp`)]
    await this.makeFolders(dirname(full))
    const file = await attempt('create', () => system.open(part, 'create', mode))
    try {
      await writeFully(file, bytes, 0)
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
    const search = (mode & 0o444) >> 2
    const isNew = await attempt('make a folder', () => makeOne(system, path, mode | search))
    this.#folders.add(path)
    // A folder inside the log may have been made by a process that was killed, so its name is not durable.
    if (isNew || path !== folder) this.#names.add(dirname(path))
  }

  /** Makes durable what was written so far. */
  async sync(): Promise<void> {
    const { system } = this.#options
    await this.#syncFiles()
    const names = [...this.#names]
    this.#names = new Set()
    await inParallel(names, path => attempt('fsync of a folder', () => system.syncFolder(path)))
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
    const { folder, system } = this.#options
    const partials = join(folder, `${path}.p`)
    const names = await orNull(() => system.list(partials))
    if (names === null) return
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

/** Whether it was not there. */
async function makeOne(system: FolderSystem, path: string, mode: number): Promise<boolean> {
  try {
    await system.makeFolder(path, mode)
    return true
  } catch (cause) {
    if (systemCodeOf(cause) === 'EEXIST') return false
    throw cause
  }
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
