import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** Everything here is public data: what was refused, and where. */
export interface LedgerErrors {
  'ledger/hash-length': { field: string; actualBytes: number }
  'ledger/wrong-doctor-key': Record<never, never>
  'ledger/prescription': { reason: string }
  'ledger/nonce': { expected: bigint; actual: bigint }
  'ledger/txid': Record<never, never>
  'ledger/doctor-key': { reason: string }
  'ledger/unsupported-curve': { oid: string }
  'ledger/doctor-key-form': Record<never, never>
  'ledger/signature': Record<never, never>
  'ledger/high-s': Record<never, never>
  'ledger/number-range': { field: string; bits: number }
  'ledger/private-key': { reason: string }
  'ledger/difficulty-range': { difficulty: bigint }
  'ledger/other-difficulty': { expected: bigint; actual: bigint }
  'ledger/too-many-records': { count: number; most: number }
  'ledger/field-length': { field: string; expectedBytes: number; actualBytes: number }
  'ledger/block-id': Record<never, never>
  'ledger/work': Record<never, never>
  /** `index` of the record in its block, from 0; `cause` is the code that it was refused with. */
  'ledger/block-record': { index: number; cause: string; reason: string }
  'ledger/entry': { reason: string }
  'ledger/height': { expected: bigint; actual: bigint }
  'ledger/previous': Record<never, never>
  /** `height`: the number of blocks before it; `cause` is the code that the block was refused with. */
  'ledger/chain': { height: bigint; cause: string; reason: string }
  'ledger/nonces-exhausted': { from: bigint; last: bigint }
  /** `hashes`: nonces tried until then. */
  'ledger/deadline': { hashes: bigint }
  'ledger/worker-failed': { reason: string }
}

export const ledgerError: ErrorFactory<LedgerErrors> = defineErrors<LedgerErrors>({
  'ledger/hash-length': 'The {field} must have 20 bytes; this one has {actualBytes}.',
  'ledger/wrong-doctor-key': 'The doctor hash must be the hash of the public key in the record.',
  'ledger/prescription': 'The prescription is {reason}.',
  'ledger/nonce': 'The nonce must be {expected}, the next one of this doctor; this one is {actual}.',
  'ledger/txid': 'The transaction id must be the hash of the record.',
  'ledger/doctor-key': 'The public key cannot be read: {reason}.',
  'ledger/unsupported-curve': 'The public key is on the curve {oid}, which is not supported.',
  'ledger/doctor-key-form': 'The public key must be in the 88-byte uncompressed form of secp256k1.',
  'ledger/signature': 'The signature does not verify.',
  'ledger/high-s': 'The signature has a high s; only its low-s form is accepted.',
  'ledger/number-range': 'The {field} must be an unsigned integer of {bits} bits.',
  'ledger/private-key': 'The private key cannot be read: {reason}.',
  'ledger/difficulty-range': 'The difficulty must be from 1 to 2^128 - 1; this one is {difficulty}.',
  'ledger/other-difficulty': 'The difficulty must be {expected}; this one is {actual}.',
  'ledger/too-many-records': 'The block must have at most {most} records; this one has {count}.',
  'ledger/field-length': 'The {field} must have {expectedBytes} bytes; this one has {actualBytes}.',
  'ledger/block-id': 'The block id must be the hash of the block.',
  'ledger/work': 'The block id does not meet the difficulty.',
  'ledger/block-record': 'Record {index} of the block is refused: {reason}',
  'ledger/entry': 'The entry cannot be read as a block: {reason}',
  'ledger/height': 'The height must be {expected}; this one is {actual}.',
  'ledger/previous': 'The block must name the block before it.',
  'ledger/chain': 'The block at height {height} is refused: {reason}',
  'ledger/nonces-exhausted': 'No nonce from {from} to {last} satisfies the difficulty.',
  'ledger/deadline': 'The deadline passed after {hashes} nonces.',
  'ledger/worker-failed': 'A mining worker failed: {reason}.',
})
