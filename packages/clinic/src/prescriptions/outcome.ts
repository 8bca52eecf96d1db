/** What became of a record that this device signed, from a proof and not from a server's word. */
import { equal } from '@chartseal/core/bytes'
import type { CheckedBundle, Claims, LedgerRecord } from '@chartseal/emr-ledger'
import { isFinalEnough, type JudgeOptions } from './counter.js'
import { prescriptionError } from './errors.js'

/** `never`: another record has its number or its place, so that no honest node takes it any more. */
export type Outcome = 'final' | 'never' | 'unknown'

/** The prescription whose state shows it. */
export function subjectOf({ claims, txid }: Pick<LedgerRecord, 'claims' | 'txid'>): Uint8Array {
  return claims.kind === 'prescribe' || claims.kind === 'roster' ? txid : claims.prescription
}

/**
 * @param checked a bundle about {@link subjectOf}, with the signer's number where it has one
 * @throws ChartsealError `prescription/other-proof`
 */
export function outcomeOf(
  record: Pick<LedgerRecord, 'claims' | 'txid'>,
  checked: CheckedBundle,
  options: Pick<JudgeOptions, 'depth'> = {},
): Outcome {
  const { prescription } = checked
  if (prescription === null || !equal(prescription.txid, subjectOf(record)))
    throw prescriptionError('prescription/other-proof', {})
  if (!isFinalEnough(checked, options)) return 'unknown'
  const { claims, txid } = record
  const { state, changes, isComplete } = prescription
  const later: Outcome = isNumberTaken(claims, checked) ? 'never' : 'unknown'
  if (claims.kind === 'prescribe' || claims.kind === 'roster') return state === null ? later : 'final'
  if (state === null) return later
  if (changes.some(change => equal(change.txid, txid))) return 'final'
  if (equal(state.last, claims.previous)) return later
  // Another change has the place that it names; or it would be among all that there are.
  const isOvertaken = changes.some(change => equal(change.claims.previous, claims.previous))
  return isOvertaken || isComplete ? 'never' : 'unknown'
}

function isNumberTaken({ signer: kid, seq }: Claims, { signer }: CheckedBundle): boolean {
  return signer !== null && equal(signer.kid, kid) && signer.nextSeq > seq
}
