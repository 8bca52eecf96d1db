/** What keeps blocks, and what keeps files: types only. Each implementation passes the suites of the testkit. */
import type { RangeSource } from '@chartseal/core/chunked'
import type { BlobStore } from '@chartseal/core/ports'

/** Where single blocks are read, each under its CID in canonical text. */
export interface BlockReader {
  /** `null` when it is not there. Whoever asks checks it against the CID. The array is the caller's. */
  get(cid: string): Promise<Uint8Array | null>
  has(cid: string): Promise<boolean>
}

/** Where single blocks are kept: a folder, a node, a server with one request for each block. */
export interface BlockStore extends BlockReader {
  /** Resolves when the block is stored, as durably as this store does it. Storing it again changes nothing. */
  put(cid: string, block: Uint8Array): Promise<void>
  /** Nothing happens when it is not there. */
  delete(cid: string): Promise<void>
}

/** Files that are read whole or in part. */
export interface BlobReader extends Pick<BlobStore, 'get' | 'has'> {
  /**
   * The file as what `openRange` of `@chartseal/core/chunked` reads from: only the blocks that a range needs are
   * fetched, each is checked before anything of it is given out, and some are kept for the next range.
   */
  range(cid: string): Promise<RangeSource>
}

/** A {@link BlobStore} of which a part can be read. */
export interface RangedBlobStore extends BlobStore, BlobReader {}
