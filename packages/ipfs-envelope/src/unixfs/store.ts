import type { BlobStore } from '@chartseal/core/ports'
import type { Blockstore } from 'interface-blockstore'
import { parseCid } from '../cid/parse.js'
import { eachCopied } from '../memory-store.js'
import { defaultProfile, importFile, type UnixfsProfile } from './addressing.js'
import { listBlocks, readFile, type Walk } from './walk.js'

export interface UnixfsStoreOptions {
  /** For new blobs; `unixfs-v1-2025` when left out. Blobs of every profile are read. */
  readonly profile?: UnixfsProfile
  /** Bytes of all blocks of one blob, 64 added for each block; 1 GiB when left out. */
  readonly maxBlobBytes?: number
}

const gibibyte = 1_073_741_824

/**
 * A {@link BlobStore} of UnixFS files over any blockstore, be it of memory, a folder, a browser or a
 * network. Each block is checked when it is read.
 *
 * Blobs that have a block in common share it, and deleting one takes it from both. Ciphertexts under different
 * keys share no block.
 */
export function unixfsBlobStore(blocks: Blockstore, options: UnixfsStoreOptions = {}): BlobStore {
  const { profile = defaultProfile, maxBlobBytes = gibibyte } = options
  const walk = (root: string): Walk => ({ root, blocks, maxBytes: maxBlobBytes, spentBytes: 0 })
  return {
    async put(content) {
      // A blockstore in memory keeps the very arrays it is given.
      return (await importFile(eachCopied(content), blocks, profile)).toString()
    },

    async *get(cid) {
      yield* readFile(parseCid(cid), walk(cid))
    },

    async has(cid) {
      return blocks.has(parseCid(cid))
    },

    // Children first: a deletion that was cut short can be done again.
    async delete(cid) {
      for await (const block of listBlocks(parseCid(cid), walk(cid))) await blocks.delete(block)
    },
  }
}
