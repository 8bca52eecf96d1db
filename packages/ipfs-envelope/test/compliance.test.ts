import { unixfsProfiles } from '@chartseal/ipfs-envelope/unixfs'
import { blobReaderSuite, blobStoreSuite } from '@chartseal/testkit'
import { openCarOf, openFolder, openGateway, openMemory, openNode, openUnixfs } from './stores.js'

const codes = {
  badCid: 'envelope/bad-cid',
  notFound: 'envelope/blob-not-found',
  mismatch: 'envelope/cid-mismatch',
}

blobStoreSuite('memory', openMemory, codes)
blobStoreSuite('a folder', openFolder, codes)
for (const profile of unixfsProfiles) blobStoreSuite(profile, () => openUnixfs(profile), codes)
blobStoreSuite('a node', openNode, codes)
blobReaderSuite('a gateway', openGateway, codes)
blobReaderSuite('a CAR', openCarOf, codes)
