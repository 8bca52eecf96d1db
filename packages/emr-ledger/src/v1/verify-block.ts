/** Checks of a block by itself, and of its records against the doctors' nonces. */
import { equal, toBigIntBE } from '@chartseal/core/bytes'
import { encodeHex } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { ledgerError } from '../errors.js'
import {
  type Block,
  blockIdBytes,
  computeBlockId,
  type HashedHeader,
  headerOf,
  maxRecords,
  targetOf,
} from './block.js'
import { u64 } from './numbers.js'
import { hashBytes, type LedgerRecord, type Profile } from './record.js'
import { verifyRecord } from './verify-record.js'

/** Last nonce of each doctor, by doctor hash in hex. A doctor who is not in it stands at 0. */
export type LedgerState = ReadonlyMap<string, bigint>

export interface VerifyOptions {
  /** Default `strict`. */
  readonly profile?: Profile
  /** Default: as `profile`. `seed` inside strict blocks reads an archive, half of whose signatures are high-s. */
  readonly recordProfile?: Profile
  /** Default: whatever the block says. The format has no retarget rule, so a ledger agrees on one. */
  readonly expectedDifficulty?: bigint
}

/**
 * Checks difficulty, record count, lengths, id and work; not the records. The profile `seed` checks in the
 * order in which the seed does, the profile `strict` hashes nothing before the counts and lengths are right.
 * @throws ChartsealError `ledger/difficulty-range`, `ledger/other-difficulty`, `ledger/too-many-records`,
 * `ledger/field-length`, `ledger/number-range`, `ledger/block-id`, `ledger/work`
 */
export function verifyBlock(block: Block, options: VerifyOptions = {}): void {
  const { profile = 'strict', expectedDifficulty: expected } = options
  if (expected !== undefined && block.difficulty !== expected) {
    throw ledgerError('ledger/other-difficulty', { expected, actual: block.difficulty })
  }
  const header = headerOf(block)
  u64('height', block.height)
  if (profile === 'strict') checkHeader(header)
  if (!equal(computeBlockId(header, block.nonce), block.blockId)) {
    throw ledgerError('ledger/block-id', {})
  }
  checkLikeSeed(header)
  if (toBigIntBE(block.blockId) > targetOf(block.difficulty)) throw ledgerError('ledger/work', {})
}

/**
 * Pure: verifies the block and its records in order, and returns the nonces after it; the old state stays valid.
 * @throws ChartsealError what `verifyBlock` gives, and `ledger/block-record`
 */
export function applyBlock(state: LedgerState, block: Block, options: VerifyOptions = {}): LedgerState {
  return new Map([...state, ...nonceChanges(state, block, options)])
}

/**
 * Pure: verifies records in order, as those of a block to be mined, and returns the nonces after them.
 * @throws ChartsealError `ledger/block-record`
 */
export function applyRecords(
  state: LedgerState,
  records: readonly LedgerRecord[],
  profile: Profile = 'strict',
): LedgerState {
  return new Map([...state, ...recordChanges(state, records, profile)])
}

/** The nonces that the block moves, without the rest of the state. @throws as `applyBlock` */
export function nonceChanges(state: LedgerState, block: Block, options: VerifyOptions): LedgerState {
  verifyBlock(block, options)
  return recordChanges(state, block.records, options.recordProfile ?? options.profile ?? 'strict')
}

function recordChanges(state: LedgerState, records: readonly LedgerRecord[], profile: Profile): LedgerState {
  const changes = new Map<string, bigint>()
  for (const [index, record] of records.entries()) {
    const doctor = encodeHex(record.doctorHash)
    const previousNonce = changes.get(doctor) ?? state.get(doctor) ?? 0n
    verifyRecordAt(index, record, previousNonce, profile)
    changes.set(doctor, record.nonce)
  }
  return changes
}

function verifyRecordAt(index: number, record: LedgerRecord, previousNonce: bigint, profile: Profile): void {
  try {
    verifyRecord(record, previousNonce, profile)
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    throw ledgerError('ledger/block-record', { index, cause: error.code, reason: error.message })
  }
}

/**
 * What a block must keep before it is worth mining. Without the exact lengths, a block of three records reads as
 * an empty one with the same id (docs/errata.md, E5).
 * @throws ChartsealError `ledger/difficulty-range`, `ledger/too-many-records`, `ledger/field-length`,
 * `ledger/number-range`
 */
export function checkHeader(header: HashedHeader): void {
  targetOf(header.difficulty)
  u64('timestamp', header.timestamp)
  checkLength('previous block id', header.previous, blockIdBytes)
  for (const txid of header.txids) checkLength('transaction id', txid, blockIdBytes)
  checkLikeSeed(header)
}

function checkLikeSeed(header: HashedHeader): void {
  const count = header.txids.length
  if (count > maxRecords) throw ledgerError('ledger/too-many-records', { count, most: maxRecords })
  checkLength('miner', header.miner, hashBytes)
}

function checkLength(field: string, bytes: Uint8Array, expectedBytes: number): void {
  if (bytes.length !== expectedBytes) {
    throw ledgerError('ledger/field-length', { field, expectedBytes, actualBytes: bytes.length })
  }
}
