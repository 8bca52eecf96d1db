/** CIDs inside of other formats, as bytes: version 1, raw or dag-pb, SHA-256. */
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { envelopeError } from '../errors.js'
import { expectSupported, parseCid, rawCodec, sha256Code } from './parse.js'

/** Version, codec, hash and length in one byte each, then 32 bytes. */
const cidBytes = 36

/** @throws ChartsealError `envelope/bad-cid`, `envelope/unsupported-cid` also for version 0 */
export function writeCid(text: string): Uint8Array {
  const cid = parseCid(text)
  if (cid.version !== 1) throw envelopeError('envelope/unsupported-cid', { reason: 'version 0' })
  return Uint8Array.from(cid.bytes)
}

/** The text of a CID. @throws ChartsealError `envelope/bad-cid`, `envelope/unsupported-cid` */
export function readBytesCid(bytes: Uint8Array): string {
  const cid = bytes.length === cidBytes ? decode(bytes) : null
  if (cid?.version !== 1) throw envelopeError('envelope/bad-cid', { reason: 'this is not one of version 1' })
  expectSupported(cid)
  return cid.toString()
}

function decode(bytes: Uint8Array): CID | null {
  try {
    return CID.decode(Uint8Array.from(bytes))
  } catch {
    return null
  }
}

/** A raw block by its SHA-256, as text. */
export function cidOfDigest(digest: Uint8Array): string {
  return CID.createV1(rawCodec, createDigest(sha256Code, Uint8Array.from(digest))).toString()
}
