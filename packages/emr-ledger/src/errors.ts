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
})
