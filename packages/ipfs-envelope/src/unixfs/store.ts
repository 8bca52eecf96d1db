import type { Blockstore } from 'interface-blockstore'
import type { CID } from 'multiformats/cid'
import { parseCid } from '../cid/parse.js'
import { envelopeError } from '../errors.js'
import type { BlobReader, BlockReader, BlockStore, RangedBlobStore } from '../stores/port.js'
import { blocksOf } from './adapter.js'
import { defaultProfile, importFile, type UnixfsProfile } from './addressing.js'
import { type RangeOptions, unixfsRange } from './range.js'
import { blockCostBytes, listBlocks, readFile, type Walk } from './walk.js'

export interface BlobReaderOptions extends RangeOptions {
  /** Bytes of all blocks of one blob, 64 added for each block; 1 GiB when left out. A range may be of a larger one. */
  readonly maxBlobBytes?: number
}

export interface UnixfsStoreOptions extends BlobReaderOptions {
  /** For new blobs; `unixfs-v1-2025` when left out. Blobs of every profile are read. */
  readonly profile?: UnixfsProfile
}

const gibibyte = 1_073_741_824

/** Reads UnixFS files from anything that gives single blocks. Each block is checked when it is read. */
export function blobReader(blocks: BlockReader, options: BlobReaderOptions = {}): BlobReader {
  const { maxBlobBytes = gibibyte } = options
  return {
    async *get(cid) {
      yield* readFile(parseCid(cid), { root: cid, blocks, maxBytes: maxBlobBytes, spentBytes: 0 })
    },

    async has(cid) {
      return blocks.has(parseCid(cid).toString())
    },

    range: cid => unixfsRange(blocks, cid, options),
  }
}

/**
 * A {@link BlobStore} of UnixFS files over anything that keeps single blocks. Each block is checked when it is read. What
 * `get` would not read for its size, `put` refuses: `envelope/too-large-to-store`.
 *
 * Blobs that have a block in common share it, and deleting one takes it from both. Ciphertexts under different
 * keys share no block.
 */
export function blobStore(blocks: BlockStore, options: UnixfsStoreOptions = {}): RangedBlobStore {
  const { profile = defaultProfile, maxBlobBytes = gibibyte } = options
  const walk = (root: string): Walk => ({ root, blocks, maxBytes: maxBlobBytes, spentBytes: 0 })
  return {
    ...blobReader(blocks, options),

    async put(content) {
      let spentBytes = 0
      const write = async (cid: CID, block: Uint8Array): Promise<CID> => {
        spentBytes += block.length + blockCostBytes
        if (spentBytes > maxBlobBytes)
          throw envelopeError('envelope/too-large-to-store', { maxBytes: maxBlobBytes })
        await blocks.put(cid.toString(), block)
        return cid
      }
      return (await importFile(content, { put: write }, profile)).toString()
    },

    // Children first: a deletion that was cut short can be done again.
    async delete(cid) {
      for await (const block of listBlocks(parseCid(cid), walk(cid))) await blocks.delete(block.toString())
    },
  }
}

/** {@link blobStore} over a blockstore of the IPFS libraries. */
export function unixfsBlobStore(blocks: Blockstore, options: UnixfsStoreOptions = {}): RangedBlobStore {
  return blobStore(blocksOf(blocks), options)
}
