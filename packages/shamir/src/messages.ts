/** Drills and refreshes as bytes, so that they can travel: one deterministic CBOR map each, with its kind in `k`. */
import { type CborValue, decodeCbor, encodeCbor } from '@chartseal/core/encoding'
import { isWellFormed, type LeafParts } from './commitment.js'
import type { DrillAnswer } from './drill.js'
import { Fields } from './fields.js'
import type { PendingShare, RefreshDeal, RefreshedSet, ZeroShare } from './refresh.js'
import { shareError } from './share-errors.js'
import {
  hashBytes,
  maxLabelBytes,
  maxPathLength,
  maxShareBytes,
  minShareBytes,
  type ShareSet,
  saltBytes,
  setIdBytes,
} from './share-set.js'

const version = 2
const signatureBytes = 64
const maxShares = 255
/** Beside a value as long as y: names, numbers and at most 255 hashes. */
const maxOverheadBytes = 16_384

/** `zero-share` and `pending-share` are secret; the others are public. */
export type MessageKind =
  | 'share-set'
  | 'drill-challenge'
  | 'drill-answer'
  | 'refresh-deal'
  | 'zero-share'
  | 'refresh-reply'
  | 'pending-share'
  | 'refreshed-set'

const setKeys = ['set', 't', 'n']
const leafKeys = [...setKeys, 'x', 'len', 'c', 'key']

/** The fields of each kind, beside `v` and `k`. */
const keysOf: ReadonlyMap<MessageKind, readonly string[]> = new Map<MessageKind, readonly string[]>([
  ['share-set', [...setKeys, 'root', 'len']],
  ['drill-challenge', ['root', 'challenge']],
  ['drill-answer', [...leafKeys, 'path', 'sig']],
  ['refresh-deal', [...setKeys, 'root', 'len', 'new']],
  ['zero-share', [...setKeys, 'root', 'new', 'x', 'z']],
  ['refresh-reply', leafKeys],
  ['pending-share', [...setKeys, 'x', 'y', 'salt', 'label']],
  ['refreshed-set', [...setKeys, 'root', 'old', 'leaves']],
])

/** What anyone may know of a set, and what a dealer, a challenger or a kit sheet keeps of it. */
export interface DescribedSet extends ShareSet {
  /** The length of a share's y. */
  readonly sizeBytes: number
}

/** A question to custodians: whether they still have shares of the set with this root. */
export interface DrillChallenge {
  readonly root: Uint8Array
  /** 16 to 64 random bytes. */
  readonly challenge: Uint8Array
}

/** Which kind of message these bytes claim to be; `null` for none. Never throws for data. */
export function messageKind(bytes: Uint8Array): MessageKind | null {
  if (bytes.length > maxShareBytes + maxOverheadBytes) return null
  try {
    const { k } = { ...Object(decodeCbor(bytes)) }
    return [...keysOf.keys()].find(kind => kind === k) ?? null
  } catch {
    return null
  }
}

const encode = (kind: MessageKind, fields: { readonly [key: string]: CborValue }): Uint8Array =>
  encodeCbor({ v: version, k: kind, ...fields })

const setFields = ({ setId, threshold, numShares }: Omit<ShareSet, 'root'>) => ({
  ...{ set: setId, t: threshold, n: numShares },
})

const leafFields = (parts: LeafParts) => ({
  ...{ ...setFields(parts), x: parts.x, len: parts.sizeBytes, c: parts.commitment, key: parts.drillKey },
})

/** Each `encode…` gives bytes; each `parse…` throws ChartsealError `shamir/invalid-message` for all but those. */
export function encodeShareSet(set: DescribedSet): Uint8Array {
  return encode('share-set', { ...setFields(set), root: set.root, len: set.sizeBytes })
}

export function parseShareSet(bytes: Uint8Array): DescribedSet {
  const fields = read('share-set', bytes)
  return { ...setOf(fields), root: rootOf(fields), sizeBytes: sizeOf(fields) }
}

export function encodeDrillChallenge({ root, challenge }: DrillChallenge): Uint8Array {
  return encode('drill-challenge', { root, challenge })
}

export function parseDrillChallenge(bytes: Uint8Array): DrillChallenge {
  const fields = read('drill-challenge', bytes)
  return { root: rootOf(fields), challenge: fields.bytes('challenge', 16, 64) }
}

export function encodeDrillAnswer(answer: DrillAnswer): Uint8Array {
  return encode('drill-answer', { ...leafFields(answer), path: answer.path, sig: answer.signature })
}

