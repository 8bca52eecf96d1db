/** Why a ledger takes no record: many codes, and few reasons that people can do something about. */

export type RefusalReason =
  | 'units'
  | 'slip'
  | 'expired'
  | 'closed'
  | 'member'
  | 'prescriber'
  | 'number'
  | 'unknown'
  | 'finality'
  | 'record'
  | 'roster'
  | 'clock'
  | 'witnesses'
  | 'other'

const reasons: ReadonlyMap<string, RefusalReason> = new Map([
  // No code: a proof shows that another record came first.
  ['', 'number'],
  ['ledger/too-many-units', 'units'],
  ['ledger/slip-proof', 'slip'],
  ['ledger/expired', 'expired'],
  ['ledger/not-open', 'closed'],
  ['ledger/stale-change', 'closed'],
  ['ledger/not-a-member', 'member'],
  ['ledger/role', 'member'],
  ['ledger/not-the-prescriber', 'prescriber'],
  ['ledger/seq', 'number'],
  ['ledger/seq-pending', 'number'],
  ['ledger/unknown-prescription', 'unknown'],
  ['ledger/no-finality', 'finality'],
  ['ledger/not-deep-enough', 'finality'],
  ['ledger/record', 'record'],
  ['ledger/claims', 'record'],
  ['ledger/signature', 'record'],
  ['ledger/high-s', 'record'],
  ['ledger/other-ledger', 'record'],
  ['ledger/roster', 'roster'],
  ['ledger/roster-number', 'roster'],
  ['ledger/roster-clock', 'roster'],
  ['ledger/roster-lockout', 'roster'],
  ['ledger/second-roster', 'roster'],
  ['ledger/member-key', 'roster'],
  ['ledger/quorum', 'roster'],
  // Of a node that seals nothing.
  ['ledger/clock', 'clock'],
  ['ledger/early', 'clock'],
  ['ledger/no-witness-time', 'witnesses'],
])

/** @param code of a refusal, as a book keeps it, or of what keeps a node from sealing; empty for a record that never counts */
export function refusalReason(code: string): RefusalReason {
  return reasons.get(code) ?? 'other'
}
