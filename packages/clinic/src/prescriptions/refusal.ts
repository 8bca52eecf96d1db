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
  ['ledger/other-ledger', 'record'],
])

/** @param code of a refusal, as a book keeps it; empty for one that never counts */
export function refusalReason(code: string): RefusalReason {
  return reasons.get(code) ?? 'other'
}
