/** The first 16 bytes of a frame (docs/spec/noise.md, "Frames"). */
import { conferenceError } from '../conference-errors.js'
import type { Suite } from '../noise/dh.js'

const protocolVersion = 2
export const headerBytes = 16
/** Largest frame, its header included, before whoever sends it is a member, and of a member. */
export const maxFrameBytesBefore: number = 64 * 1024
export const maxFrameBytesOfMembers: number = 1024 * 1024

export const opcodes = {
  hello: 5,
  verification: 10,
  ticket: 20,
  groupKey: 30,
  /** A broadcast where it is signed, a direct message otherwise. */
  message: 40,
  received: 50,
  disconnect: 60,
  alreadyActive: 70,
  blocked: 80,
  exit: 90,
} as const

export type Opcode = (typeof opcodes)[keyof typeof opcodes]

export const flags = {
  resume: 1,
  emergency: 2,
  head: 4,
  /** For all: signed, and in the log unless it is a head. */
  signed: 8,
  /** Without a session, so that nothing vouches for it. */
  clear: 16,
} as const

const { resume, emergency, head, signed, clear } = flags

/** The flags that an opcode has, all of them together. */
const combinations: ReadonlyMap<Opcode, readonly number[]> = new Map<Opcode, readonly number[]>([
  [opcodes.hello, [0, resume]],
  [opcodes.verification, [0]],
  [opcodes.ticket, [0]],
  [opcodes.groupKey, [0, signed]],
  [opcodes.message, [0, emergency, signed, signed | emergency, signed | head]],
  [opcodes.received, [0]],
  [opcodes.disconnect, [0, clear, signed]],
  [opcodes.alreadyActive, [0]],
  [opcodes.blocked, [0]],
  [opcodes.exit, [0]],
])

const opcodeOf: ReadonlyMap<number, Opcode> = new Map([...combinations.keys()].map(code => [code, code]))
const suiteIds: Readonly<Record<Suite, number>> = { '25519': 1, ffdhe3072: 2 }
const suiteOf: ReadonlyMap<number, Suite> = new Map<number, Suite>([
  [suiteIds['25519'], '25519'],
  [suiteIds.ffdhe3072, 'ffdhe3072'],
])

export interface Header {
  readonly opcode: Opcode
  /** The sum of `flags`. */
  readonly flags: number
  readonly suite: Suite
  readonly epoch: number
  /** u64 */
  readonly sequence: bigint
}

/** What reads the payload of a frame. */
export type FrameKind = 'hello' | 'session' | 'signed' | 'head' | 'clear'

/** What kind of frame a header announces. */
export function frameKindOf(header: Header): FrameKind {
  if (header.opcode === opcodes.hello) return 'hello'
  if ((header.flags & head) !== 0) return 'head'
  if ((header.flags & signed) !== 0) return 'signed'
  return (header.flags & clear) !== 0 ? 'clear' : 'session'
}

/** @throws RangeError for what the format has no place for, and for flags that the opcode does not have */
export function encodeHeader({ opcode, flags, suite, epoch, sequence }: Header): Uint8Array {
  if (!combinations.get(opcode)?.includes(flags))
    throw new RangeError(`opcode ${opcode} must not have the flags ${flags}`)
  if (!Number.isInteger(epoch) || epoch < 0 || epoch > 0xffff_ffff)
    throw new RangeError('epoch must be a u32')
  if (sequence < 0n || sequence >> 64n !== 0n) throw new RangeError('sequence must be a u64')
  const bytes = new Uint8Array(headerBytes)
  const view = new DataView(bytes.buffer)
  bytes.set([protocolVersion, opcode, flags, suiteIds[suite]])
  view.setUint32(4, epoch)
  view.setBigUint64(8, sequence)
  return bytes
}

/** The header of a frame, whose payload is not looked at. @throws ChartsealError `conference/bad-frame` */
export function decodeHeader(frame: Uint8Array): Header {
  if (frame.length < headerBytes) throw badFrame('it is shorter than a header')
  const [version = 0, code = 0, flags = 0, suiteId = 0] = frame
  if (version !== protocolVersion) throw badFrame(`version ${version}`)
  const opcode = opcodeOf.get(code)
  if (opcode === undefined) throw badFrame(`opcode ${code}`)
  if (!combinations.get(opcode)?.includes(flags)) throw badFrame(`opcode ${code} with flags ${flags}`)
  const suite = suiteOf.get(suiteId)
  if (suite === undefined) throw badFrame(`suite ${suiteId}`)
  const view = new DataView(frame.buffer, frame.byteOffset, headerBytes)
  return { opcode, flags, suite, epoch: view.getUint32(4), sequence: view.getBigUint64(8) }
}

/** A view of what is behind the header. */
export function payloadOf(frame: Uint8Array): Uint8Array {
  return frame.subarray(headerBytes)
}

/** @throws ChartsealError `conference/frame-too-large` */
export function requireFrameSize(sizeBytes: number, limitBytes: number): void {
  if (sizeBytes > limitBytes) throw conferenceError('conference/frame-too-large', { sizeBytes, limitBytes })
}

/** @internal */
export const badFrame = (reason: string): Error => conferenceError('conference/bad-frame', { reason })
