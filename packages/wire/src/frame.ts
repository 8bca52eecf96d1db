import { concat, fromBigIntBE, toBigIntBE } from '@chartseal/core/bytes'
import { plaintextSizeBytes } from '@chartseal/core/chunked'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { requireText } from './body.js'
import { messageError } from './errors.js'
import { minPaddedBytes } from './padding.js'

export const headerBytes = 19
const kidBytes = 8
/** A whole message in memory; refused before any work. */
export const maxMessageBytes: number = 16 * 1024 * 1024

/** In clear, and authenticated. */
export interface Header {
  /** Names the key, 8 bytes. */
  readonly kid: Uint8Array
  /** u64, from 0 for each key. */
  readonly counter: bigint
}

/** Authenticated and never on the wire: both sides must know them. */
export interface Binding {
  readonly patientId: string
  readonly thread: string
  readonly sender: string
  readonly recipient: string
}

/** @throws TypeError, RangeError unless the key id has 8 bytes and the counter is a u64 */
export function formatHeader({ kid, counter }: Header): Uint8Array {
  if (!(kid instanceof Uint8Array)) throw new TypeError('kid must be a Uint8Array')
  if (kid.length !== kidBytes) throw new RangeError('kid must have 8 bytes')
  if (typeof counter !== 'bigint') throw new TypeError('counter must be a bigint')
  return concat(Uint8Array.of(2, 1, 0), kid, fromBigIntBE(counter, 8))
}

/** @throws ChartsealError `message/too-large`, `message/malformed`, `message/unsupported`, in this order */
export function readHeader(message: Uint8Array): Header {
  if (message.length > maxMessageBytes)
    throw messageError('message/too-large', { limitBytes: maxMessageBytes })
  const header = readFront(message)
  if (paddedBytesOf(message) < minPaddedBytes) throw messageError('message/malformed', { stage: 'length' })
  return header
}

/**
 * The header of a message or attachment of which only the front is at hand, 19 bytes or more.
 * @throws ChartsealError `message/malformed`, `message/unsupported`
 */
export function readFront(front: Uint8Array): Header {
  if (front.length < headerBytes) throw messageError('message/malformed', { stage: 'length' })
  const known = { version: 2, suite: 1, flags: 0 } as const
  for (const [at, field] of (['version', 'suite', 'flags'] as const).entries()) {
    if (front[at] !== known[field]) throw messageError('message/unsupported', { field })
  }
  return { kid: front.slice(3, 11), counter: toBigIntBE(front.subarray(11, headerBytes)) }
}

/** Size of body and padding together. @throws ChartsealError `message/malformed` */
export function paddedBytesOf(message: Uint8Array): number {
  try {
    return plaintextSizeBytes(message.length - headerBytes)
  } catch {
    throw messageError('message/malformed', { stage: 'length' })
  }
}

const maxAssertionBytes = 0xffff
const label = encodeUtf8('chartseal/message/v2')

const assertions = ['patientId', 'thread', 'sender', 'recipient'] as const

/** Context of the encryption. @throws TypeError for a field that is not a string; RangeError above 65,535 bytes */
export function contextOf(header: Uint8Array, binding: Binding): Uint8Array {
  return concat(label, header, ...assertions.flatMap(name => assertion(name, binding[name])))
}

function assertion(name: string, text: string): readonly Uint8Array[] {
  requireText(name, text)
  const bytes = encodeUtf8(text)
  if (bytes.length > maxAssertionBytes)
    throw new RangeError(`${name} must have at most ${maxAssertionBytes} bytes`)
  return [fromBigIntBE(BigInt(bytes.length), 2), bytes]
}
