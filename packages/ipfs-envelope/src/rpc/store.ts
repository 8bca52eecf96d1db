import type { BlockReader, RangedBlobStore } from '../stores/port.js'
import { blobStore, type UnixfsStoreOptions } from '../unixfs/store.js'
import type { IpfsNode, Where } from './node.js'

export interface NodeStoreOptions extends UnixfsStoreOptions, Where {
  /** After a blob is deleted, remove **every** block of the node that is not pinned. Not when left out. */
  readonly collectGarbage?: boolean
}

/**
 * A {@link BlobStore} in an IPFS node: what it has are the blobs that are pinned there. Deleting one takes its pin away;
 * its blocks stay until the node collects garbage. Under `network` the node may fetch what it has not.
 *
 * A `put` that was cut short leaves blocks without a pin, which the node collects in time.
 */
export function nodeBlobStore(node: IpfsNode, options: NodeStoreOptions = {}): RangedBlobStore {
  const { collectGarbage = false, network = false } = options
  const store = blobStore(
    {
      ...nodeBlocks(node, { network }),
      put: (cid, block) => node.blockPut(cid, block),
      delete: async () => undefined,
    },
    options,
  )
  return {
    ...store,
    has: cid => node.isPinned(cid),
    async put(content) {
      const cid = await store.put(content)
      await node.pinAdd(cid)
      return cid
    },
    async delete(cid) {
      await node.pinRemove(cid)
      if (collectGarbage) await node.collectGarbage()
    },
  }
}

/** The blocks of a node, pinned or not. */
export function nodeBlocks(node: IpfsNode, where: Where = {}): BlockReader {
  return {
    get: cid => node.blockGet(cid, where),
    has: async cid => (await node.blockStat(cid, where)) !== null,
  }
}
