import { equal } from '@chartseal/core/bytes'
import type { WritableStorage } from 'ipfs-unixfs-importer'
import { type ContentAddressing, rawAddressing } from '../cid/addressing.js'
import { parseCid, rawCodec } from '../cid/parse.js'
import { defaultProfile, importFile, type UnixfsProfile, unixfsProfiles } from './profiles.js'

const nowhere: WritableStorage = { put: cid => cid }

/**
 * CIDs of UnixFS files. Published under `profile`; bare bytes are checked by importing them under each
 * known profile in turn, and a raw CID by its one hash.
 */
export function unixfsAddressing(profile: UnixfsProfile = defaultProfile): ContentAddressing {
  return {
    async cidOf(content) {
      return (await importFile(content, nowhere, profile)).toString()
    },

    async matches(text, content) {
      const cid = parseCid(text)
      if (cid.code === rawCodec) return rawAddressing.matches(text, content)
      for (const candidate of unixfsProfiles) {
        const { code, multihash } = await importFile(content, nowhere, candidate)
        // Versions 0 and 1 of a CID name one block.
        if (code === cid.code && equal(multihash.digest, cid.multihash.digest)) return true
      }
      return false
    },
  }
}
