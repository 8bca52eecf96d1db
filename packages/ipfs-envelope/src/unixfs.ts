/** UnixFS: files of many blocks, as IPFS stores them. Works in browsers; the main entry does not import it. */
export { type UnixfsProfile, unixfsAddressing, unixfsProfiles } from './unixfs/addressing.js'
export { type UnixfsStoreOptions, unixfsBlobStore } from './unixfs/store.js'
