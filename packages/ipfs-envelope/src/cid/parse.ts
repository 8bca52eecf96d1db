import { CID } from 'multiformats/cid'
import { envelopeError } from '../errors.js'

export const rawCodec = 0x55
export const dagPbCodec = 0x70
const sha256Code = 0x12
const sha256Bytes = 32

/**
 * Reads a CID: version 0 in base58, or version 1 in base32, of a raw or dag-pb block under SHA-256.
 * @throws ChartsealError `envelope/bad-cid`, `envelope/unsupported-cid`
 */
export function parseCid(text: string): CID {
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
  try {
    const cid = CID.parse(text)
    if (cid.toString() === text) return cid
  } catch {}
  throw envelopeError('envelope/bad-cid', {})
}

function unsupported(reason: string): Error {
  return envelopeError('envelope/unsupported-cid', { reason })
}
