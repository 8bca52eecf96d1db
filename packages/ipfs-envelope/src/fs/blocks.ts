import { join } from 'node:path'
import { encodeHex } from '@chartseal/core/encoding'
import { attempt, type FileSystem, systemCodeOf, writeFully } from '@chartseal/core/files'
import type { Random } from '@chartseal/core/ports'
import { NextToLast } from 'blockstore-fs/sharding'
import { parseCid } from '../cid/parse.js'
import type { BlockStore } from '../stores/port.js'

/** The most that is read of a file: no block of IPFS is larger. What is longer is not what its CID names. */
const maxBlockBytes = 2_097_152
const layout = new NextToLast()

export interface FolderDisk {
  readonly random: Random
  readonly fileSystem: FileSystem
  readonly makeFolder: (folder: string) => Promise<unknown>
}

/**
 * Blocks as files in a folder, in the places where `blockstore-fs` has them. A file is there with all of its bytes or
 * not at all, whenever the machine stops.
 */
export class FolderBlocks implements BlockStore {
  readonly #folder: string
  readonly #files: FileSystem
  readonly #random: Random
  readonly #makeFolder: (folder: string) => Promise<unknown>
  /** Folders with names that are not on the disk yet. */
  readonly #unsettled = new Set<string>()
  #settled: Promise<void> = Promise.resolve()

  constructor(folder: string, { random, fileSystem, makeFolder }: FolderDisk) {
    this.#folder = folder
    this.#random = random
    this.#files = fileSystem
    this.#makeFolder = makeFolder
  }

  async get(cid: string): Promise<Uint8Array | null> {
    const path = this.#place(cid).path
    try {
      return await readBlock(this.#files, path)
    } catch (error) {
      if (systemCodeOf(error) === 'ENOENT') return null
      throw error
    }
  }

  async has(cid: string): Promise<boolean> {
    return exists(this.#files, this.#place(cid).path)
  }

  async put(cid: string, block: Uint8Array): Promise<void> {
    await this.write(cid, block)
    await this.settle()
  }

  /** As {@link put}, but for its name in the folder, which is on the disk after {@link settle}. */
  async write(cid: string, block: Uint8Array): Promise<void> {
    const { folder, path } = this.#place(cid)
    await attempt('make', () => this.#makeFolder(folder), folder)
    const temporary = `${path}.${encodeHex(this.#random.bytes(8))}.tmp`
    try {
      await writeNew(this.#files, temporary, block)
      await attempt('rename', () => this.#files.rename(temporary, path), path)
    } catch (error) {
      await this.#files.remove(temporary).catch(() => undefined)
      throw error
    }
    this.#unsettled.add(folder).add(this.#folder)
  }

  /** Resolves when every block that was written before is on the disk. */
  settle(): Promise<void> {
    // Another caller's blocks may be in the turn before this one.
    this.#settled = this.#settled.catch(() => undefined).then(() => this.#syncFolders())
    return this.#settled
  }

  async #syncFolders(): Promise<void> {
    const folders = [...this.#unsettled]
    this.#unsettled.clear()
    try {
      await Promise.all(folders.map(folder => attempt('fsync', () => this.#files.syncFolder(folder), folder)))
    } catch (error) {
      for (const folder of folders) this.#unsettled.add(folder)
      throw error
    }
  }

  async delete(cid: string): Promise<void> {
    await this.remove(cid)
    await this.settle()
  }

  /** As {@link delete}; durable after {@link settle}. */
  async remove(cid: string): Promise<void> {
    const { folder, path } = this.#place(cid)
    try {
      await this.#files.remove(path)
      this.#unsettled.add(folder)
    } catch (error) {
      if (systemCodeOf(error) !== 'ENOENT') throw error
    }
  }

  #place(cid: string): { readonly folder: string; readonly path: string } {
    const { dir, file } = layout.encode(parseCid(cid))
    const folder = join(this.#folder, dir)
    return { folder, path: join(folder, file) }
  }
}

async function readBlock(files: FileSystem, path: string): Promise<Uint8Array> {
  const file = await files.open(path, 'read', 0)
  try {
    const block = new Uint8Array(Math.min(await file.sizeBytes(), maxBlockBytes + 1))
    for (let have = 0; have < block.length; ) {
      const count = await file.read(block.subarray(have), have)
      if (count === 0) return block.slice(0, have)
      have += count
    }
    return block
  } finally {
    await file.close()
  }
}

async function writeNew(files: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
  const file = await attempt('create', () => files.open(path, 'create', 0o644), path)
  try {
    await writeFully(file, bytes, 0, path)
    await attempt('fsync', () => file.sync(), path)
  } finally {
    await file.close()
  }
}

async function exists(files: FileSystem, path: string): Promise<boolean> {
  try {
    await files.status(path)
    return true
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return false
    throw error
  }
}
