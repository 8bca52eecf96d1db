import { requireText } from '@chartseal/core/arguments'
import { CID } from 'multiformats/cid'
import { envelopeError } from '../errors.js'

export const rawCodec = 0x55
export const dagPbCodec = 0x70
export const sha256Code = 0x12
const sha256Bytes = 32
/**
 * What is longer, in whichever base, names no digest of 32 bytes. Base58 of others is never worked out: that takes the
 * square of its length.
 */
export const maxCidLength = 128

/**
 * Reads a CID: version 0 in base58, or version 1 in base32, of a raw or dag-pb block under SHA-256.
 * @throws ChartsealError `envelope/bad-cid`, `envelope/unsupported-cid`
 */
export function parseCid(text: string): CID {
  requireText('cid', text)
  const cid = decode(text)
  expectSupported(cid)
  return cid
}

/** @throws ChartsealError `envelope/unsupported-cid` for a codec or a hash that is not checked here */
export function expectSupported({ code, multihash }: CID): void {
  if (code !== rawCodec && code !== dagPbCodec) throw unsupported(`codec 0x${code.toString(16)}`)
  // A shortened digest would be easier to forge.
  if (multihash.code !== sha256Code || multihash.digest.length !== sha256Bytes) {
    throw unsupported('another hash than SHA-256 of 32 bytes')
  }
}

function decode(text: string): CID {
  const cid = read(text)
  if (cid?.toString() === text) return cid
  throw envelopeError('envelope/bad-cid', { reason: whyNot(text, cid) })
}

function read(text: string): CID | null {
  if (text.length > maxCidLength) return null
  try {
    return CID.parse(text)
  } catch {
    return null
  }
}

function whyNot(text: string, cid: CID | null): string {
  if (cid !== null) return `it is written as ${cid}`
  if (/^[a-z][a-z0-9+.-]*:|\//i.test(text)) return 'this is an address or a path; give only the CID in it'
  if (text !== text.trim()) return 'there are spaces around it'
  return 'this is not a CID, or one in another alphabet'
}

function unsupported(reason: string): Error {
  return envelopeError('envelope/unsupported-cid', { reason })
}
