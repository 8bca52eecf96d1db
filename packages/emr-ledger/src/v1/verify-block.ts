/** Checks of a block by itself, and of its records against the doctors' nonces. */
import { equal, toBigIntBE } from '@chartseal/core/bytes'
import { encodeHex } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { ledgerError } from '../errors.js'
import {
  type Block,
  type BlockDraft,
  blockIdBytes,
  computeBlockId,
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
 * Checks difficulty, record count, lengths, id and work; not the records.
 * @throws ChartsealError `ledger/difficulty-range`, `ledger/other-difficulty`, `ledger/too-many-records`,
 * `ledger/field-length`, `ledger/number-range`, `ledger/block-id`, `ledger/work`
 */
export function verifyBlock(block: Block, options: VerifyOptions = {}): void {
  const { profile = 'strict', expectedDifficulty: expected } = options
  const target = targetOf(block.difficulty)
  if (expected !== undefined && block.difficulty !== expected) {
    throw ledgerError('ledger/other-difficulty', { expected, actual: block.difficulty })
  }
  if (profile === 'strict') checkDraft(block)
  else checkLikeSeed(block)
  if (!equal(computeBlockId(headerOf(block), block.nonce), block.blockId)) {
    throw ledgerError('ledger/block-id', {})
  }
  if (toBigIntBE(block.blockId) > target) throw ledgerError('ledger/work', {})
}

/**
 * Pure: verifies the block and its records in order, and returns the nonces after it; the old state stays valid.
 * @throws ChartsealError what `verifyBlock` gives, and `ledger/block-record`
 */
export function applyBlock(state: LedgerState, block: Block, options: VerifyOptions = {}): LedgerState {
  return new Map([...state, ...nonceChanges(state, block, options)])
}

/** The nonces that the block moves, without the rest of the state. @throws as `applyBlock` */
export function nonceChanges(state: LedgerState, block: Block, options: VerifyOptions): LedgerState {
  verifyBlock(block, options)
  const changes = new Map<string, bigint>()
  for (const [index, record] of block.records.entries()) {
    const doctor = encodeHex(record.doctorHash)
    const previousNonce = changes.get(doctor) ?? state.get(doctor) ?? 0n
    verifyRecordAt(index, record, previousNonce, options.recordProfile ?? options.profile)
    changes.set(doctor, record.nonce)
  }
  return changes
}

function verifyRecordAt(
  index: number,
  record: LedgerRecord,
  previousNonce: bigint,
  profile: Profile | undefined,
): void {
  try {
    verifyRecord(record, previousNonce, profile)
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    throw ledgerError('ledger/block-record', { index, cause: error.code, reason: error.message })
  }
}

/**
 * What a block must keep before it is worth mining: without the exact lengths, a block of three records reads
 * as an empty one with the same id (docs/errata.md, E5).
 * @throws ChartsealError `ledger/difficulty-range`, `ledger/too-many-records`, `ledger/field-length`,
 * `ledger/number-range`
 */
export function checkDraft(draft: BlockDraft): void {
  targetOf(draft.difficulty)
  checkLength('previous block id', draft.previous, blockIdBytes)
  for (const record of draft.records) checkLength('transaction id', record.txid, blockIdBytes)
  u64('height', draft.height)
  checkLikeSeed(draft)
}

function checkLikeSeed(draft: BlockDraft): void {
  const count = draft.records.length
  if (count > maxRecords) throw ledgerError('ledger/too-many-records', { count, most: maxRecords })
  checkLength('miner', draft.miner, hashBytes)
}

function checkLength(field: string, bytes: Uint8Array, expectedBytes: number): void {
  if (bytes.length !== expectedBytes) {
    throw ledgerError('ledger/field-length', { field, expectedBytes, actualBytes: bytes.length })
  }
}
