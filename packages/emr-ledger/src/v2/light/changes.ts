/**
 * The changes of one prescription, newest first. The state names the newest by its txid and each names the one before,
 * so that their claims alone prove them: no signature and no block is needed.
 */
import { equal } from '@chartseal/core/bytes'
import { type Claims, decodeClaims, txidOf } from '../claims.js'
import { lightError } from '../errors-light.js'
import type { PrescriptionState } from '../state.js'

export type ChangeClaims = Exclude<Claims, { readonly kind: 'prescribe' | 'roster' }>

export interface ProvenChange {
  readonly txid: Uint8Array
  readonly claims: ChangeClaims
}

/** Newest first. */
export interface ProvenChanges {
  readonly changes: readonly ProvenChange[]
  /** Whether they go back to the prescription itself. */
  readonly isComplete: boolean
}

/** @throws ChartsealError `ledger/bundle-changes`, `ledger/claims` */
export function checkChanges(
  prescription: Uint8Array,
  state: PrescriptionState,
  list: readonly Uint8Array[],
): ProvenChanges {
  const changes: ProvenChange[] = []
  let expected = state.last
  for (const bytes of list) {
    const txid = txidOf(bytes)
    if (!equal(txid, expected)) throw refused('each must be the one that the newer one names')
    const claims = decodeClaims(bytes)
    if (!isChangeOf(claims, prescription)) throw refused('each must be of this prescription')
    changes.push({ txid, claims })
    expected = claims.previous
  }
  const isComplete = equal(expected, prescription)
  const given = changes.reduce(
    (sum, { claims }) => sum + (claims.kind === 'dispense' ? claims.quantity : 0),
    0,
  )
  if (given > state.dispensed || (isComplete && given !== state.dispensed))
    throw refused('what was dispensed must be their sum')
  return { changes, isComplete }
}

function isChangeOf(claims: Claims, prescription: Uint8Array): claims is ChangeClaims {
  return claims.kind !== 'prescribe' && claims.kind !== 'roster' && equal(claims.prescription, prescription)
}

const refused = (reason: string): Error => lightError('ledger/bundle-changes', { reason })
