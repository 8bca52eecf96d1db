/** Blobs in a folder. Node.js only. */
import { mkdir } from 'node:fs/promises'
import { type FileSystem, nodeFileSystem } from '@chartseal/core/files'
import type { Random } from '@chartseal/core/ports'
import { systemRandom } from '@chartseal/core/system'
import { dagPbCodec, parseCid } from './cid/parse.js'
import { FolderBlocks } from './fs/blocks.js'
import type { BlockStore, RangedBlobStore } from './stores/port.js'
import { blobStore, type UnixfsStoreOptions } from './unixfs/store.js'

export interface FolderOptions {
  /** For the names of temporary files. */
  readonly random?: Random
  /** The disk, for tests. `makeFolder` does nothing when the folder is there. */
  readonly fileSystem?: FileSystem
  readonly makeFolder?: (folder: string) => Promise<unknown>
}

export interface FolderStoreOptions extends UnixfsStoreOptions, FolderOptions {}

/**
 * A {@link BlobStore} in a folder, made when it is missing: one file for each block, as `blockstore-fs`
 * lays them out. A blob is on the disk before `put` resolves, and no node of it before what it names.
 */
export async function openFolderBlobStore(
  folder: string,
  options: FolderStoreOptions = {},
): Promise<RangedBlobStore> {
  const blocks = await folderBlocks(folder, options)
  const store = blobStore(leavesTogether(blocks), options)
  return {
    ...store,
    async put(content) {
      const cid = await store.put(content)
      await blocks.settle()
      return cid
    },
    async delete(cid) {
      await store.delete(cid)
      await blocks.settle()
    },
  }
}

// The names of leaves are made durable together, once for each node above them.
function leavesTogether(blocks: FolderBlocks): BlockStore {
  return {
    get: cid => blocks.get(cid),
    has: cid => blocks.has(cid),
    delete: cid => blocks.remove(cid),
    async put(cid, block) {
      if (parseCid(cid).code === dagPbCodec) await blocks.settle()
      await blocks.write(cid, block)
    },
  }
}

/** The blocks of such a folder one by one, each on the disk before `put` resolves. */
export async function openFolderBlocks(folder: string, options: FolderOptions = {}): Promise<BlockStore> {
  return folderBlocks(folder, options)
}

async function folderBlocks(folder: string, options: FolderOptions): Promise<FolderBlocks> {
  const { random = systemRandom, fileSystem = nodeFileSystem, makeFolder = makeWithParents } = options
  await makeFolder(folder)
  return new FolderBlocks(folder, { random, fileSystem, makeFolder })
}

const makeWithParents = (folder: string): Promise<unknown> => mkdir(folder, { recursive: true })
