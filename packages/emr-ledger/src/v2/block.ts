/** A block as it travels and is stored: docs/spec/ledger-v2.md, "Block". */
import { equal } from '@chartseal/core/bytes'
import { decodeCborViews, encodeCbor } from '@chartseal/core/encoding'
import { defaultEngine, type Engine } from '@chartseal/core/engine'
import { ChartsealError } from '@chartseal/core/errors'
import { inclusionProof, inclusionRanges, leafHash, nodeHash, treeRoot } from '@chartseal/core/merkle'
import { blockError, isRefusal } from './errors-state.js'
import { decodeHeader, headerBytes, type ReadHeader } from './header.js'
import { decodeRecord, type LedgerRecord } from './record.js'

export interface Block {
  readonly bytes: Uint8Array
  readonly header: ReadHeader
  /** Deterministic CBOR of the seal rule in force; not covered by the id; at most 64 KiB. */
  readonly seal: Uint8Array
  /** At most 25, as in version 1. */
  readonly records: readonly LedgerRecord[]
}

export const maxBlockRecords = 25
export const maxBlockBytes = 1_048_576
export const maxSealBytes = 65_536

/** The bytes of a block: CBOR list of the header, the seal and the records. @throws RangeError for too much of them */
export function encodeBlock(block: Pick<Block, 'header' | 'seal' | 'records'>): Uint8Array {
  if (block.records.length > maxBlockRecords)
    throw new RangeError(`records must be at most ${maxBlockRecords}`)
  if (block.seal.length > maxSealBytes) throw new RangeError(`seal must have at most ${maxSealBytes} bytes`)
  const bytes = encodeCbor([block.header.bytes, block.seal, block.records.map(record => record.bytes)])
  if (bytes.length > maxBlockBytes) throw new RangeError(`a block must have at most ${maxBlockBytes} bytes`)
  return bytes
}

/** A block of its parts. @throws RangeError as {@link encodeBlock} */
export function blockOf(header: ReadHeader, seal: Uint8Array, records: readonly LedgerRecord[]): Block {
  return { bytes: encodeBlock({ header, seal, records }), header, seal, records }
}

/**
 * Reads a block strictly. Nothing of it is verified yet.
 * @throws ChartsealError `ledger/bad-block`, `ledger/bad-header`, `ledger/bad-block-record`
 */
export function decodeBlock(bytes: Uint8Array, engine: Engine = defaultEngine()): Block {
  if (bytes.length > maxBlockBytes) throw blockError('ledger/bad-block', { reason: 'size' })
  const own = Uint8Array.from(bytes)
  const [header, seal, records, ...more] = partsOf(own)
  if (!(header instanceof Uint8Array) || header.length !== headerBytes)
    throw blockError('ledger/bad-block', { reason: 'header' })
  if (!(seal instanceof Uint8Array) || seal.length > maxSealBytes)
    throw blockError('ledger/bad-block', { reason: 'seal' })
  if (!Array.isArray(records) || records.length > maxBlockRecords || more.length > 0)
    throw blockError('ledger/bad-block', { reason: 'records' })
  return {
    bytes: own,
    header: decodeHeader(header, engine),
    seal: Uint8Array.from(seal),
    records: records.map((record, index) => naming(index, () => decodeRecord(bytesOf(record)))),
  }
}

function partsOf(bytes: Uint8Array): readonly unknown[] {
  try {
    const value = decodeCborViews(bytes)
    if (Array.isArray(value)) return value
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
  }
  throw blockError('ledger/bad-block', { reason: 'encoding' })
}

function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return Uint8Array.from(value)
  throw blockError('ledger/bad-block', { reason: 'records' })
}

/** Adds the index to whatever a record is refused with. */
export function naming<Result>(index: number, step: () => Result): Result {
  try {
    return step()
  } catch (error) {
    if (!isRefusal(error)) throw error
    throw blockError('ledger/bad-block-record', { index, cause: error.code, reason: error.message })
  }
}

const leavesOf = (records: readonly Pick<LedgerRecord, 'wtxid'>[], engine: Engine): Uint8Array[] =>
  records.map(({ wtxid }) => leafHash(wtxid, engine))

/** The RFC 6962 root over the wtxids; SHA-256 of nothing where there are none. */
export function recordsRoot(
  records: readonly Pick<LedgerRecord, 'wtxid'>[],
  engine: Engine = defaultEngine(),
): Uint8Array {
  return treeRoot(leavesOf(records, engine), engine)
}

/** Where the neighbour of a step stands; the first byte of a step, before the 32 of its hash. */
const [onTheLeft, onTheRight] = [0, 1]
const stepBytes = 33
/** Of 25 records; no proof has more steps. */
export const maxRecordSteps = 5

/**
 * The proof that the record at `place` (from 0) is in this block: the neighbours on its way up, the lowest first, each
 * 33 bytes: 0x00 for a neighbour on the left, 0x01 for one on the right, and its hash. It does not say the place, which
 * a root alone does not fix either.
 * @throws RangeError for a place that the block does not have
 */
export function recordProof(
  block: Pick<Block, 'records'>,
  place: number,
  engine: Engine = defaultEngine(),
): readonly Uint8Array[] {
  const ranges = inclusionRanges(place, block.records.length)
  const hashes = inclusionProof(leavesOf(block.records, engine), place, engine)
  return hashes.map((hash, i) => {
    const step = new Uint8Array(stepBytes)
    step[0] = (ranges[i]?.from ?? 0) > place ? onTheRight : onTheLeft
    step.set(hash, 1)
    return step
  })
}

/** Whether a record with this wtxid is below this records root. Nothing of it needs to be well-formed. */
export function verifyRecordProof(
  root: Uint8Array,
  wtxid: Uint8Array,
  proof: readonly Uint8Array[],
  engine: Engine = defaultEngine(),
): boolean {
  const isStep = (step: Uint8Array): boolean => step.length === stepBytes && (step[0] ?? 2) <= onTheRight
  if (wtxid.length !== 32 || proof.length > maxRecordSteps || !proof.every(isStep)) return false
  const climb = (hash: Uint8Array, step: Uint8Array): Uint8Array =>
    step[0] === onTheLeft
      ? nodeHash(step.subarray(1), hash, engine)
      : nodeHash(hash, step.subarray(1), engine)
  return equal(proof.reduce(climb, leafHash(wtxid, engine)), root)
}
