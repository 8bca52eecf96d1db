/** The frames of the interim protocol (docs/spec/conference-interim.md), apart for each direction. */
import { nonceBytes as gcmNonceBytes, tagBytes as gcmTagBytes } from '@chartseal/core/aead'
import { fromBigIntBE, toBigIntBE } from '@chartseal/core/bytes'
import { CborFields, fieldOf } from '@chartseal/core/cbor'
import { type CborValue, decodeCbor, encodeCbor } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { sessionError } from '../errors.js'
import { groupOf } from '../groups.js'
import { frameOf } from './framing.js'
import { type ParticipantId, parseParticipantId } from './parse-ids.js'
import { interimGroup } from './primitives.js'

const { sizeBytes: elementBytes } = groupOf(interimGroup)
export const nonceBytes = 16
const hashBytes = 32

/** Opcodes 10 and 20: an encrypted session secret, signed. `key` is the long-term public key. */
export interface SignedTransfer {
  /** Seconds since 1970. */
  readonly ts: number
  readonly rn: Uint8Array
  readonly c1: bigint
  readonly c2: bigint
  readonly key: bigint
  readonly r: bigint
  readonly s: bigint
}

/** Opcodes 30 and 40: what core's AES-256-GCM gives. */
export interface SealedFrame {
  readonly epoch: number
  readonly nonce: Uint8Array
  readonly ciphertext: Uint8Array
}

export type PatientFrame =
  | { readonly kind: 'hello'; readonly id: ParticipantId; readonly key: bigint }
  | ({ readonly kind: 'request'; readonly id: ParticipantId } & SignedTransfer)
  | { readonly kind: 'verifier'; readonly skv: Uint8Array; readonly ts: number }
  | { readonly kind: 'exit'; readonly id: ParticipantId }

export type DoctorFrame =
  | { readonly kind: 'welcome'; readonly key: bigint }
  | ({ readonly kind: 'response' } & SignedTransfer)
  | ({ readonly kind: 'group-key' } & SealedFrame)
  | ({ readonly kind: 'broadcast' } & SealedFrame)
  | { readonly kind: 'disconnected' | 'refused' | 'blocked'; readonly text: string }

export type Notice = 'disconnected' | 'refused' | 'blocked'

export const opcodes = {
  hello: 5,
  welcome: 5,
  request: 10,
  response: 20,
  'group-key': 30,
  broadcast: 40,
  disconnected: 60,
  refused: 70,
  blocked: 80,
  exit: 90,
} as const

/** A whole frame with its length prefix. */
export function encodeFrame(frame: PatientFrame | DoctorFrame): Uint8Array {
  return frameOf(encodeCbor(fieldsOf(frame)))
}

function fieldsOf(frame: PatientFrame | DoctorFrame): CborValue {
  switch (frame.kind) {
    case 'hello':
      return { op: opcodes.hello, id: frame.id, key: element(frame.key) }
    case 'welcome':
      return { op: opcodes.welcome, key: element(frame.key) }
    case 'request':
      return { op: opcodes.request, id: frame.id, ...transferFields(frame) }
    case 'response':
      return { op: opcodes.response, ...transferFields(frame) }
    case 'verifier':
      return { skv: frame.skv, ts: frame.ts }
    case 'exit':
      return { op: opcodes.exit, id: frame.id }
    case 'group-key':
    case 'broadcast':
      return { op: opcodes[frame.kind], ep: frame.epoch, n: frame.nonce, ct: frame.ciphertext }
    default:
      return { op: opcodes[frame.kind], msg: frame.text }
  }
}

function transferFields({ ts, rn, c1, c2, key, r, s }: SignedTransfer): {
  readonly [key: string]: CborValue
} {
  return { ts, rn, c1: element(c1), c2: element(c2), key: element(key), r: element(r), s: element(s) }
}

/** A group element, or an exponent, in the full length of the group. */
export function element(value: bigint): Uint8Array {
  return fromBigIntBE(value, elementBytes)
}

