/** Which programs of others are asked, and the Node.js that they run on: they do not load on version 20. */
import { node24 } from '../lib/node24.mjs'
import { npmPeer } from '../lib/npm-peer.mjs'

const jsIpfs = ['ipfs-core@0.18.1', 'ipfs-http-server@0.15.1']
const helia = ['helia@7.1.15', '@helia/unixfs@8.0.5', 'blockstore-fs@4.0.1']

/** Folders with the packages, and the path of a Node 24; `null` when npm has not got one of them. */
export function jsIpfsPeer() {
  return withNode(npmPeer('ipfs-js', jsIpfs))
}

export function heliaPeer() {
  return withNode(npmPeer('ipfs-helia', helia))
}

function withNode(folder) {
  const node = node24()
  return folder === null || node === null ? null : { node, folder }
}
