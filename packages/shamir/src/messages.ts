/** Drills and refreshes as bytes, so that they can travel: one deterministic CBOR map each, with its kind in `k`. */
import { type CborFields, fieldOf } from '@chartseal/core/cbor'
import { decodeCbor } from '@chartseal/core/encoding'
import type { LeafParts } from './commitment.js'
import type { DrillAnswer } from './drill.js'
import { maxShares } from './limits.js'
import {
  decode,
  encode,
  indexOf,
  invalid,
  knownSetOf,
  leafFields,
  leafOf,
  maxMessageBytes,
  rootOf,
  setFields,
  setOf,
  sizeOf,
} from './message-fields.js'
import type { PendingShare, RefreshDeal, RefreshedSet, ZeroShare } from './refresh.js'
import {
  hashBytes,
  maxLabelBytes,
  maxPathLength,
  maxShareBytes,
  minShareBytes,
  type ShareSet,
  saltBytes,
  secretOf,
  setIdBytes,
} from './share-set.js'

/** Of answers to drills that carry a proof. */
const proofVersion = 3
const signatureBytes = 64

/** What anyone may know about a set, and what a dealer, a challenger or a kit sheet keeps. */
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

/** What each kind of message holds. */
export interface MessageValues {
  readonly 'share-set': DescribedSet
  readonly 'drill-challenge': DrillChallenge
  readonly 'drill-answer': DrillAnswer
  readonly 'refresh-deal': RefreshDeal
  readonly 'zero-share': ZeroShare
  readonly 'refresh-reply': LeafParts
  readonly 'pending-share': PendingShare
  readonly 'refreshed-set': RefreshedSet
}

export type MessageKind = keyof MessageValues

export interface MessageCodec<Value> {
  /** Whether the bytes are as secret as a share. */
  readonly secret: boolean
  encode(value: Value): Uint8Array
  /** @throws ChartsealError `shamir/invalid-message` */
  decode(bytes: Uint8Array): Value
}

const setNames = ['set', 't', 'n']
const leafNames = [...setNames, 'x', 'len', 'c', 'key']
const answerNames = [...leafNames, 'path', 'sig']

/** How each kind is written and read. */
export const messageKinds: { readonly [Kind in MessageKind]: MessageCodec<MessageValues[Kind]> } = {
  'share-set': {
    secret: false,
    encode: set => encode('share-set', { ...setFields(set), root: set.root, len: set.sizeBytes }),
    decode: bytes =>
      decode('share-set', bytes, [...setNames, 'root', 'len'], fields => ({
        ...knownSetOf(fields),
        sizeBytes: sizeOf(fields),
      })),
  },
  'drill-challenge': {
    secret: false,
    encode: ({ root, challenge }) => encode('drill-challenge', { root, challenge }),
    decode: bytes =>
      decode('drill-challenge', bytes, ['root', 'challenge'], fields => ({
        root: rootOf(fields),
        challenge: fields.bytesWithin('challenge', 16, 64),
      })),
  },
  'drill-answer': {
    secret: false,
    encode: encodeAnswer,
    decode: decodeAnswer,
  },
  'refresh-deal': {
    secret: false,
    encode: ({ old, newSetId, sizeBytes }) =>
      encode('refresh-deal', { ...setFields(old), root: old.root, len: sizeBytes, new: newSetId }),
    decode: bytes =>
      decode('refresh-deal', bytes, [...setNames, 'root', 'len', 'new'], fields => ({
        old: knownSetOf(fields),
        newSetId: fields.bytes('new', setIdBytes),
        sizeBytes: sizeOf(fields),
      })),
  },
  'zero-share': {
    secret: true,
    encode: ({ old, newSetId, x, z }) =>
      encode('zero-share', { ...setFields(old), root: old.root, new: newSetId, x, z: z.reveal() }),
    decode: bytes =>
      decode('zero-share', bytes, [...setNames, 'root', 'new', 'x', 'z'], fields => {
        const old = knownSetOf(fields)
        const z = secretOf(fields.bytesWithin('z', minShareBytes, maxShareBytes))
        return { old, newSetId: fields.bytes('new', setIdBytes), x: indexOf(fields, old), z }
      }),
  },
  'refresh-reply': {
    secret: false,
    encode: reply => encode('refresh-reply', leafFields(reply)),
    decode: bytes => decode('refresh-reply', bytes, leafNames, fields => leafOf(fields, 'refresh-reply')),
  },
  'pending-share': {
    secret: true,
    encode: pending => {
      const { x, y, salt, label } = pending
      return encode('pending-share', {
        ...setFields(pending),
        x,
        y: y.reveal(),
        salt: salt.reveal(),
        label,
      })
    },
    decode: bytes =>
      decode('pending-share', bytes, [...setNames, 'x', 'y', 'salt', 'label'], fields => {
        const set = setOf(fields)
        return {
          ...set,
          x: indexOf(fields, set),
          y: secretOf(fields.bytesWithin('y', minShareBytes, maxShareBytes)),
          salt: secretOf(fields.bytes('salt', saltBytes)),
          label: fields.text('label', maxLabelBytes),
        }
      }),
  },
  'refreshed-set': {
    secret: false,
    encode: set =>
      encode('refreshed-set', { ...setFields(set), root: set.root, old: set.oldRoot, leaves: set.leaves }),
    decode: bytes =>
      decode('refreshed-set', bytes, [...setNames, 'root', 'old', 'leaves'], fields => {
        const set = knownSetOf(fields)
        const leaves = fields.byteStrings('leaves', maxShares, hashBytes)
        if (leaves.length !== set.numShares) throw invalid('refreshed-set')('leaves: one for each share')
        return { ...set, oldRoot: fields.bytes('old', hashBytes), leaves }
      }),
  },
}

