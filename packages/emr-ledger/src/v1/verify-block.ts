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
import { requireBlock, requireHeader, requireRecord } from './fields.js'
import { u64 } from './numbers.js'
import { hashBytes, type LedgerRecord, type Profile } from './record.js'
import { verifyHashedRecord } from './verify-record.js'

/** Last nonce of each doctor, by doctor hash in hex. A doctor who is not in it is at 0. */
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
  requireBlock(block)
  verifyHashedBlock(block, options, null)
}

function verifyHashedBlock(block: Block, options: VerifyOptions, computedId: Uint8Array | null): void {
  const { profile = 'strict', expectedDifficulty: expected } = options
  if (expected !== undefined && block.difficulty !== expected) {
    throw ledgerError('ledger/other-difficulty', { expected, actual: block.difficulty })
  }
  const header = headerOf(block)
  u64('height', block.height)
  if (profile === 'strict') checkHeader(header)
  if (!equal(computedId ?? computeBlockId(header, block.nonce), block.blockId)) {
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
  requireBlock(block)
  return new Map([...state, ...nonceChanges(state, block, options, null)])
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
  for (const record of records) requireRecord(record)
  return new Map([...state, ...recordChanges(state, records, profile, false)])
}

/**
 * The nonces that the block moves, without the rest of the state.
 * @param computedId hash of the block's header, where the caller computed it and every txid; else `null`
 * @throws as `applyBlock`
 */
export function nonceChanges(
  state: LedgerState,
  block: Block,
  options: VerifyOptions,
  computedId: Uint8Array | null,
): LedgerState {
  verifyHashedBlock(block, options, computedId)
  return recordChanges(state, block.records, recordProfileOf(options), computedId !== null)
}

function recordProfileOf({ recordProfile, profile = 'strict' }: VerifyOptions): Profile {
  return recordProfile ?? profile
}

function recordChanges(
  state: LedgerState,
  records: readonly LedgerRecord[],
  profile: Profile,
  areTxidsComputed: boolean,
): LedgerState {
  const changes = new Map<string, bigint>()
  for (const [index, record] of records.entries()) {
    const doctor = encodeHex(record.doctorHash)
    const previousNonce = changes.get(doctor) ?? state.get(doctor) ?? 0n
    const computedTxid = areTxidsComputed ? record.txid : null
    naming(index, () => verifyHashedRecord(record, previousNonce, profile, computedTxid))
    changes.set(doctor, record.nonce)
  }
  return changes
}

/** Adds the index to whatever a record is refused with. */
function naming(index: number, check: () => void): void {
  try {
    check()
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
  requireHeader(header)
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
