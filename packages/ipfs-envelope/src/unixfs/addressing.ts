/** How a file becomes blocks, and the CIDs that follow from it. */
import { equal } from '@chartseal/core/bytes'
import { type ImporterOptions, importer, type WritableStorage } from 'ipfs-unixfs-importer'
import { balanced } from 'ipfs-unixfs-importer/layout'
import type { CID } from 'multiformats/cid'
import { type ContentAddressing, rawAddressing } from '../cid/addressing.js'
import { parseCid, rawCodec } from '../cid/parse.js'
import { leavesOf } from './chunker.js'

/**
 * How a file becomes blocks, and so which CID it has. The first two are named in IPIP-499; the third is
 * what `ipfs add --cid-version=1` did for ten years: 256 KiB raw leaves, 174 links in a node. The fourth is that of
 * records: raw leaves of 63 sealed chunks, below 1 MiB, 1,024 links in a node.
 */
export type UnixfsProfile = 'unixfs-v1-2025' | 'unixfs-v0-2015' | 'cidv1-256k-raw-leaves' | 'chartseal-v2'

export const defaultProfile: UnixfsProfile = 'unixfs-v1-2025'

/** In the order in which bare bytes are tried. */
export const unixfsProfiles: readonly UnixfsProfile[] = [
  defaultProfile,
  'unixfs-v0-2015',
  'cidv1-256k-raw-leaves',
  'chartseal-v2',
]

/** Cuts the content into blocks of their own memory, writes them, the root last, and gives the root's CID. */
export async function importFile(
  content: Uint8Array | AsyncIterable<Uint8Array>,
  blocks: WritableStorage,
  profile: UnixfsProfile,
): Promise<CID> {
  for await (const { cid } of importer([{ content }], blocks, settings(profile))) return cid
  throw new Error('internal: the importer gave no root')
}

interface Cut {
  readonly leafBytes: number
  readonly links: number
  readonly version: 0 | 1
}

const cuts: Readonly<Record<UnixfsProfile, Cut>> = {
  'unixfs-v1-2025': { leafBytes: 1_048_576, links: 1024, version: 1 },
  'unixfs-v0-2015': { leafBytes: 262_144, links: 174, version: 0 },
  'cidv1-256k-raw-leaves': { leafBytes: 262_144, links: 174, version: 1 },
  'chartseal-v2': { leafBytes: 63 * 16_400, links: 1024, version: 1 },
}

// The importer writes into the options it is given: each call gets its own.
function settings(profile: UnixfsProfile): ImporterOptions {
  const { leafBytes, links, version } = cuts[profile]
  return {
    cidVersion: version,
    rawLeaves: version === 1,
    chunker: leavesOf(leafBytes),
    layout: balanced({ maxChildrenPerNode: links }),
  }
}

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
