import { concat, fromBigIntBE, toBigIntBE } from '@chartseal/core/bytes'
import { plaintextSizeBytes } from '@chartseal/core/chunked'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { messageError } from './errors.js'

export const headerBytes = 19
export const kidBytes = 8
/** A whole message in memory; refused before any work. */
export const maxMessageBytes: number = 16 * 1024 * 1024
const minPaddedBytes = 256

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

/** @throws RangeError unless the key id has 8 bytes and the counter is a u64 */
export function formatHeader({ kid, counter }: Header): Uint8Array {
  if (kid.length !== kidBytes) throw new RangeError('a key id has 8 bytes')
  return concat(Uint8Array.of(2, 1, 0), kid, fromBigIntBE(counter, 8))
}

/** @throws ChartsealError `message/too-large`, `message/malformed`, `message/unsupported`, in this order */
export function readHeader(message: Uint8Array): Header {
  if (message.length > maxMessageBytes)
    throw messageError('message/too-large', { limitBytes: maxMessageBytes })
  if (message.length < headerBytes) throw messageError('message/malformed', { stage: 'length' })
  const known = { version: 2, suite: 1, flags: 0 } as const
  for (const [at, field] of (['version', 'suite', 'flags'] as const).entries()) {
    if (message[at] !== known[field]) throw messageError('message/unsupported', { field })
  }
  if (paddedBytesOf(message) < minPaddedBytes) throw messageError('message/malformed', { stage: 'length' })
  return { kid: message.slice(3, 11), counter: toBigIntBE(message.subarray(11, headerBytes)) }
}

/** Size of body and padding together. @throws ChartsealError `message/malformed` */
export function paddedBytesOf(message: Uint8Array): number {
  try {
    return plaintextSizeBytes(message.length - headerBytes)
  } catch {
    throw messageError('message/malformed', { stage: 'length' })
  }
}

const label = encodeUtf8('chartseal/message/v2')

/** Context of the encryption. @throws RangeError for an assertion above 65,535 bytes */
export function contextOf(header: Uint8Array, { patientId, thread, sender, recipient }: Binding): Uint8Array {
  const assertions = [patientId, thread, sender, recipient].map(encodeUtf8)
  return concat(label, header, ...assertions.flatMap(bytes => [fromBigIntBE(BigInt(bytes.length), 2), bytes]))
}

/** Padmé: at most 12 % more, and few different lengths. */
function padme(sizeBytes: number): number {
  const exponent = Math.floor(Math.log2(sizeBytes))
  const step = 2 ** Math.max(0, exponent - Math.floor(Math.log2(Math.max(1, exponent))) - 1)
  return Math.ceil(sizeBytes / step) * step
}

export function pad(body: Uint8Array): Uint8Array {
  const padded = new Uint8Array(Math.max(minPaddedBytes, padme(body.length + 1)))
  padded.set(body)
  padded[body.length] = 0x80
  return padded
}

/** Strips zeros and one 0x80; `null` when there is none. */
export function unpad(padded: Uint8Array): Uint8Array | null {
  let end = padded.length - 1
  while (end >= 0 && padded[end] === 0) end--
  return padded[end] === 0x80 ? padded.slice(0, end) : null
}
