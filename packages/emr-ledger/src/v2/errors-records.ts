import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** Everything here is public data: what was refused, and where. */
export interface RecordErrors {
  'ledger/claims': { reason: string }
  'ledger/record': { reason: string }
  'ledger/roster': { reason: string }
  'ledger/genesis': { reason: string }
  'ledger/roster-number': { expected: bigint; actual: bigint }
  /** `above`: the height up to which the clock was set before, -1 where it never was. */
  'ledger/roster-clock': { above: bigint; below: bigint }
  /** Too few registrars without an end for the next roster ever to be signed. */
  'ledger/roster-lockout': { quorum: number; registrars: number }
  /** `kid` as hexadecimal. */
  'ledger/member-key': { kid: string }
  'ledger/not-a-member': { kid: string; height: bigint }
  'ledger/role': { role: string }
  'ledger/quorum': { expected: number; actual: number }
  'ledger/commitment': { field: string }
}

export const recordError: ErrorFactory<RecordErrors> = defineErrors<RecordErrors>({
  'ledger/claims': 'The claims cannot be read: {reason}',
  'ledger/record': 'The record cannot be read: {reason}',
  'ledger/roster': 'The roster cannot be read: {reason}',
  'ledger/genesis': 'The genesis cannot be read: {reason}',
  'ledger/roster-number': 'The number of the roster must be {expected}; this one is {actual}.',
  'ledger/roster-clock':
    'The clock of a roster must stay as it was, or name a block above {above} and below {below}.',
  'ledger/roster-lockout':
    'The roster must have {quorum} registrars in force who have no end; this one has {registrars}.',
  'ledger/member-key': 'The key of member {kid} must be a public key of its algorithm.',
  'ledger/not-a-member': 'The signer {kid} must be a member of the roster at height {height}.',
  'ledger/role': 'The signer must have the role {role}.',
  'ledger/quorum': 'The roster must be signed by {expected} registrars; this one is signed by {actual}.',
  'ledger/commitment': 'The {field} must be what the claims commit to.',
})
