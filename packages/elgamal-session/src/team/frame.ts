/** The bytes of commits and messages; tables: docs/spec/care-team.md. */
import { concat } from '@chartseal/core/bytes'
import { type SigningKey, sign, verify } from '@chartseal/core/ed25519'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { FieldReader, u32, u64 } from '../conference/byte-fields.js'
import { teamError } from './errors.js'
import { hashBytes, idBytes, maxFrameBytes, saltBytes, signatureBytes } from './limits.js'

const magic = encodeUtf8('CSTM')
const version = 2
const kinds = { commit: 1, message: 2 } as const
const domains = {
  commit: encodeUtf8('chartseal/team-commit/v2\0'),
  message: encodeUtf8('chartseal/team-message/v2\0'),
}

export type FrameKind = keyof typeof kinds

interface FrameHead {
  /** All bytes of the frame. */
  readonly frame: Uint8Array
  readonly id: Uint8Array
  readonly epoch: number
  readonly salt: Uint8Array
  /** What the ciphertext is bound to: everything before it. */
  readonly front: Uint8Array
  readonly ciphertext: Uint8Array
}

export interface CommitFrame extends FrameHead {
  readonly kind: 'commit'
  readonly previousHash: Uint8Array
  /** The key tree's. */
  readonly treeCommit: Uint8Array
}

export interface MessageFrame extends FrameHead {
  readonly kind: 'message'
  readonly leaf: number
  readonly sequence: bigint
  readonly previousHash: Uint8Array
  /** Of the commit that began the epoch, as the sender has it. */
  readonly commitHash: Uint8Array
}

export type TeamFrame = CommitFrame | MessageFrame

type CommitFields = Omit<CommitFrame, 'kind' | 'frame' | 'front' | 'ciphertext'>
type MessageFields = Omit<MessageFrame, 'kind' | 'frame' | 'front' | 'ciphertext'>

export function commitFront({ id, epoch, previousHash, salt, treeCommit }: CommitFields): Uint8Array {
  return concat(headOf('commit', id, epoch), previousHash, salt, u32(treeCommit.length), treeCommit)
}

export function messageFront(fields: MessageFields): Uint8Array {
  const { id, epoch, leaf, sequence, previousHash, commitHash, salt } = fields
  return concat(headOf('message', id, epoch), u32(leaf), u64(sequence), previousHash, commitHash, salt)
}

const headOf = (kind: FrameKind, id: Uint8Array, epoch: number): Uint8Array =>
  concat(magic, Uint8Array.of(version, kinds[kind]), id, u32(epoch))

/** The whole frame, signed. */
export function signFrame(
  kind: FrameKind,
  front: Uint8Array,
  ciphertext: Uint8Array,
  key: SigningKey,
): Uint8Array {
  const body = concat(front, ciphertext)
  return concat(body, sign(key, concat(domains[kind], body)))
}

export function isSignedBy({ kind, frame }: TeamFrame, key: Uint8Array): boolean {
  const split = frame.length - signatureBytes
  return verify(key, concat(domains[kind], frame.subarray(0, split)), frame.subarray(split))
}

const refuse = (reason: string): Error => teamError('team/malformed', { what: 'frame', reason })

/** The signature is not looked at. The parts are views. @throws ChartsealError `team/malformed` */
export function parseTeamFrame(frame: Uint8Array): TeamFrame {
  if (frame.length > maxFrameBytes) throw refuse('it is too large')
  const reader = new FieldReader(frame)
  if (!isTeamFrame(frame)) throw refuse('it does not begin as one')
  reader.bytes(magic.length)
  if (reader.u8() !== version) throw refuse('it is of another version')
  const kind = reader.u8()
  const [id, epoch] = [reader.bytes(idBytes), reader.u32()]
  if (kind !== kinds.commit && kind !== kinds.message) throw refuse('its kind is unknown')
  const fields = kind === kinds.commit ? commitFields(reader) : messageFields(reader)
  const ciphertext = reader.until(signatureBytes)
  reader.bytes(signatureBytes)
  if (!reader.isWhole) throw refuse('it ends too early')
  if (epoch === 0) throw refuse('epochs begin with 1')
  if (fields.kind === 'message' && fields.sequence === 0n) throw refuse('numbers begin with 1')
  const front = frame.subarray(0, frame.length - signatureBytes - ciphertext.length)
  return { ...fields, frame, id, epoch, front, ciphertext }
}

/** Whether bytes begin as a frame of a care team. */
export function isTeamFrame(bytes: Uint8Array): boolean {
  return magic.every((byte, i) => bytes[i] === byte)
}

function commitFields(
  reader: FieldReader,
): Pick<CommitFrame, 'kind' | 'previousHash' | 'salt' | 'treeCommit'> {
  const [previousHash, salt] = [reader.bytes(hashBytes), reader.bytes(saltBytes)]
  return { kind: 'commit', previousHash, salt, treeCommit: reader.bytes(reader.u32()) }
}

type MessagePart = Pick<MessageFrame, 'kind' | 'leaf' | 'sequence' | 'previousHash' | 'commitHash' | 'salt'>

function messageFields(reader: FieldReader): MessagePart {
  const [leaf, sequence] = [reader.u32(), reader.u64()]
  const [previousHash, commitHash] = [reader.bytes(hashBytes), reader.bytes(hashBytes)]
  return { kind: 'message', leaf, sequence, previousHash, commitHash, salt: reader.bytes(saltBytes) }
}

/** What a frame shows without a key. */
export type TeamFrameInspection = Pick<TeamFrame, 'id' | 'epoch'> &
  (
    | { readonly kind: 'commit' }
    | { readonly kind: 'message'; readonly leaf: number; readonly sequence: bigint }
  )

/** `null` for bytes that are no frame of a care team. @throws ChartsealError `team/malformed` for a broken one */
export function inspectTeamFrame(bytes: Uint8Array): TeamFrameInspection | null {
  if (!isTeamFrame(bytes)) return null
  const frame = parseTeamFrame(bytes)
  const shared = { id: Uint8Array.from(frame.id), epoch: frame.epoch }
  if (frame.kind === 'commit') return { kind: 'commit', ...shared }
  return { kind: 'message', ...shared, leaf: frame.leaf, sequence: frame.sequence }
}