/** @throws ChartsealError `encoding/invalid`, `session/bad-frame`, `session/bad-id` */
export function decodePatientFrame(body: Uint8Array): PatientFrame {
  return readFrame(body, patientFrame)
}

/** @throws ChartsealError `encoding/invalid`, `session/bad-frame` */
export function decodeDoctorFrame(body: Uint8Array): DoctorFrame {
  return readFrame(body, doctorFrame)
}

function patientFrame(frame: CborValue): PatientFrame {
  switch (fieldOf(frame, 'op')) {
    case undefined:
      return readVerifier(new CborFields(frame, ['skv', 'ts']))
    case opcodes.hello: {
      const fields = new CborFields(frame, ['op', 'id', 'key'])
      return { kind: 'hello', id: readId(fields), key: readElement(fields, 'key') }
    }
    case opcodes.request: {
      const fields = new CborFields(frame, ['op', 'id', ...transferKeys])
      return { kind: 'request', id: readId(fields), ...readTransfer(fields) }
    }
    case opcodes.exit:
      return { kind: 'exit', id: readId(new CborFields(frame, ['op', 'id'])) }
    default:
      throw badFrame('an opcode that no patient sends')
  }
}

function doctorFrame(frame: CborValue): DoctorFrame {
  switch (fieldOf(frame, 'op')) {
    case opcodes.welcome:
      return { kind: 'welcome', key: readElement(new CborFields(frame, ['op', 'key']), 'key') }
    case opcodes.response:
      return { kind: 'response', ...readTransfer(new CborFields(frame, ['op', ...transferKeys])) }
    case opcodes['group-key']:
      return { kind: 'group-key', ...readSealed(frame) }
    case opcodes.broadcast:
      return { kind: 'broadcast', ...readSealed(frame) }
    case opcodes.disconnected:
      return readNotice(frame, 'disconnected')
    case opcodes.refused:
      return readNotice(frame, 'refused')
    case opcodes.blocked:
      return readNotice(frame, 'blocked')
    default:
      throw badFrame('an opcode that no doctor sends')
  }
}

/** Fields that are missing, unknown or of another type are a frame of another protocol. */
function readFrame<Frame>(body: Uint8Array, read: (frame: CborValue) => Frame): Frame {
  const frame = decodeCbor(body)
  try {
    return read(frame)
  } catch (error) {
    throw error instanceof ChartsealError && error.code === 'cbor/invalid' ? badFrame(error.message) : error
  }
}

const transferKeys = ['ts', 'rn', 'c1', 'c2', 'key', 'r', 's'] as const

function readVerifier(fields: CborFields): PatientFrame {
  return { kind: 'verifier', skv: fields.bytes('skv', hashBytes), ts: fields.count('ts') }
}

function readTransfer(fields: CborFields): SignedTransfer {
  return {
    ts: fields.count('ts'),
    rn: fields.bytes('rn', nonceBytes),
    c1: readElement(fields, 'c1'),
    c2: readElement(fields, 'c2'),
    key: readElement(fields, 'key'),
    r: readElement(fields, 'r'),
    s: readElement(fields, 's'),
  }
}

function readSealed(frame: CborValue): SealedFrame {
  const fields = new CborFields(frame, ['op', 'ep', 'n', 'ct'])
  const ciphertext = fields.bytes('ct')
  if (ciphertext.length < gcmTagBytes) throw badFrame('a ciphertext that is shorter than its tag')
  return { epoch: fields.count('ep'), nonce: fields.bytes('n', gcmNonceBytes), ciphertext }
}

function readNotice(frame: CborValue, kind: Notice): DoctorFrame {
  return { kind, text: new CborFields(frame, ['op', 'msg']).text('msg') }
}

function readId(fields: CborFields): ParticipantId {
  return parseParticipantId(fields.text('id'))
}

function readElement(fields: CborFields, key: string): bigint {
  return toBigIntBE(fields.bytes(key, elementBytes))
}

function badFrame(reason: string): Error {
  return sessionError('session/bad-frame', { reason })
}
