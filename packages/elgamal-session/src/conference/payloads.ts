/** The plaintexts of session frames, of the answer to a hello and of a refusal: deterministic CBOR. */
import { CborFields, fieldOf } from '@chartseal/core/cbor'
import { type CborValue, decodeCbor, encodeCbor } from '@chartseal/core/encoding'
import { hashBytes } from './signed-frame.js'
import { maxTextBytes } from './text.js'

/** Payload of the Noise message that answers a hello. */
export interface Welcome {
  /** The core's clock. */
  readonly nowMs: number
  readonly epoch: number
  readonly maxTextBytes: number
}

export function encodeWelcome({ nowMs, epoch, maxTextBytes: text }: Welcome): Uint8Array {
  return encodeCbor({ now: nowMs, epoch, limits: { text } })
}

/** @throws ChartsealError `encoding/invalid`, `cbor/invalid`, as everything that reads here */
export function parseWelcome(bytes: Uint8Array): Welcome {
  const fields = CborFields.decode(bytes, ['now', 'epoch', 'limits'])
  const limits = fields.map('limits', ['text'])
  const maxTextBytes = limits.count('text')
  return { nowMs: fields.count('now'), epoch: fields.count('epoch', 0xffff_ffff), maxTextBytes }
}

/** Opcode 10. */
export interface Verification {
  readonly handshakeHash: Uint8Array
  /** Of the newest frame for all that they have; 0n without one. */
  readonly sequence: bigint
  /** Of the newest direct message of the doctor that they have. */
  readonly heard: bigint
  /** They come to say that they left, and for nothing else. */
  readonly isGoodbye: boolean
}

export function encodeVerification(verification: Verification): Uint8Array {
  const { handshakeHash, sequence, heard, isGoodbye } = verification
  const must = { h: handshakeHash, seq: sequence, heard }
  return encodeCbor(isGoodbye ? { ...must, leave: 1 } : must)
}

export function parseVerification(bytes: Uint8Array): Verification {
  const fields = new CborFields(decodeCbor(bytes), ['h', 'seq', 'heard'], ['leave'])
  return {
    handshakeHash: fields.bytes('h', hashBytes),
    sequence: fields.integer('seq'),
    heard: fields.integer('heard'),
    isGoodbye: fields.has('leave') && fields.count('leave', 1, 1) === 1,
  }
}

/** Opcode 20. */
export interface TicketGrant {
  readonly ticket: Uint8Array
  /** They are given what was said behind this sequence. */
  readonly since: bigint
  /** Of the newest direct message that the doctor has of them. */
  readonly heard: bigint
}

export function encodeTicketGrant({ ticket, since, heard }: TicketGrant): Uint8Array {
  return encodeCbor({ ticket, since, heard })
}

const maxTicketBytes = 1_024

export function parseTicketGrant(bytes: Uint8Array): TicketGrant {
  const fields = CborFields.decode(bytes, ['ticket', 'since', 'heard'])
  const ticket = fields.bytesWithin('ticket', 1, maxTicketBytes)
  return { ticket, since: fields.integer('since'), heard: fields.integer('heard') }
}

/** The key of the broadcasts of one epoch, for who was away then. */
export interface PastEpoch {
  readonly epoch: number
  readonly first: bigint
  readonly key: Uint8Array
}

/** A place in the chain of frames. */
export interface ChainPlace {
  readonly sequence: bigint
  readonly hash: Uint8Array
}

/** Opcode 30 of a session. */
export interface GroupKeys {
  /** Where the frames that follow begin: behind this one. `null` where they go on as they were. */
  readonly after: ChainPlace | null
  /** Of the core: frames and heads of another one mean that it started anew. */
  readonly incarnation: number
  /** The newest frame, and when that was so. */
  readonly head: ChainPlace & { readonly atMs: number }
  /** Of the key tree; absent for a newcomer before the next commit. */
  readonly path: Uint8Array | null
  readonly epochs: readonly PastEpoch[]
}

