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
  /** `height` of the block, counted by its place; `cause` is the code that it was refused with. */
  'ledger/chain': { height: bigint; cause: string; reason: string }
  'ledger/nonces-exhausted': { from: bigint; last: bigint }
  /** `hashes`: nonces tried until then. */
  'ledger/deadline': { hashes: bigint }
  'ledger/worker-failed': { reason: string }
}

export const ledgerError: ErrorFactory<LedgerErrors> = defineErrors<LedgerErrors>({
  'ledger/hash-length': 'The {field} has {actualBytes} bytes, not 20.',
  'ledger/wrong-doctor-key': 'The doctor hash is not the hash of the public key in the record.',
  'ledger/prescription': 'The prescription is {reason}.',
  'ledger/nonce': 'The nonce is {actual}, and {expected} comes next for this doctor.',
  'ledger/txid': 'The transaction id is not the hash of the record.',
  'ledger/doctor-key': 'The public key cannot be read: {reason}.',
  'ledger/unsupported-curve': 'The public key is on the curve {oid}, which is not supported here.',
  'ledger/doctor-key-form': 'The public key is not the 88-byte uncompressed secp256k1 form.',
  'ledger/signature': 'The signature does not verify.',
  'ledger/high-s': 'The signature is the high-s twin of the one to use.',
  'ledger/number-range': 'The {field} does not fit {bits} bits.',
  'ledger/private-key': 'The private key cannot be read: {reason}.',
  'ledger/difficulty-range': 'The difficulty {difficulty} is not from 1 to 2^128 - 1.',
  'ledger/other-difficulty': 'The difficulty is {actual}, and {expected} is expected.',
  'ledger/too-many-records': 'The block holds {count} records, and {most} is the most.',
  'ledger/field-length': 'The {field} has {actualBytes} bytes, not {expectedBytes}.',
  'ledger/block-id': 'The block id is not the hash of the block.',
  'ledger/work': 'The block id does not meet the difficulty.',
  'ledger/block-record': 'Record {index} of the block is refused: {reason}',
  'ledger/entry': 'This is not the encoding of a block: {reason}.',
  'ledger/height': 'The height is {actual}, and {expected} comes next.',
  'ledger/previous': 'The block does not name the one before it.',
  'ledger/chain': 'The block at height {height} is refused: {reason}',
  'ledger/nonces-exhausted': 'No nonce from {from} to {last} satisfies the difficulty.',
  'ledger/deadline': 'The deadline passed after {hashes} nonces.',
  'ledger/worker-failed': 'A mining worker failed: {reason}.',
})
