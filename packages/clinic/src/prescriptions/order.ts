/** A prescription as a prescriber fills it in, and the body that is signed. */
import { encodeUtf8 } from '@chartseal/core/encoding'
import { canonicalId, idProblem } from '@chartseal/core/text'
import { prescriptionError } from './errors.js'

/** What becomes a MedicationRequest of FHIR R4. */
export interface OrderForm {
  /** The medicine as people name it, with its strength. */
  readonly medicine: string
  /** The same as a code. */
  readonly code?: { readonly system: string; readonly code: string }
  readonly dosage: string
  /** For the pharmacist or the patient. */
  readonly note?: string
}

export interface NewOrder {
  /** A form, or bytes that are prescribed as they are: a MedicationRequest of another system. */
  readonly content: OrderForm | Uint8Array
  readonly patientId: string
  /** Units that may be dispensed, 1 to 2^32 - 1. */
  readonly quantity: number
  /** Seconds. */
  readonly validUntil: bigint
  /** A CID or URL under which the sealed body may be had; none unless given. */
  readonly reference?: string
}

export type OrderField = 'patient' | 'medicine' | 'dosage' | 'quantity' | 'validity'

/** Fields that are empty or impossible, in the order of the form. */
export function missingIn(order: NewOrder, nowSeconds: bigint): readonly OrderField[] {
  const { content, patientId, quantity, validUntil } = order
  const isForm = !(content instanceof Uint8Array)
  const problems: readonly (readonly [OrderField, boolean])[] = [
    ['patient', idProblem(patientId) !== null],
    ['medicine', isForm ? isBlank(content.medicine) : content.length === 0],
    ['dosage', isForm && isBlank(content.dosage)],
    ['quantity', !Number.isInteger(quantity) || quantity < 1 || quantity > 0xffff_ffff],
    ['validity', validUntil <= nowSeconds],
  ]
  return problems.flatMap(([field, isMissing]) => (isMissing ? [field] : []))
}

const isBlank = (text: string): boolean => text.trim() === ''

/** @throws ChartsealError `prescription/incomplete` */
export function requireComplete(order: NewOrder, nowSeconds: bigint): void {
  const missing = missingIn(order, nowSeconds)
  if (missing.length > 0) throw prescriptionError('prescription/incomplete', { missing })
}

/** The bytes that are prescribed; those that were given are copied. */
export function bodyOf({ content, patientId, quantity }: NewOrder): Uint8Array {
  return content instanceof Uint8Array
    ? Uint8Array.from(content)
    : encodeUtf8(JSON.stringify(requestOf(content, canonicalId(patientId, 'the patient id'), quantity)))
}

/** FHIR R4 MedicationRequest: its required elements, and those of the form. Until when it is valid, the claims say. */
function requestOf({ medicine, code, dosage, note = '' }: OrderForm, patientId: string, quantity: number) {
  const concept = { text: medicine.trim() }
  const request = {
    resourceType: 'MedicationRequest',
    status: 'active',
    intent: 'order',
    medicationCodeableConcept: code === undefined ? concept : { coding: [code], ...concept },
    subject: { identifier: { value: patientId } },
    dosageInstruction: [{ text: dosage.trim() }],
    dispenseRequest: { quantity: { value: quantity } },
  }
  return isBlank(note) ? request : { ...request, note: [{ text: note.trim() }] }
}
