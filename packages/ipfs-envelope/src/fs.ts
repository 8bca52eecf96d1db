/** Blobs in a folder. Node.js only. */
import { join } from 'node:path'
import { nodeFileSystem } from '@chartseal/core/files'
import type { BlobStore } from '@chartseal/core/ports'
import { FsBlockstore } from 'blockstore-fs'
import { NextToLast } from 'blockstore-fs/sharding'
import type { CID } from 'multiformats/cid'
import { type UnixfsStoreOptions, unixfsBlobStore } from './unixfs/store.js'

/**
 * A {@link BlobStore} in a folder, made when it is missing: one file for each block, as `blockstore-fs`
 * lays them out, each on the disk before `put` resolves.
 */
export async function openFolderBlobStore(
  folder: string,
  options: UnixfsStoreOptions = {},
): Promise<BlobStore> {
  const blocks = new DurableBlockstore(folder, { shardingStrategy: sharding })
  await blocks.open()
  return unixfsBlobStore(blocks, options)
}

const sharding = new NextToLast()

// Revocation deletes the old blob once the new one is stored: stored has to mean on the disk.
class DurableBlockstore extends FsBlockstore {
  override async put(...args: Parameters<FsBlockstore['put']>): Promise<CID> {
    const cid = await super.put(...args)
    const { dir, file } = sharding.encode(cid)
    await syncFile(join(this.path, dir, file))
    await nodeFileSystem.syncFolder(join(this.path, dir))
    await nodeFileSystem.syncFolder(this.path)
    return cid
  }
}

async function syncFile(path: string): Promise<void> {
  const handle = await nodeFileSystem.open(path, 'update', 0)
  await handle.sync().finally(() => handle.close())
}
