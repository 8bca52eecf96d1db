/** Names of people in a conference, and fingerprints of their long-term keys. */
import { encodeUtf8 } from '@chartseal/core/encoding'
import { sessionError } from '../errors.js'

/** 1 to 64 characters that can be seen; made by {@link parseParticipantId} only. */
export type ParticipantId = string & { readonly brand: 'ParticipantId' }

/** SHA-256 of a long-term public key, 64 hex digits; made by parsing or hashing only. */
export type Fingerprint = string & { readonly brand: 'Fingerprint' }

const maxIdBytes = 64

/** @throws ChartsealError `session/bad-id`, `encoding/invalid` */
export function parseParticipantId(text: string): ParticipantId {
  const sizeBytes = encodeUtf8(text).length
  if (sizeBytes === 0) throw sessionError('session/bad-id', { reason: 'it is empty' })
  if (sizeBytes > maxIdBytes) {
    throw sessionError('session/bad-id', { reason: `it has more than ${maxIdBytes} bytes` })
  }
  // Control, format and private-use characters, and separators of lines and paragraphs.
  if (/[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]/u.test(text) || text !== text.trim()) {
    throw sessionError('session/bad-id', { reason: 'it has characters that cannot be seen' })
  }
  return text as ParticipantId
}

/** @throws ChartsealError `session/bad-key` unless it is 64 lower-case hex digits */
export function parseFingerprint(text: string): Fingerprint {
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw sessionError('session/bad-key', { reason: 'a fingerprint has 64 lower-case hex digits' })
  }
  return text as Fingerprint
}
