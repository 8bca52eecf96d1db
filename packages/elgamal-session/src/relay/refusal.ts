/** Opcode 60 in clear: why somebody is refused, and what to do. Nothing vouches for it, so it is good for one try. */
import { concat } from '@chartseal/core/bytes'
import { CborFields } from '@chartseal/core/cbor'
import { decodeCbor, encodeCbor } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { badFrame, decodeHeader, encodeHeader, flags, opcodes, payloadOf } from '../frames/header.js'

/** The words of relays and cores; readers take one that they do not know for `busy`. */
const reasons: ReadonlySet<string> = new Set([
  'behind',
  'busy',
  'clock',
  'cookie',
  'dropped',
  'elsewhere',
  'ended',
  'log',
  'malformed',
  'no-host',
  'puzzle',
  'refused',
  'restart',
  'silent',
  'ticket',
  'too-large',
  'too-many',
])

export interface Refusal {
  /** A word, such as `clock`. */
  readonly reason: string
  /** The time of whoever refuses; good for one retry. */
  readonly nowMs: number
  /** After so long another try makes sense. */
  readonly retryMs: number
  /** To be sent with the next hello. */
  readonly cookie?: Uint8Array
  /** Leading zero bits that the answer to the puzzle must have. */
  readonly puzzleBits?: number
}

const maxReasonBytes = 32
const maxCookieBytes = 255
/** Beyond this nobody should work for a hello: about 65,536 hashes, at the word of whoever answers. */
export const maxPuzzleBits = 16

export function encodeRefusal({ reason, nowMs, retryMs, cookie, puzzleBits }: Refusal): Uint8Array {
  const header = {
    opcode: opcodes.disconnect,
    flags: flags.clear,
    suite: '25519',
    epoch: 0,
    sequence: 0n,
  } as const
  const must = { reason, now: nowMs, retry_ms: retryMs }
  const withCookie = cookie === undefined ? must : { ...must, cookie }
  const all = puzzleBits === undefined ? withCookie : { ...withCookie, puzzle: puzzleBits }
  return concat(encodeHeader(header), encodeCbor(all))
}

/** @throws ChartsealError `conference/bad-frame` */
export function decodeRefusal(frame: Uint8Array): Refusal {
  const { opcode, flags: given } = decodeHeader(frame)
  if (opcode !== opcodes.disconnect || given !== flags.clear) throw badFrame('it is no refusal')
  try {
    const fields = new CborFields(
      decodeCbor(payloadOf(frame)),
      ['reason', 'now', 'retry_ms'],
      ['cookie', 'puzzle'],
    )
    const must = {
      reason: knownOf(fields.text('reason', maxReasonBytes)),
      nowMs: fields.count('now'),
      retryMs: fields.count('retry_ms'),
    }
    const withCookie = fields.has('cookie')
      ? { ...must, cookie: fields.bytesWithin('cookie', 1, maxCookieBytes) }
      : must
    return fields.has('puzzle')
      ? { ...withCookie, puzzleBits: fields.count('puzzle', maxPuzzleBits, 1) }
      : withCookie
  } catch (error) {
    if (error instanceof ChartsealError && /^(cbor|encoding)\//.test(error.code))
      throw badFrame('its payload')
    throw error
  }
}

/** What a frame tells somebody to come again after, for whom there was no room; `null` for any other frame. */
export function busyMsIn(frame: Uint8Array): number | null {
  try {
    const { reason, retryMs } = decodeRefusal(frame)
    return reason === 'busy' ? retryMs : null
  } catch (error) {
    if (error instanceof ChartsealError) return null
    throw error
  }
}

function knownOf(word: string): string {
  return reasons.has(word) ? word : 'busy'
}
