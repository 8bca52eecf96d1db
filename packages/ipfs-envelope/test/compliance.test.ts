import { unixfsProfiles } from '@chartseal/ipfs-envelope/unixfs'
import { blobStoreSuite } from '@chartseal/testkit'
import { openFolder, openMemory, openUnixfs } from './stores.js'

const codes = {
  badCid: 'envelope/bad-cid',
  notFound: 'envelope/blob-not-found',
  mismatch: 'envelope/cid-mismatch',
}

blobStoreSuite('memory', openMemory, codes)
blobStoreSuite('a folder', openFolder, codes)
for (const profile of unixfsProfiles) blobStoreSuite(profile, () => openUnixfs(profile), codes)
