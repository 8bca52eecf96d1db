/**
 * Members that cost their own side next to nothing: they say a hello with a mark, the doctor's process lets them in without a
 * handshake, and they look at the numbers of frames and decrypt none. The relay, which has no key, sees no difference.
 */
import { concat, equal } from '@chartseal/core/bytes'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { systemClock, systemRandom } from '@chartseal/core/system'
import { encodeHeader, flags, opcodes } from '@chartseal/elgamal-session/frames'

const mark = encodeUtf8('member-of-a-load')
/** Header, conference and time; cookie and answer follow, each behind its length. */
const fixedBytes = 16 + 16 + 8

/** @param after the number of the newest frame that they have; `null` for somebody new */
export function memberHello(
  conference: Uint8Array,
  after: bigint | null,
  cookie: Uint8Array = new Uint8Array(),
): Uint8Array {
  // Who comes back does so by a ticket, as a patient does: no work is asked for it.
  const given = after === null ? 0 : flags.resume
  const header = encodeHeader({ opcode: opcodes.hello, flags: given, suite: '25519', epoch: 0, sequence: 0n })
  const numbers = new Uint8Array(17)
  const view = new DataView(numbers.buffer)
  view.setBigUint64(0, BigInt(systemClock.nowMs()))
  view.setUint8(8, after === null ? 0 : 1)
  view.setBigUint64(9, after ?? 0n)
  const asked = concat(Uint8Array.of(cookie.length), cookie, Uint8Array.of(0))
  const message = concat(mark, numbers.subarray(8), systemRandom.bytes(71))
  return concat(header, conference, numbers.subarray(0, 8), asked, message)
}

/** What such a hello says; `null` for every other frame. */
export function afterInHello(frame: Uint8Array): { readonly after: bigint | null } | null {
  if (frame[1] !== opcodes.hello) return null
  const cookieEnd = fixedBytes + 1 + (frame[fixedBytes] ?? 0)
  const at = cookieEnd + 1 + (frame[cookieEnd] ?? 0)
  if (frame.length < at + mark.length + 9 || !equal(frame.subarray(at, at + mark.length), mark)) return null
  const view = new DataView(frame.buffer, frame.byteOffset + at + mark.length, 9)
  return { after: view.getUint8(0) === 0 ? null : view.getBigUint64(1) }
}

/** What the doctor's process answers: from here on you are fed. */
export function memberWelcome(after: bigint): Uint8Array {
  return encodeHeader({ opcode: opcodes.ticket, flags: 0, suite: '25519', epoch: 0, sequence: after })
}
