import { equal } from '@chartseal/core/bytes'
import { CID } from 'multiformats/cid'
import { sha256 } from 'multiformats/hashes/sha2'
import { envelopeError } from '../errors.js'
import { dagPbCodec, parseCid, rawCodec } from './parse.js'

/** How bytes get a CID, and how they are checked against one: a value that is passed in. */
export interface ContentAddressing {
  /** The CID under which these bytes are published. */
  cidOf(content: Uint8Array): Promise<string>
  /**
   * Whether the bytes are what the CID names.
   * @throws ChartsealError `envelope/bad-cid`, `envelope/unsupported-cid`
   */
  matches(cid: string, content: Uint8Array): Promise<boolean>
}

/** Whether the CID's digest is the SHA-256 of exactly this block. */
export async function isBlockOf(cid: CID, block: Uint8Array): Promise<boolean> {
  const { digest } = await sha256.digest(block)
  return equal(digest, cid.multihash.digest)
}

/**
 * The whole content is one raw block, as in the published packages and as IPFS itself stores files up to
 * one chunk. Files of several blocks need `unixfsAddressing` of `@chartseal/ipfs-envelope/unixfs`.
 */
export const rawAddressing: ContentAddressing = {
  async cidOf(content) {
    return CID.createV1(rawCodec, await sha256.digest(content)).toString()
  },

  async matches(text, content) {
    const cid = parseCid(text)
    if (cid.code === dagPbCodec) {
      throw envelopeError('envelope/unsupported-cid', { reason: 'a file of several blocks needs UnixFS' })
    }
    return isBlockOf(cid, content)
  },
}