/** Every kind, in the order of docs/spec/shares-v2.md. */
export const messageKindNames: readonly MessageKind[] = Object.keys(messageKinds).filter(isMessageKind)

function isMessageKind(name: string): name is MessageKind {
  return Object.hasOwn(messageKinds, name)
}

/** Which kind of message these bytes claim to be; `null` for none. Never throws for data. */
export function messageKind(bytes: Uint8Array): MessageKind | null {
  if (bytes.length > maxMessageBytes) return null
  try {
    const kind = fieldOf(decodeCbor(bytes), 'k')
    return typeof kind === 'string' && isMessageKind(kind) ? kind : null
  } catch {
    return null
  }
}

/** Reads a message and writes it again: one message has one spelling. @throws ChartsealError `shamir/invalid-message` */
export function respellMessage<Kind extends MessageKind>(kind: Kind, bytes: Uint8Array): Uint8Array {
  const codec: MessageCodec<MessageValues[Kind]> = messageKinds[kind]
  return codec.encode(codec.decode(bytes))
}

function encodeAnswer(answer: DrillAnswer): Uint8Array {
  const { path, signature, proof } = answer
  const fields = { ...leafFields(answer), path, sig: signature }
  return proof === null
    ? encode('drill-answer', fields)
    : encode('drill-answer', { ...fields, proof }, proofVersion)
}

function decodeAnswer(bytes: Uint8Array): DrillAnswer {
  const read = (fields: CborFields): DrillAnswer => ({
    ...leafOf(fields, 'drill-answer'),
    path: fields.byteStrings('path', maxPathLength, hashBytes),
    signature: fields.bytes('sig', signatureBytes),
    proof: null,
  })
  if (!hasProof(bytes)) return decode('drill-answer', bytes, answerNames, read)
  const names = [...answerNames, 'proof']
  const readProven = (fields: CborFields): DrillAnswer => ({
    ...read(fields),
    proof: fields.bytes('proof', hashBytes),
  })
  return decode('drill-answer', bytes, names, readProven, proofVersion)
}

function hasProof(bytes: Uint8Array): boolean {
  try {
    return fieldOf(decodeCbor(bytes), 'v') === proofVersion
  } catch {
    return false
  }
}

type Encode<Kind extends MessageKind> = (value: MessageValues[Kind]) => Uint8Array
type Decode<Kind extends MessageKind> = (bytes: Uint8Array) => MessageValues[Kind]

export const encodeShareSet: Encode<'share-set'> = messageKinds['share-set'].encode
export const parseShareSet: Decode<'share-set'> = messageKinds['share-set'].decode
export const encodeDrillChallenge: Encode<'drill-challenge'> = messageKinds['drill-challenge'].encode
export const parseDrillChallenge: Decode<'drill-challenge'> = messageKinds['drill-challenge'].decode
export const encodeDrillAnswer: Encode<'drill-answer'> = messageKinds['drill-answer'].encode
export const parseDrillAnswer: Decode<'drill-answer'> = messageKinds['drill-answer'].decode
export const encodeRefreshDeal: Encode<'refresh-deal'> = messageKinds['refresh-deal'].encode
export const parseRefreshDeal: Decode<'refresh-deal'> = messageKinds['refresh-deal'].decode
export const encodeZeroShare: Encode<'zero-share'> = messageKinds['zero-share'].encode
export const parseZeroShare: Decode<'zero-share'> = messageKinds['zero-share'].decode
export const encodeRefreshReply: Encode<'refresh-reply'> = messageKinds['refresh-reply'].encode
export const parseRefreshReply: Decode<'refresh-reply'> = messageKinds['refresh-reply'].decode
export const encodePendingShare: Encode<'pending-share'> = messageKinds['pending-share'].encode
export const parsePendingShare: Decode<'pending-share'> = messageKinds['pending-share'].decode
export const encodeRefreshedSet: Encode<'refreshed-set'> = messageKinds['refreshed-set'].encode
export const parseRefreshedSet: Decode<'refreshed-set'> = messageKinds['refreshed-set'].decode
