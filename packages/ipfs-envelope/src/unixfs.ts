/** UnixFS: files of many blocks, as IPFS stores them. Works in browsers; the main entry does not import it. */
export { unixfsAddressing } from './unixfs/addressing.js'
export { type UnixfsProfile, unixfsProfiles } from './unixfs/profiles.js'
export { type UnixfsStoreOptions, unixfsBlobStore } from './unixfs/store.js'
