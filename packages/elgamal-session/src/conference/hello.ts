/** Opcode 5, the patient's: what the relay and the core read of it before any key is used. */
import { concat } from '@chartseal/core/bytes'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { flags, headerBytes } from '../frames.js'
import { FieldReader, short, u16, u64 } from './byte-fields.js'

const domain = encodeUtf8('chartseal/conference/v2')
const prologueHeaderBytes = 8
const conferenceIdBytes = 16

/** What follows the header of a patient's opcode 5. */
export interface Hello {
  readonly conferenceId: Uint8Array
  readonly sentAtMs: number
  /** Empty, or what a refusal asked for; at most 255 bytes each. */
  readonly cookie: Uint8Array
  readonly puzzleAnswer: Uint8Array
  /** `null` without flag RESUME. */
  readonly ticket: Uint8Array | null
  readonly message: Uint8Array
}

export function encodeHello(header: Uint8Array, hello: Hello): Uint8Array {
  const { conferenceId, sentAtMs, cookie, puzzleAnswer, ticket, message } = hello
  const resumption = ticket === null ? [] : [u16(ticket.length), ticket]
  return concat(
    header,
    conferenceId,
    u64(sentAtMs),
    short(cookie),
    short(puzzleAnswer),
    ...resumption,
    message,
  )
}

/** `null` for bytes that are none. The parts are views. */
export function parseHello(frame: Uint8Array, headerFlags: number): Hello | null {
  const reader = new FieldReader(frame, headerBytes)
  const conferenceId = reader.bytes(conferenceIdBytes)
  const sentAtMs = Number(reader.u64())
  const cookie = reader.bytes(reader.u8())
  const puzzleAnswer = reader.bytes(reader.u8())
  const ticket = (headerFlags & flags.resume) === 0 ? null : reader.bytes(reader.u16())
  const message = reader.until(0)
  if (!reader.isWhole || !Number.isSafeInteger(sentAtMs)) return null
  return { conferenceId, sentAtMs, cookie, puzzleAnswer, ticket, message }
}

/** What both sides of a handshake agree on without sending it. `header` is that of the hello. */
export function prologueOf(header: Uint8Array, conferenceId: Uint8Array, sentAtMs: number): Uint8Array {
  return concat(domain, header.subarray(0, prologueHeaderBytes), conferenceId, u64(sentAtMs))
}

/** What stands before the first frame in the chain of hashes: its SHA-256 is the first "previous hash". */
export function chainStart(conferenceId: Uint8Array): Uint8Array {
  return concat(domain, conferenceId)
}
