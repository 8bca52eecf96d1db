import { decodeUtf8, encodeHex } from '@chartseal/core/encoding'
import { isShareText, parseShare, parseShareText, type ShareEnvelope, verifyShare } from '@chartseal/shamir'
import { type Detector, explained, type Input, type Told } from './detector.js'

/** A share of version 2, as text or bytes. */
export const shareEnvelope: Detector = input => {
  const asText = isShareText(input.bytes)
  if (!asText && !looksLikeBytes(input)) return null
  const about = {
    ...{ kind: `share, version 2, as ${asText ? 'text' : 'bytes'}`, secret: true },
    notes: ['Only a root known from elsewhere tells whose set it is; nothing protects label and time.'],
  }
  const read = (): ShareEnvelope =>
    asText ? parseShareText(decodeUtf8(input.bytes).replace(/\r?\n$/, '')) : parseShare(input.bytes)
  return explained(about, [asText ? 'text, checksum or fields' : 'encoding or fields', read], tell)
}

// Deterministic CBOR begins with its short keys; the rest may be missing.
function looksLikeBytes({ cbor, head }: Input): boolean {
  const fields = cbor !== null && ['y', 'salt', 'root'].every(key => cbor.has(key))
  return fields || /^\xaban..?at..?av.ax/s.test(head)
}

function tell(share: ShareEnvelope): Told {
  const { setId, root, threshold, numShares, x, y, label, createdMs } = share
  const numbers = { share: x, threshold, shares: numShares, secret_bytes: y.reveal().length - 32 }
  return {
    facts: { set_id: encodeHex(setId), root: encodeHex(root), ...numbers, label, created_ms: createdMs },
    stages: [['commitment', () => verifyShare(share)]],
  }
}
