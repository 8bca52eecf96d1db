/** The state machine of prescriptions: docs/spec/ledger-v2.md, "State machine". Pure; nothing is loaded or stored here. */
import { equal } from '@chartseal/core/bytes'
import type { CancelClaims, Change, Claims, DispenseClaims, Order, ReplaceClaims } from './claims.js'
import { ruleError } from './errors-state.js'
import { memberAt, type Roster } from './roster.js'
import { isOpen, type PrescriptionState } from './state.js'

/** Where and when a record is judged. */
export interface RuleContext {
  /** The roster in force: of the state before the block. */
  readonly roster: Roster
  /** Of the block that has the record. */
  readonly height: bigint
  /** Seconds: the timestamp of that block. */
  readonly time: bigint
}

/** A prescription that a record makes or changes. */
export interface Outcome {
  /** txid of the record that prescribed. */
  readonly prescription: Uint8Array
  /** `null` for a new one. */
  readonly before: PrescriptionState | null
  readonly after: PrescriptionState
}

/**
 * What a record does to prescriptions; nothing, for a roster.
 * @param txid of the record
 * @param named the state of the prescription that it changes; `null` where there is none
 * @throws ChartsealError `ledger/unknown-prescription`, `ledger/not-open`, `ledger/not-the-prescriber`,
 * `ledger/stale-change`, `ledger/expired`, `ledger/too-many-units`, `ledger/slip-proof` for a proof that is lacking, or that is not asked for
 */
export function outcomesOf(
  txid: Uint8Array,
  claims: Claims,
  named: PrescriptionState | null,
  context: RuleContext,
): readonly Outcome[] {
  switch (claims.kind) {
    case 'roster':
      return []
    case 'prescribe':
      return [prescribed(txid, claims, claims.signer)]
    case 'cancel':
      return [cancelled(txid, claims, endable(claims, named, context))]
    case 'replace':
      return [
        replaced(txid, claims, endable(claims, named, context)),
        prescribed(txid, claims, claims.signer),
      ]
    case 'dispense':
      return [dispensed(txid, claims, changeable(claims, named), context)]
  }
}

function prescribed(
  txid: Uint8Array,
  { quantity, validUntil, slip }: Order,
  prescriber: Uint8Array,
): Outcome {
  const after: PrescriptionState = {
    status: 'ready',
    prescriber,
    quantity,
    dispensed: 0,
    validUntil,
    last: txid,
    replacedBy: null,
    ...(slip === undefined ? {} : { slip }),
  }
  return { prescription: txid, before: null, after }
}

function cancelled(txid: Uint8Array, claims: CancelClaims, before: PrescriptionState): Outcome {
  return {
    prescription: claims.prescription,
    before,
    after: { ...before, status: 'cancelled', last: txid },
  }
}

function replaced(txid: Uint8Array, claims: ReplaceClaims, before: PrescriptionState): Outcome {
  return {
    prescription: claims.prescription,
    before,
    after: { ...before, status: 'replaced', last: txid, replacedBy: txid },
  }
}

function dispensed(
  txid: Uint8Array,
  claims: DispenseClaims,
  before: PrescriptionState,
  { time }: RuleContext,
): Outcome {
  const { validUntil, quantity } = before
  if (time >= validUntil) throw ruleError('ledger/expired', { validUntil, time })
  const left = quantity - before.dispensed
  if (claims.quantity > left) throw ruleError('ledger/too-many-units', { left, asked: claims.quantity })
  if ((before.slip === undefined) !== (claims.proof === undefined)) throw ruleError('ledger/slip-proof', {})
  const status = claims.quantity === left ? 'dispensed' : 'partly'
  return {
    prescription: claims.prescription,
    before,
    after: { ...before, status, dispensed: before.dispensed + claims.quantity, last: txid },
  }
}

/** What may be changed at all: it is there, open, and nothing came first. */
function changeable({ previous }: Change, named: PrescriptionState | null): PrescriptionState {
  const open = opened(named)
  if (!equal(previous, open.last)) throw ruleError('ledger/stale-change', {})
  return open
}

function opened(named: PrescriptionState | null): PrescriptionState {
  if (named === null) throw ruleError('ledger/unknown-prescription', {})
  if (!isOpen(named.status)) throw ruleError('ledger/not-open', { status: named.status })
  return named
}

/**
 * Who prescribed ends it; once they are no prescriber any more, a registrar does. Who replaces is a prescriber besides,
 * which their role has shown.
 */
function endable(
  claims: CancelClaims | ReplaceClaims,
  named: PrescriptionState | null,
  { roster, height }: RuleContext,
): PrescriptionState {
  const { prescriber } = opened(named)
  const has = (kid: Uint8Array, role: 'prescriber' | 'registrar'): boolean =>
    memberAt(roster, kid, height)?.roles.includes(role) ?? false
  const isOwn = equal(claims.signer, prescriber)
  if (!isOwn && (has(prescriber, 'prescriber') || !has(claims.signer, 'registrar')))
    throw ruleError('ledger/not-the-prescriber', {})
  return changeable(claims, named)
}
