/** Frames for all, which the doctor's key signs: broadcasts, commits, heads and the end. */
import { openAt, sealAt } from '@chartseal/core/aead'
import { concat } from '@chartseal/core/bytes'
import { type SigningKey, sign, type VerifyingKey, verify } from '@chartseal/core/ed25519'
import { encodeUtf8 } from '@chartseal/core/encoding'
import type { AeadKey } from '@chartseal/core/keys'
import { headerBytes } from '../frames.js'
import { FieldReader, u32, u64 } from './byte-fields.js'
import { type Meter, measured } from './meter.js'

const signatureBytes = 64
export const hashBytes = 32
const frontBytes = headerBytes + 4 + hashBytes + 8

/** What a signature is over, before the frame: one kind never counts as another. */
export type SignedKind = 'broadcast' | 'head' | 'end'
const domains: Readonly<Record<SignedKind, Uint8Array>> = {
  broadcast: encodeUtf8('chartseal/broadcast/v2\0'),
  head: encodeUtf8('chartseal/head/v2\0'),
  end: encodeUtf8('chartseal/end/v2\0'),
}

/** A frame of the log: a broadcast, with a commit or without, or a commit alone. */
export interface LoggedFrame {
  readonly incarnation: number
  readonly previousHash: Uint8Array
  readonly atMs: number
  /** Empty without one. */
  readonly commit: Uint8Array
  /** Empty for a commit alone. */
  readonly ciphertext: Uint8Array
}

/** What a head and an end say: the newest frame, its hash, and when. */
export interface Notice {
  readonly incarnation: number
  readonly hash: Uint8Array
  readonly atMs: number
}

/** With whose key, and for which conference. */
export interface Signer {
  readonly conferenceId: Uint8Array
  readonly signingKey: SigningKey
  readonly meter: Meter | undefined
}

/** Everything of a frame before its commit: what the ciphertext is bound to. */
export function frontOf(header: Uint8Array, frame: Omit<LoggedFrame, 'commit' | 'ciphertext'>): Uint8Array {
  return concat(header, u32(frame.incarnation), frame.previousHash, u64(frame.atMs))
}

export function sealText(
  front: Uint8Array,
  sequence: bigint,
  key: AeadKey,
  plaintext: Uint8Array,
): Uint8Array {
  return sealAt(key, sequence, plaintext, front)
}

/** @throws ChartsealError `open/failed` */
export function openText(
  frame: Uint8Array,
  sequence: bigint,
  key: AeadKey,
  ciphertext: Uint8Array,
): Uint8Array {
  return openAt(key, sequence, ciphertext, frame.subarray(0, frontBytes))
}

export function encodeLogged(
  front: Uint8Array,
  commit: Uint8Array,
  ciphertext: Uint8Array,
  signer: Signer,
): Uint8Array {
  return signed('broadcast', concat(front, u32(commit.length), commit, ciphertext), signer)
}

/** `null` for bytes that are none; the signature is not looked at. The parts are views. */
export function parseLogged(frame: Uint8Array): LoggedFrame | null {
  const reader = new FieldReader(frame, headerBytes)
  const incarnation = reader.u32()
  const previousHash = reader.bytes(hashBytes)
  const atMs = Number(reader.u64())
  const commit = reader.bytes(reader.u32())
  const ciphertext = reader.until(signatureBytes)
  reader.bytes(signatureBytes)
  if (!reader.isWhole || !Number.isSafeInteger(atMs)) return null
  return { incarnation, previousHash, atMs, commit, ciphertext }
}

export function encodeNotice(
  kind: 'head' | 'end',
  header: Uint8Array,
  { incarnation, hash, atMs }: Notice,
  signer: Signer,
): Uint8Array {
  return signed(kind, concat(header, u32(incarnation), hash, u64(atMs)), signer)
}

/** `null` for bytes that are none; the signature is not looked at. */
export function parseNotice(frame: Uint8Array): Notice | null {
  const reader = new FieldReader(frame, headerBytes)
  const incarnation = reader.u32()
  const hash = reader.bytes(hashBytes)
  const atMs = Number(reader.u64())
  reader.bytes(signatureBytes)
  return reader.isWhole && Number.isSafeInteger(atMs) ? { incarnation, hash, atMs } : null
}

function signed(kind: SignedKind, body: Uint8Array, { conferenceId, signingKey, meter }: Signer): Uint8Array {
  const message = concat(domains[kind], conferenceId, body)
  return concat(
    body,
    measured(meter, 'sign', () => sign(signingKey, message)),
  )
}

/** Whether the doctor of this conference signed the frame, as one of this kind. */
export function isSigned(
  kind: SignedKind,
  frame: Uint8Array,
  conferenceId: Uint8Array,
  key: VerifyingKey,
  meter: Meter | undefined,
): boolean {
  const split = Math.max(0, frame.length - signatureBytes)
  const message = concat(domains[kind], conferenceId, frame.subarray(0, split))
  return measured(meter, 'verify', () => verify(key, message, frame.subarray(split)))
}
