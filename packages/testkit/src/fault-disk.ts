import type { FileStatus, FileSystem, OpenFile } from '@chartseal/core/files'
import { systemError } from './disk-faults.js'

interface File {
  current: Uint8Array
  durable: Uint8Array
  modifiedMs: number
}

/** Names of a folder: as a process sees them, and as they are on the disk. */
interface Folder {
  names: Map<string, Entry>
  durable: Map<string, Entry>
}

type Entry = File | Folder

const emptyFolder = (): Folder => ({ names: new Map(), durable: new Map() })
const isFolder = (entry: Entry): entry is Folder => 'names' in entry

/**
 * A disk with folders, in memory, that distinguishes what is durable from what is not, and fails or crashes on demand. A
 * name is durable when its folder was synced, bytes are when their file was.
 */
export class FaultDisk implements FileSystem {
  readonly operations: string[] = []
  /** Called before each operation; what it throws is the answer. */
  before: (operation: string, path: string) => void | Promise<void> = () => undefined
  maxWriteBytes: number = Number.POSITIVE_INFINITY
  /** The clock of this file system. */
  nowMs = 0
  readonly #root: Folder = emptyFolder()

  /** The disk after a power cut: what was not synced is gone, but for `keptBytes` behind the durable end of each file. */
  crashed(keptBytes = 0): FaultDisk {
    const disk = new FaultDisk()
    copyDurable(this.#root, disk.#root, keptBytes)
    return disk
  }

  /** The disk after the process was killed: everything is there as it was, locks of the dead process are not. */
  killed(): FaultDisk {
    const disk = new FaultDisk()
    copyCurrent(this.#root, disk.#root)
    return disk
  }

  /** Every file by its path. */
  files(): Map<string, Uint8Array> {
    const found = new Map<string, Uint8Array>()
    const walk = (folder: Folder, path: string): void => {
      for (const [name, entry] of folder.names) {
        if (isFolder(entry)) walk(entry, `${path}/${name}`)
        else found.set(`${path}/${name}`, entry.current.slice())
      }
    }
    walk(this.#root, '')
    return found
  }

  /** Durable at once; the folders above are made. */
  put(path: string, bytes: Uint8Array): void {
    const parts = path.split('/').filter(part => part !== '')
    let folder = this.#root
    for (const part of parts.slice(0, -1)) {
      const next = folder.names.get(part) ?? emptyFolder()
      if (!isFolder(next)) throw systemError('ENOTDIR')
      link(folder, part, next)
      folder = next
    }
    link(folder, parts.at(-1) ?? '', {
      current: bytes.slice(),
      durable: bytes.slice(),
      modifiedMs: this.nowMs,
    })
  }

  /** Gone at once. */
  erase(path: string): void {
    const { folder, name } = this.#place(path)
    folder.names.delete(name)
    folder.durable.delete(name)
  }

  async open(path: string, how: 'read' | 'update' | 'create'): Promise<OpenFile> {
    await this.#step(`open ${how}`, path)
    const { folder, name } = this.#place(path)
    const found = folder.names.get(name)
    if (how === 'create' && found !== undefined) throw systemError('EEXIST')
    if (how !== 'create' && found === undefined) throw systemError('ENOENT')
    if (found !== undefined && isFolder(found)) throw systemError('EISDIR')
    const file = found ?? { current: new Uint8Array(), durable: new Uint8Array(), modifiedMs: this.nowMs }
    folder.names.set(name, file)
    return this.#file(file, path)
  }

  async status(path: string): Promise<FileStatus> {
    await this.#step('status', path)
    const { folder, name } = this.#place(path)
    const entry = folder.names.get(name)
    if (entry === undefined) throw systemError('ENOENT')
    return { modifiedMs: isFolder(entry) ? 0 : entry.modifiedMs, mode: isFolder(entry) ? 0o700 : 0o600 }
  }

  /** This disk has no links. */
  async realPath(path: string): Promise<string> {
    return path
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#step('rename', to)
    const [source, target] = [this.#place(from), this.#place(to)]
    const entry = source.folder.names.get(source.name)
    if (entry === undefined) throw systemError('ENOENT')
    source.folder.names.delete(source.name)
    target.folder.names.set(target.name, entry)
  }

  async remove(path: string): Promise<void> {
    await this.#step('remove', path)
    const { folder, name } = this.#place(path)
    const entry = folder.names.get(name)
    if (entry === undefined || isFolder(entry)) throw systemError('ENOENT')
    folder.names.delete(name)
  }

  async list(path: string): Promise<readonly string[]> {
    await this.#step('list', path)
    return [...this.#folderAt(path).names.keys()]
  }

  async makeFolder(path: string): Promise<void> {
    await this.#step('make folder', path)
    const { folder, name } = this.#place(path)
    if (folder.names.has(name)) throw systemError('EEXIST')
    folder.names.set(name, emptyFolder())
  }

  async removeFolder(path: string): Promise<void> {
    await this.#step('remove folder', path)
    if (this.#folderAt(path).names.size > 0) throw systemError('ENOTEMPTY')
    const { folder, name } = this.#place(path)
    folder.names.delete(name)
  }

  async syncFolder(path: string): Promise<void> {
    await this.#step('sync folder', path)
    const folder = this.#folderAt(path)
    folder.durable = new Map(folder.names)
  }

  #place(path: string): { readonly folder: Folder; readonly name: string } {
    const cut = path.lastIndexOf('/')
    return { folder: this.#folderAt(path.slice(0, cut)), name: path.slice(cut + 1) }
  }

  #folderAt(path: string): Folder {
    let folder = this.#root
    for (const part of path.split('/').filter(one => one !== '')) {
      const next = folder.names.get(part)
      if (next === undefined || !isFolder(next)) throw systemError('ENOENT')
      folder = next
    }
    return folder
  }

  #file(file: File, path: string): OpenFile {
    const step = (operation: string): Promise<void> => this.#step(operation, path)
    return {
      read: async (into, position) => {
        await step('read')
        // Three bytes less than asked for, now and then: short reads are legal.
        const wanted = into.length > 10 ? into.length - 3 : into.length
        const piece = file.current.subarray(position, position + wanted)
        into.set(piece)
        return piece.length
      },
      write: async (bytes, position) => {
        await step('write')
        const piece = bytes.subarray(0, this.maxWriteBytes)
        const grown = new Uint8Array(Math.max(file.current.length, position + piece.length))
        grown.set(file.current)
        grown.set(piece, position)
        file.current = grown
        file.modifiedMs = this.nowMs
        return piece.length
      },
      truncate: async sizeBytes => {
        await step('truncate')
        file.current = file.current.slice(0, sizeBytes)
      },
      sync: async () => {
        await step('sync')
        file.durable = file.current.slice()
      },
      sizeBytes: async () => {
        await step('stat')
        return file.current.length
      },
      close: () => step('close'),
    }
  }

  async #step(operation: string, path: string): Promise<void> {
    this.operations.push(operation)
    await this.before(operation, path)
  }
}

function link(folder: Folder, name: string, entry: Entry): void {
  folder.names.set(name, entry)
  folder.durable.set(name, entry)
}

// The claim of a lock belongs to a process that is dead after any crash.
const isClaim = (name: string): boolean => name.includes('.lock,')

function copyDurable(from: Folder, to: Folder, keptBytes: number): void {
  for (const [name, entry] of from.durable) {
    if (isClaim(name)) continue
    if (isFolder(entry)) {
      const folder = emptyFolder()
      link(to, name, folder)
      copyDurable(entry, folder, keptBytes)
    } else {
      const { durable, current } = entry
      const bytes = Uint8Array.from([
        ...durable,
        ...current.subarray(durable.length, durable.length + keptBytes),
      ])
      link(to, name, { current: bytes, durable: bytes, modifiedMs: entry.modifiedMs })
    }
  }
}

function copyCurrent(from: Folder, to: Folder): void {
  for (const [name, entry] of from.names) {
    if (isClaim(name)) continue
    const copy = isFolder(entry) ? emptyFolder() : { ...entry }
    to.names.set(name, copy)
    if (from.durable.get(name) === entry) to.durable.set(name, copy)
    if (isFolder(entry) && isFolder(copy)) copyCurrent(entry, copy)
  }
}
