import type { FileStatus, FileSystem, OpenFile } from '@chartseal/core/files'

interface Inode {
  current: Uint8Array
  durable: Uint8Array
  modifiedMs: number
}

/** As node:fs throws it. */
export function systemError(code: string): Error {
  return Object.assign(new Error(code), { code })
}

/** A disk in memory that distinguishes what is durable from what is not, and fails or crashes on demand. */
export class MemoryDisk implements FileSystem {
  readonly operations: string[] = []
  /** Called before each operation; what it throws is the answer. */
  before: (operation: string) => void | Promise<void> = () => undefined
  maxWriteBytes: number = Number.POSITIVE_INFINITY
  /** The clock of this file system. */
  nowMs = 0
  /** The target of each symbolic link. */
  readonly links = new Map<string, string>()
  #names = new Map<string, Inode>()
  #durableNames = new Map<string, Inode>()

  /** The disk after a power cut: names and bytes that were not synced are gone, but for `keptBytes` of each file. */
  crashed(keptBytes = 0): MemoryDisk {
    const disk = new MemoryDisk()
    for (const [name, { current, durable }] of this.#durableNames) {
      // A lock is never synced on purpose, but syncing the folder keeps its name.
      if (name.includes('.lock,')) continue
      disk.put(name, Buffer.concat([durable, current.subarray(durable.length, durable.length + keptBytes)]))
    }
    return disk
  }

  put(path: string, bytes: Uint8Array): void {
    const inode = { current: Uint8Array.from(bytes), durable: Uint8Array.from(bytes), modifiedMs: this.nowMs }
    this.#names.set(path, inode)
    this.#durableNames.set(path, inode)
  }

  bytes(path: string): Uint8Array | undefined {
    return this.#names.get(path)?.current.slice()
  }

  get names(): string[] {
    return [...this.#names.keys()]
  }

  async open(path: string, how: 'read' | 'update' | 'create'): Promise<OpenFile> {
    await this.#step(`open ${how}`)
    const found = this.#names.get(path)
    if (how === 'create' && found !== undefined) throw systemError('EEXIST')
    if (how !== 'create' && found === undefined) throw systemError('ENOENT')
    const inode = found ?? { current: new Uint8Array(0), durable: new Uint8Array(0), modifiedMs: this.nowMs }
    this.#names.set(path, inode)
    return this.#file(inode)
  }

  async status(path: string): Promise<FileStatus> {
    await this.#step('status')
    const inode = this.#names.get(path)
    if (inode === undefined) throw systemError('ENOENT')
    return { modifiedMs: inode.modifiedMs, mode: 0o600 }
  }

  async realPath(path: string): Promise<string> {
    return this.links.get(path) ?? path
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#step('rename')
    const inode = this.#names.get(from)
    if (inode === undefined) throw systemError('ENOENT')
    this.#names.delete(from)
    this.#names.set(to, inode)
  }

  async remove(path: string): Promise<void> {
    await this.#step('remove')
    if (!this.#names.delete(path)) throw systemError('ENOENT')
  }

  /** There is one folder, `/data`. */
  async list(folder: string): Promise<readonly string[]> {
    await this.#step('list')
    if (folder !== '/data') throw systemError(this.#names.has(folder) ? 'ENOTDIR' : 'ENOENT')
    return this.names.map(name => name.slice(name.lastIndexOf('/') + 1))
  }

  async syncFolder(): Promise<void> {
    await this.#step('syncFolder')
    this.#durableNames = new Map(this.#names)
  }

  #file(inode: Inode): OpenFile {
    return {
      read: async (into, position) => {
        await this.#step('read')
        // Three bytes less than asked for, now and then: short reads are legal.
        const wanted = into.length > 10 ? into.length - 3 : into.length
        const piece = inode.current.subarray(position, position + wanted)
        into.set(piece)
        return piece.length
      },
      write: async (bytes, position) => {
        await this.#step('write')
        const piece = bytes.subarray(0, this.maxWriteBytes)
        const grown = new Uint8Array(Math.max(inode.current.length, position + piece.length))
        grown.set(inode.current)
        grown.set(piece, position)
        inode.current = grown
        inode.modifiedMs = this.nowMs
        return piece.length
      },
      truncate: async sizeBytes => {
        await this.#step('truncate')
        inode.current = inode.current.slice(0, sizeBytes)
      },
      sync: async () => {
        await this.#step('sync')
        inode.durable = inode.current.slice()
      },
      sizeBytes: async () => {
        await this.#step('stat')
        return inode.current.length
      },
      close: () => this.#step('close'),
    }
  }

  async #step(operation: string): Promise<void> {
    this.operations.push(operation)
    await this.before(operation)
  }
}

/** From operation number `count` (0) on, every operation of the disk fails: the machine is off. */
export function crashAfter(disk: MemoryDisk, count: number): void {
  let done = 0
  disk.before = () => {
    if (done++ >= count) throw systemError('CRASH')
  }
}

/** The operation with this name fails, the `nth` (0) time it is asked for. */
export function failOnce(disk: MemoryDisk, operation: string, code: string, nth = 0): void {
  let seen = 0
  disk.before = asked => {
    if (asked === operation && seen++ === nth) throw systemError(code)
  }
}