const placeValue = ({ sequence, hash }: ChainPlace): { seq: bigint; hash: Uint8Array } => ({
  seq: sequence,
  hash,
})

export function encodeGroupKeys({ incarnation, after, head, path, epochs }: GroupKeys): Uint8Array {
  const value: { [field: string]: CborValue } = {
    incarnation,
    head: { ...placeValue(head), at: head.atMs },
    epochs: epochs.map(({ epoch, first, key }) => ({ epoch, first, key })),
  }
  if (after !== null) value['after'] = placeValue(after)
  if (path !== null) value['path'] = path
  return encodeCbor(value)
}

export function parseGroupKeys(bytes: Uint8Array): GroupKeys {
  const fields = new CborFields(decodeCbor(bytes), ['incarnation', 'head', 'epochs'], ['after', 'path'])
  const head = fields.map('head', ['seq', 'hash', 'at'])
  return {
    incarnation: fields.count('incarnation', 0xffff_ffff),
    after: fields.has('after') ? placeIn(fields.map('after', ['seq', 'hash'])) : null,
    head: { ...placeIn(head), atMs: head.count('at') },
    path: fields.has('path') ? fields.bytes('path') : null,
    epochs: fields.maps('epochs', ['epoch', 'first', 'key']).map(one => ({
      epoch: one.count('epoch', 0xffff_ffff),
      first: one.integer('first'),
      key: one.bytes('key', 32),
    })),
  }
}

function placeIn(fields: CborFields): ChainPlace {
  return { sequence: fields.integer('seq'), hash: fields.bytes('hash', hashBytes) }
}

/** Opcode 40 of a session, either way. */
export interface Direct {
  readonly id: bigint
  readonly text: string
}

export function encodeDirect({ id, text }: Direct): Uint8Array {
  return encodeCbor({ id, text })
}

export function parseDirect(bytes: Uint8Array): Direct {
  const fields = CborFields.decode(bytes, ['id', 'text'])
  return { id: fields.integer('id'), text: fields.text('text', maxTextBytes) }
}

/** Opcode 50: everything up to a sequence for all, or a direct message up to its id. */
export type Received = { readonly sequence: bigint } | { readonly direct: bigint }

export function encodeReceived(received: Received): Uint8Array {
  return encodeCbor('direct' in received ? { direct: received.direct } : { seq: received.sequence })
}

export function parseReceived(bytes: Uint8Array): Received {
  const value = decodeCbor(bytes)
  if (fieldOf(value, 'direct') === undefined) {
    return { sequence: new CborFields(value, ['seq']).integer('seq') }
  }
  return { direct: new CborFields(value, ['direct']).integer('direct') }
}

/** Opcode 60 of a session. */
export interface Farewell {
  readonly reason: string
  readonly retryMs: number
}

export function encodeFarewell({ reason, retryMs }: Farewell): Uint8Array {
  return encodeCbor({ reason, retry_ms: retryMs })
}

export function parseFarewell(bytes: Uint8Array): Farewell {
  const fields = CborFields.decode(bytes, ['reason', 'retry_ms'])
  return { reason: fields.text('reason', 64), retryMs: fields.count('retry_ms') }
}

/** Opcode 80: `null` until lifted. */
export function encodeBlocked(seconds: number | null): Uint8Array {
  return encodeCbor(seconds === null ? {} : { seconds })
}

export function parseBlocked(bytes: Uint8Array): number | null {
  const fields = new CborFields(decodeCbor(bytes), [], ['seconds'])
  return fields.has('seconds') ? fields.count('seconds') : null
}

/** Opcodes 70 and 90 say nothing more. */
export function encodeNothing(): Uint8Array {
  return encodeCbor({})
}

export function parseNothing(bytes: Uint8Array): void {
  CborFields.decode(bytes, [])
}

/** The plaintext of a broadcast. */
export function encodeBroadcast(text: string): Uint8Array {
  return encodeCbor({ text })
}

export function parseBroadcast(bytes: Uint8Array): string {
  return CborFields.decode(bytes, ['text']).text('text', maxTextBytes)
}
