/** A user's own IPFS node over its RPC API, as Kubo has it. Works in browsers, where the node allows the page. */
export type { Fetch, FetchInit } from './net/port.js'
export type { NodeOptions } from './rpc/call.js'
export { type IpfsNode, ipfsNode, type Where } from './rpc/node.js'
export { type NodeStoreOptions, nodeBlobStore, nodeBlocks } from './rpc/store.js'
export { type StoreErrors, storeError } from './stores/errors.js'
