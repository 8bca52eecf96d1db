import type { CborFields } from '@chartseal/core/cbor'
import { encodeCbor } from '@chartseal/core/encoding'
import { bech32m } from '@scure/base'
import { type Refusal, readMap } from './cbor-map.js'
import { shamirError } from './errors.js'
import { maxShares } from './limits.js'
import {
  hashBytes,
  maxLabelBytes,
  maxPathLength,
  maxShareBytes,
  minShareBytes,
  requireShape,
  type ShareEnvelope,
  saltBytes,
  secretOf,
  setIdBytes,
} from './share-set.js'

const version = 2
const keys = ['v', 'set', 't', 'n', 'x', 'y', 'salt', 'root', 'path', 'created', 'label']

/** What an envelope has beside y, at most: fields, names and the heads of CBOR. */
const maxOverheadBytes = 512

/** Larger values of y have no text form. */
export const maxTextShareBytes = 512

const prefix = 'chartshare'
// Five bits in each character; the prefix, its separator and the checksum of 6 on top.
const maxTextLength = Math.ceil(((maxTextShareBytes + maxOverheadBytes) * 8) / 5) + prefix.length + 7

/** The envelope as deterministic CBOR. As secret as the share. @throws ChartsealError as `parseShare` does */
export function encodeShare(share: ShareEnvelope): Uint8Array {
  requireShape(share)
  return encodeCbor({
    v: version,
    set: share.setId,
    t: share.threshold,
    n: share.numShares,
    x: share.x,
    y: share.y.reveal(),
    salt: share.salt.reveal(),
    root: share.root,
    path: share.path,
    created: share.createdMs,
    label: share.label,
  })
}

/**
 * Reads one envelope. Its fields are what they can be; whether they fit each other is for `verifyShare`.
 * @throws ChartsealError `shamir/invalid-share`, `shamir/bad-threshold`, `shamir/bad-index`
 */
export function parseShare(bytes: Uint8Array): ShareEnvelope {
  if (bytes.length > maxShareBytes + maxOverheadBytes) throw invalid('too long')
  const share = readMap(bytes, keys, invalid, readShare)
  requireShape(share)
  return share
}

function readShare(fields: CborFields): ShareEnvelope {
  fields.count('v', version, version)
  return {
    setId: fields.bytes('set', setIdBytes),
    threshold: fields.count('t', maxShares),
    numShares: fields.count('n', maxShares),
    x: fields.count('x', maxShares),
    y: secretOf(fields.bytesWithin('y', minShareBytes, maxShareBytes)),
    salt: secretOf(fields.bytes('salt', saltBytes)),
    root: fields.bytes('root', hashBytes),
    path: fields.byteStrings('path', maxPathLength, hashBytes),
    createdMs: fields.count('created'),
    label: fields.text('label', maxLabelBytes),
  }
}

const invalid: Refusal = reason => shamirError('shamir/invalid-share', { reason })

/**
 * The envelope as bech32m text (BIP 350) with the prefix `chartshare`, for y of at most 512 bytes.
 * @throws ChartsealError `shamir/too-long-for-text`, and as `parseShare` does
 */
export function formatShare(share: ShareEnvelope): string {
  const sizeBytes = share.y.reveal().length
  if (sizeBytes > maxTextShareBytes)
    throw shamirError('shamir/too-long-for-text', { sizeBytes, maxBytes: maxTextShareBytes })
  return bech32m.encode(prefix, bech32m.toWords(encodeShare(share)), maxTextLength)
}

/** Reads the one spelling that `formatShare` gives: lower case only. @throws ChartsealError as `parseShare` does */
export function parseShareText(text: string): ShareEnvelope {
  const share = parseShare(bytesOfText(text))
  if (share.y.reveal().length > maxTextShareBytes) throw invalid('too long for text')
  return share
}

function bytesOfText(text: string): Uint8Array {
  if (!/^chartshare1[a-z0-9]+$/.test(text)) throw invalid(`it must begin with ${prefix}1 and be lower case`)
  try {
    const { words } = bech32m.decode(text, maxTextLength)
    return Uint8Array.from(bech32m.fromWords(words))
  } catch {
    throw invalid('one or more characters are mistyped or missing')
  }
}
