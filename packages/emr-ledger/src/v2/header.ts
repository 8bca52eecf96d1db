/** The header of a block, 244 bytes: docs/spec/ledger-v2.md, "Header". */
import { concat, fromBigIntLE, toBigIntBE } from '@chartseal/core/bytes'
import { defaultEngine, type Engine } from '@chartseal/core/engine'
import { blockError } from './errors-state.js'

/** Integers stand little-endian, in this order after a version u32 (2); the nonce is last. */
export interface Header {
  /** 32 bytes. */
  readonly ledger: Uint8Array
  /** u64; block 0 stands for the genesis. */
  readonly height: bigint
  /** Id of the block before, 32 bytes; zeros in block 0. */
  readonly previous: Uint8Array
  /** RFC 6962 root over the wtxids, 32 bytes. */
  readonly recordsRoot: Uint8Array
  /** Root of the state after this block, 32 bytes. */
  readonly stateRoot: Uint8Array
  /** u64 seconds. */
  readonly timestamp: bigint
  /** u128; 1 where nothing is mined. */
  readonly difficulty: bigint
  /** kid of whoever seals, 32 bytes. */
  readonly sealer: Uint8Array
  /** 40 bytes, zero when unused. */
  readonly extra: Uint8Array
  /** u64 */
  readonly nonce: bigint
}

/** A header as it was read. */
export interface ReadHeader extends Header {
  readonly bytes: Uint8Array
  /** SHA-256 of the 244 bytes. */
  readonly id: Uint8Array
}

export const headerBytes = 244
export const headerVersion = 2
export const extraBytes = 40
const idBytes = 32

/**
 * The 244 bytes; the last eight are the nonce, so that a search hashes what comes before once.
 * @throws RangeError for a length or number that does not fit
 */
export function encodeHeader(header: Header): Uint8Array {
  if (header.difficulty < 1n) throw new RangeError('difficulty must be at least 1')
  return concat(
    fromBigIntLE(BigInt(headerVersion), 4),
    sized('ledger', header.ledger, idBytes),
    fromBigIntLE(header.height, 8),
    sized('previous', header.previous, idBytes),
    sized('recordsRoot', header.recordsRoot, idBytes),
    sized('stateRoot', header.stateRoot, idBytes),
    fromBigIntLE(header.timestamp, 8),
    fromBigIntLE(header.difficulty, 16),
    sized('sealer', header.sealer, idBytes),
    sized('extra', header.extra, extraBytes),
    fromBigIntLE(header.nonce, 8),
  )
}

/** A header with its bytes and its id. @throws RangeError as {@link encodeHeader} */
export function headerOf(header: Header, engine: Engine = defaultEngine()): ReadHeader {
  return decodeHeader(encodeHeader(header), engine)
}

/** Reads 244 bytes into fresh copies. @throws ChartsealError `ledger/bad-header` */
export function decodeHeader(bytes: Uint8Array, engine: Engine = defaultEngine()): ReadHeader {
  if (bytes.length !== headerBytes) throw blockError('ledger/bad-header', { reason: 'size' })
  const own = Uint8Array.from(bytes)
  const take = taker(own)
  if (take.integer(4) !== BigInt(headerVersion)) throw blockError('ledger/bad-header', { reason: 'version' })
  const header: ReadHeader = {
    ledger: take.bytes(idBytes),
    height: take.integer(8),
    previous: take.bytes(idBytes),
    recordsRoot: take.bytes(idBytes),
    stateRoot: take.bytes(idBytes),
    timestamp: take.integer(8),
    difficulty: take.integer(16),
    sealer: take.bytes(idBytes),
    extra: take.bytes(extraBytes),
    nonce: take.integer(8),
    bytes: own,
    id: engine.sha256(own),
  }
  if (header.difficulty === 0n) throw blockError('ledger/bad-header', { reason: 'difficulty' })
  return header
}

/** How many headers the median time past looks back on. */
export const medianTimeHeaders = 11

/** What registrars said of a sequencer's clock that was ahead: the roster has it. */
export interface ClockReset {
  /** The timestamps of blocks up to this height do not count any more. */
  readonly height: bigint
  /** Seconds: what stands in their place. */
  readonly time: bigint
}

/**
 * The earliest that the next block may say: the median of the last 11 timestamps. The oldest stands for those that a young
 * chain lacks, so that five wrong clocks never move it.
 * @param headers the newest first: 11, or all down to block 0; at least one
 * @param reset of the roster in force
 * @throws RangeError without any
 */
export function medianTimePast(
  headers: readonly Pick<Header, 'timestamp' | 'height'>[],
  reset?: ClockReset,
): bigint {
  const counted = headers.filter(({ height }) => reset === undefined || height > reset.height)
  const times = counted.map(({ timestamp }) => timestamp)
  return medianOfTimes(
    reset !== undefined && times.length < medianTimeHeaders ? [...times, reset.time] : times,
  )
}

/** The same of timestamps alone, the newest first. @throws RangeError without any */
export function medianOfTimes(timestamps: readonly bigint[]): bigint {
  const times = timestamps.slice(0, medianTimeHeaders)
  const oldest = times.at(-1)
  if (oldest === undefined) throw new RangeError('timestamps must be one at least')
  while (times.length < medianTimeHeaders) times.push(oldest)
  return times.sort((a, b) => (a < b ? -1 : Number(a > b)))[medianTimeHeaders >> 1] ?? oldest
}

function sized(field: string, bytes: Uint8Array, expectedBytes: number): Uint8Array {
  if (bytes.length !== expectedBytes) throw new RangeError(`${field} must have ${expectedBytes} bytes`)
  return bytes
}

/** Takes the fields one after the other. */
function taker(bytes: Uint8Array) {
  let at = 0
  const next = (sizeBytes: number): Uint8Array => {
    at += sizeBytes
    return bytes.slice(at - sizeBytes, at)
  }
  return {
    bytes: next,
    integer: (sizeBytes: number): bigint => toBigIntBE(next(sizeBytes).reverse()),
  }
}
