import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** Why a slip is not believed. Nothing of its content is repeated. */
export interface SlipErrors {
  'slip/not-a-slip': { reason: string }
  'slip/too-large': { field: string; limitBytes: number }
  /** The content was changed, or belongs to another record. `field`: patient or body. */
  'slip/other-content': { field: string }
  'slip/signature': Record<never, never>
}

export const slipError: ErrorFactory<SlipErrors> = defineErrors<SlipErrors>({
  'slip/not-a-slip': 'The text must be a prescription slip of Chartseal: {reason}.',
  'slip/too-large': 'The {field} must have at most {limitBytes} bytes: a slip holds no more.',
  'slip/other-content': 'The {field} on the slip must be the one that was signed: it was changed.',
  'slip/signature': 'The slip must be signed by the prescriber whom it names.',
})

/** Why a step with a prescription is not taken. */
export interface PrescriptionErrors {
  /** Empty fields of the form, in its order. */
  'prescription/incomplete': { missing: readonly string[] }
  /** The same device has a change of it under way, and does not know yet what became of it. */
  'prescription/unresolved': { kind: string }
  /** `status`: what the counter says in place of ready or partly. */
  'prescription/not-dispensable': { status: string }
  'prescription/too-many-units': { left: number; asked: number }
  /** Its slip is given out when the ledger has it for good. */
  'prescription/not-issued': { stage: string }
  'prescription/unknown': Record<never, never>
  'prescription/closed': { status: string }
  'prescription/other-ledger': Record<never, never>
  /** Without an answer of the ledger this cannot be done. */
  'prescription/offline': Record<never, never>
  /** A proof about something else than was asked. */
  'prescription/other-proof': Record<never, never>
  /** `field`: quantity or validity. */
  'prescription/other-terms': { field: string }
  'prescription/shredded': Record<never, never>
  'prescription/book': { reason: string }
}

export const prescriptionError: ErrorFactory<PrescriptionErrors> = defineErrors<PrescriptionErrors>({
  'prescription/incomplete': 'The form must be complete; it lacks: {missing}.',
  'prescription/unresolved':
    'A record of this device about the prescription ({kind}) is under way: find out first what became of it.',
  'prescription/not-dispensable': 'The prescription must be ready to be dispensed; it is: {status}.',
  'prescription/too-many-units': 'At most {left} units may be dispensed; {asked} were asked for.',
  'prescription/not-issued':
    'The prescription must be final in the ledger before its slip is given out; it is: {stage}.',
  'prescription/unknown': 'The prescription must be one of this device.',
  'prescription/closed': 'The prescription must be open to be changed; it is: {status}.',
  'prescription/offline': 'The ledger must be reached for this: it did not answer.',
  'prescription/other-ledger': 'The ledger must be the one that this device knows.',
  'prescription/other-proof': 'The proof must be about what was asked.',
  'prescription/other-terms': 'The {field} in the prescription must be the one that the ledger counts.',
  'prescription/shredded': 'The content of this prescription was destroyed on this device.',
  'prescription/book': 'The book of prescriptions cannot be read: {reason}',
})
