/** What a relay reads of a hello: its fields in clear. Byte table: docs/spec/host-link.md. */
import { badFrame, decodeHeader, flags, type Header, opcodes } from '../frames/header.js'

const conferenceIdBytes = 16
const conferenceAt = 16
const sentAtAt = 32
const cookieLengthAt = 40

export interface ReadHello {
  readonly header: Header
  readonly isResume: boolean
  /** Views of the frame. */
  readonly conference: Uint8Array
  readonly sentAtMs: number
  readonly cookie: Uint8Array
  readonly answer: Uint8Array
  /** Where the answer to the puzzle begins, its length included, and where it ends. */
  readonly answerAt: number
  readonly answerEnd: number
}

/** By its opcode alone. */
export function isHello(frame: Uint8Array): boolean {
  return frame[1] === opcodes.hello
}

/** Of a hello, by its flags alone: nothing shows that its ticket is one. */
export function isResume(hello: Uint8Array): boolean {
  return hello[2] === flags.resume
}

/** @throws ChartsealError `conference/bad-frame` */
export function readHello(frame: Uint8Array): ReadHello {
  const header = decodeHeader(frame)
  if (header.opcode !== opcodes.hello) throw badFrame('it is no hello')
  const cookie = prefixed(frame, cookieLengthAt)
  const answerAt = cookieLengthAt + 1 + cookie.length
  const answer = prefixed(frame, answerAt)
  const answerEnd = answerAt + 1 + answer.length
  if (answerEnd >= frame.length) throw badFrame('it ends before its handshake')
  const sentAt = new DataView(frame.buffer, frame.byteOffset, frame.length).getBigUint64(sentAtAt)
  return {
    header,
    isResume: header.flags === flags.resume,
    conference: frame.subarray(conferenceAt, conferenceAt + conferenceIdBytes),
    sentAtMs: Number(sentAt),
    cookie,
    answer,
    answerAt,
    answerEnd,
  }
}

/** Bytes behind a length of one byte. */
function prefixed(frame: Uint8Array, at: number): Uint8Array {
  const length = frame[at]
  if (length === undefined || at + 1 + length > frame.length) throw badFrame('it is cut off')
  return frame.subarray(at + 1, at + 1 + length)
}