export function parseDrillAnswer(bytes: Uint8Array): DrillAnswer {
  const fields = read('drill-answer', bytes)
  const path = fields.list('path', maxPathLength, hashBytes)
  return { ...leafOf(fields, 'drill-answer'), path, signature: fields.bytes('sig', signatureBytes) }
}

export function encodeRefreshDeal({ old, newSetId, sizeBytes }: RefreshDeal): Uint8Array {
  return encode('refresh-deal', { ...setFields(old), root: old.root, len: sizeBytes, new: newSetId })
}

export function parseRefreshDeal(bytes: Uint8Array): RefreshDeal {
  const fields = read('refresh-deal', bytes)
  const old = { ...setOf(fields), root: rootOf(fields) }
  return { old, newSetId: fields.bytes('new', setIdBytes), sizeBytes: sizeOf(fields) }
}

/** As secret as a share. */
export function encodeZeroShare({ old, newSetId, x, z }: ZeroShare): Uint8Array {
  return encode('zero-share', { ...setFields(old), root: old.root, new: newSetId, x, z })
}

export function parseZeroShare(bytes: Uint8Array): ZeroShare {
  const fields = read('zero-share', bytes)
  const old = { ...setOf(fields), root: rootOf(fields) }
  const z = fields.bytes('z', minShareBytes, maxShareBytes)
  return { old, newSetId: fields.bytes('new', setIdBytes), x: indexOf(fields, old), z }
}

export function encodeRefreshReply(reply: LeafParts): Uint8Array {
  return encode('refresh-reply', leafFields(reply))
}

export function parseRefreshReply(bytes: Uint8Array): LeafParts {
  return leafOf(read('refresh-reply', bytes), 'refresh-reply')
}

/** As secret as a share. */
export function encodePendingShare(pending: PendingShare): Uint8Array {
  const { x, y, salt, label } = pending
  return encode('pending-share', { ...setFields(pending), x, y, salt, label })
}

export function parsePendingShare(bytes: Uint8Array): PendingShare {
  const fields = read('pending-share', bytes)
  const set = setOf(fields)
  const secret = { y: fields.bytes('y', minShareBytes, maxShareBytes), salt: fields.bytes('salt', saltBytes) }
  return { ...set, x: indexOf(fields, set), ...secret, label: fields.text('label', maxLabelBytes) }
}

export function encodeRefreshedSet(set: RefreshedSet): Uint8Array {
  return encode('refreshed-set', { ...setFields(set), root: set.root, old: set.oldRoot, leaves: set.leaves })
}

export function parseRefreshedSet(bytes: Uint8Array): RefreshedSet {
  const fields = read('refreshed-set', bytes)
  const set = setOf(fields)
  const leaves = fields.list('leaves', maxShares, hashBytes)
  if (leaves.length !== set.numShares) throw invalid('refreshed-set')('leaves')
  return { ...set, root: rootOf(fields), oldRoot: fields.bytes('old', hashBytes), leaves }
}

const invalid =
  (kind: MessageKind) =>
  (reason: string): Error =>
    shareError('shamir/invalid-message', { kind, reason })

function read(kind: MessageKind, bytes: Uint8Array): Fields {
  if (bytes.length > maxShareBytes + maxOverheadBytes) throw invalid(kind)('too long')
  const fields = new Fields(bytes, ['v', 'k', ...(keysOf.get(kind) ?? [])], invalid(kind))
  fields.integer('v', version, version)
  if (fields.text('k', 32) !== kind) throw invalid(kind)('k')
  return fields
}

function setOf(fields: Fields): Omit<ShareSet, 'root'> {
  const setId = fields.bytes('set', setIdBytes)
  const numShares = fields.integer('n', 2, maxShares)
  return { setId, threshold: fields.integer('t', 2, numShares), numShares }
}

const rootOf = (fields: Fields): Uint8Array => fields.bytes('root', hashBytes)
const sizeOf = (fields: Fields): number => fields.integer('len', minShareBytes, maxShareBytes)
const indexOf = (fields: Fields, set: Omit<ShareSet, 'root'>): number => fields.integer('x', 1, set.numShares)

function leafOf(fields: Fields, kind: MessageKind): LeafParts {
  const set = setOf(fields)
  const hashes = { commitment: fields.bytes('c', hashBytes), drillKey: fields.bytes('key', hashBytes) }
  const parts = { ...set, x: indexOf(fields, set), sizeBytes: sizeOf(fields), ...hashes }
  if (!isWellFormed(parts)) throw invalid(kind)('sizes')
  return parts
}
