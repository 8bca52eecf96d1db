import { encodeCbor, encodeUtf8 } from '@chartseal/core/encoding'
import { bech32m } from '@scure/base'
import { Fields } from './fields.js'
import { shareError } from './share-errors.js'
import {
  hashBytes,
  maxLabelBytes,
  maxPathLength,
  maxShareBytes,
  minShareBytes,
  requireShape,
  type ShareEnvelope,
  saltBytes,
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
  const { setId, threshold, numShares, x, y, salt, root, path, createdMs, label } = share
  return encodeCbor({
    ...{ v: version, set: setId, t: threshold, n: numShares, x, y, salt, root },
    ...{ path, created: createdMs, label },
  })
}

/**
 * Reads one envelope. Its fields are what they can be; whether they fit each other says `verifyShare`.
 * @throws ChartsealError `shamir/invalid-share`, `shamir/bad-threshold`, `shamir/bad-index`
 */
export function parseShare(bytes: Uint8Array): ShareEnvelope {
  if (bytes.length > maxShareBytes + maxOverheadBytes)
    throw shareError('shamir/invalid-share', { reason: 'too long' })
  const fields = new Fields(bytes, keys)
  fields.integer('v', version, version)
  const share: ShareEnvelope = {
    setId: fields.bytes('set', setIdBytes),
    threshold: fields.integer('t', 0, 255),
    numShares: fields.integer('n', 0, 255),
    x: fields.integer('x', 0, 255),
    y: fields.bytes('y', minShareBytes, maxShareBytes),
    salt: fields.bytes('salt', saltBytes),
    root: fields.bytes('root', hashBytes),
    path: fields.list('path', maxPathLength, hashBytes),
    createdMs: fields.integer('created', 0, Number.MAX_SAFE_INTEGER),
    label: fields.text('label', maxLabelBytes),
  }
  requireShape(share)
  return share
}

/**
 * The envelope as bech32m text (BIP 350) with the prefix `chartshare`, for y of at most 512 bytes.
 * @throws ChartsealError `shamir/too-long-for-text`, and as `parseShare` does
 */
export function formatShare(share: ShareEnvelope): string {
  const sizeBytes = share.y.length
  if (sizeBytes > maxTextShareBytes)
    throw shareError('shamir/too-long-for-text', { sizeBytes, maxBytes: maxTextShareBytes })
  return bech32m.encode(prefix, bech32m.toWords(encodeShare(share)), maxTextLength)
}

/** Reads the one spelling that `formatShare` gives: lower case only. @throws ChartsealError as `parseShare` does */
export function parseShareText(text: string): ShareEnvelope {
  const share = parseShare(bytesOfText(text))
  if (share.y.length > maxTextShareBytes) throw shareError('shamir/invalid-share', { reason: 'too long' })
  return share
}

function bytesOfText(text: string): Uint8Array {
  try {
    if (!/^chartshare1[a-z0-9]+$/.test(text)) throw new Error('another prefix or case')
    const { words } = bech32m.decode(text, maxTextLength)
    return Uint8Array.from(bech32m.fromWords(words))
  } catch {
    throw shareError('shamir/invalid-share', { reason: 'not bech32m' })
  }
}

const textStart = encodeUtf8('chartshare1')

/** Whether these bytes begin like the text of a share. */
export function isShareText(bytes: Uint8Array): boolean {
  return textStart.every((byte, i) => bytes[i] === byte)
}
