/** UnixFS: files of many blocks, as IPFS stores them. Works in browsers; the main entry does not import it. */
export type { BlobReader, BlockReader, BlockStore, RangedBlobStore } from './stores/port.js'
export { type UnixfsProfile, unixfsAddressing, unixfsProfiles } from './unixfs/addressing.js'
export { blockLinks, isBlock } from './unixfs/blocks.js'
export { type RangeOptions, unixfsRange } from './unixfs/range.js'
export {
  type BlobReaderOptions,
  blobReader,
  blobStore,
  type UnixfsStoreOptions,
  unixfsBlobStore,
} from './unixfs/store.js'
