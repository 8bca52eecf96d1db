/** What only the holder of a subject's key can read, and how he finds it. */
import { concat, equal, fromBigIntBE } from '@chartseal/core/bytes'
import { openBytes, sealBytes } from '@chartseal/core/chunked'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError, coreError } from '@chartseal/core/errors'
import { AeadKey } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { hkdf } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { decodeLeaf, type SealedLeaf } from './entry.js'
import { tagBytes } from './leaf-head.js'
import type { AuditRecord } from './record.js'
import { decodeRecord, encodeRecord } from './record-cbor.js'

/** The key of one patient, 32 random bytes: opens and finds the entries about him, and nothing else does. */
export class SubjectKey extends AeadKey {}

const contextLabel = encodeUtf8('chartseal/audit/v2')
const tagLabel = encodeUtf8('chartseal/audit-tag/v2')
const blockBytes = 256

/** Where an entry belongs: a body that is moved to another position does not open. */
export interface LeafPosition {
  /** The name of the log, as in its checkpoints. */
  readonly origin: string
  readonly seq: number
  readonly at: number
  readonly requestId: Uint8Array
}

/** label ‖ u16 length ‖ origin ‖ seq u64 ‖ at u64 ‖ request id */
function contextOf({ origin, seq, at, requestId }: LeafPosition): Uint8Array {
  const name = encodeUtf8(origin)
  return concat(contextLabel, fromBigIntBE(BigInt(name.length), 2), name, u64(seq), u64(at), requestId)
}

function u64(value: number): Uint8Array {
  const bytes = new Uint8Array(8)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, Math.floor(value / 2 ** 32))
  view.setUint32(4, value % 2 ** 32)
  return bytes
}

/** @throws ChartsealError `audit/bad-record`, `key/wiped` */
export function sealRecord(
  key: SubjectKey,
  record: AuditRecord,
  position: LeafPosition,
  random?: Random,
): Uint8Array {
  const padded = pad(encodeRecord(record))
  try {
    return sealBytes(key, padded, contextOf(position), random)
  } finally {
    padded.fill(0)
  }
}

/**
 * The encoded record of a leaf of this log.
 * @throws ChartsealError `open/failed` for a wrong key, another place or log, or a changed leaf
 */
export function openBody(key: SubjectKey, origin: string, leaf: SealedLeaf): Uint8Array {
  try {
    return unpad(openBytes(key, leaf.body, contextOf({ ...leaf, origin })))
  } catch (error) {
    throw error instanceof ChartsealError && error.code === 'key/wiped' ? error : coreError('open/failed', {})
  }
}

/** As {@link openBody}. What opens and is no record is `open/failed`, too: only the key's owner can have made it. */
export function openRecord(key: SubjectKey, origin: string, leaf: SealedLeaf): AuditRecord {
  const bytes = openBody(key, origin, leaf)
  try {
    return decodeRecord(bytes)
  } catch {
    throw coreError('open/failed', {})
  } finally {
    bytes.fill(0)
  }
}

/**
 * The record in one leaf, for whoever holds its subject's key. With `seq`, only for this place.
 * @throws ChartsealError `audit/bad-leaf`; `open/failed` for another patient's leaf, an imported one, or a changed one
 */
export function openLeaf(key: SubjectKey, origin: string, bytes: Uint8Array, seq?: number): AuditRecord {
  const leaf = decodeLeaf(bytes, seq)
  if (leaf.kind !== 'sealed' || !equal(taggerOf(key)(leaf.seq), leaf.tag)) throw coreError('open/failed', {})
  return openRecord(key, origin, leaf)
}

/** Gives the subject tag, 16 bytes, of the leaf at `seq`. */
export type Tagger = (seq: number) => Uint8Array

/** Derives the tag key once; each tag then costs one HMAC. */
export function taggerOf(key: SubjectKey): Tagger {
  const tagKey = hkdf(sha256, key.reveal(), undefined, tagLabel, 32)
  const keyed = hmac.create(sha256, tagKey)
  tagKey.fill(0)
  return seq => keyed.clone().update(u64(seq)).digest().slice(0, tagBytes)
}

/** What {@link pad} makes of so many bytes. */
export function paddedSizeBytes(sizeBytes: number): number {
  return Math.ceil((sizeBytes + 1) / blockBytes) * blockBytes
}

/** ISO/IEC 7816-4: one byte 0x80, then zeros to a multiple of 256. */
export function pad(bytes: Uint8Array): Uint8Array {
  const padded = new Uint8Array(paddedSizeBytes(bytes.length))
  padded.set(bytes)
  padded[bytes.length] = 0x80
  return padded
}

/** Wipes what it is given. @throws ChartsealError `open/failed` */
export function unpad(padded: Uint8Array): Uint8Array {
  const end = padded.findLastIndex(byte => byte !== 0)
  const least = padded.length - blockBytes
  const right = padded.length % blockBytes === 0 && end >= least && padded[end] === 0x80
  const bytes = padded.slice(0, Math.max(end, 0))
  padded.fill(0)
  if (!right) throw coreError('open/failed', {})
  return bytes
}
