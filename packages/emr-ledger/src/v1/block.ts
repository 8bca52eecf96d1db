/** A block of prescriptions, its id and its target. */

import { requireBigint } from '@chartseal/core/arguments'
import { concat } from '@chartseal/core/bytes'
import { sha256 } from '@noble/hashes/sha2.js'
import { requireHeader } from './fields.js'
import { u64, u128 } from './numbers.js'
import type { LedgerRecord } from './record.js'

/** What the block id covers besides the nonce. Lengths are not checked here: the id has no field boundaries. */
export interface HashedHeader {
  /** Id of the block before, 32 bytes; zeros in the first block. */
  readonly previous: Uint8Array
  /** 20 bytes. */
  readonly miner: Uint8Array
  /** In the order of the records, 32 bytes each. */
  readonly txids: readonly Uint8Array[]
  /** u64, seconds since 1970-01-01T00:00:00Z by the seed's custom. */
  readonly timestamp: bigint
  /** u128; on average as many nonces must be tried. */
  readonly difficulty: bigint
}

/** A block to be mined. */
export interface BlockDraft extends Omit<HashedHeader, 'txids'> {
  /** u64, 0 for the first block; not covered by the id (docs/errata.md, E6). */
  readonly height: bigint
  readonly records: readonly LedgerRecord[]
}

export interface Block extends BlockDraft {
  /** u64 */
  readonly nonce: bigint
  /** 32 bytes. */
  readonly blockId: Uint8Array
}

export const maxRecords = 25
export const blockIdBytes = 32
export { maxNonce, targetOf } from '../mining/puzzle.js'

/** The header of a block, with the txids of its records. */
export function headerOf(block: BlockDraft): HashedHeader {
  const { previous, miner, records, timestamp, difficulty } = block
  return { previous, miner, txids: records.map(record => record.txid), timestamp, difficulty }
}

/**
 * Everything that is hashed before the nonce: previous ‖ miner ‖ txid… ‖ timestamp u64 LE ‖ difficulty u128 LE.
 * @throws ChartsealError `ledger/number-range`
 */
export function blockPrefix(header: HashedHeader): Uint8Array {
  const { previous, miner, txids, timestamp, difficulty } = header
  return concat(previous, miner, ...txids, u64('timestamp', timestamp), u128('difficulty', difficulty))
}

/**
 * SHA-256 of the prefix and the nonce u64 LE; any difficulty of 128 bits, any number of records.
 * @throws ChartsealError `ledger/number-range`
 */
export function computeBlockId(header: HashedHeader, nonce: bigint): Uint8Array {
  requireHeader(header)
  requireBigint('nonce', nonce)
  return sha256(blockIdPreimage(header, nonce))
}

/** What the block id is the hash of. @throws ChartsealError `ledger/number-range` */
export function blockIdPreimage(header: HashedHeader, nonce: bigint): Uint8Array {
  return concat(blockPrefix(header), u64('nonce', nonce))
}
