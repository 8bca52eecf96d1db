/** The body of a prescription of the ledger: a MedicationRequest, and what the claims say of it in the open. */
import type { Order } from '../v2/claims.js'
import type { Language } from '../v2/signed-text.js'
import { medicationError } from './errors.js'
import { expirySeconds, type Prescription, requireComplete, unitsOf } from './form.js'
import { readMedicationRequest } from './request.js'
import { prescriptionText } from './text.js'

/** What the claims repeat of the body. */
export type Terms = Pick<Order, 'quantity' | 'validUntil'>

/** For the claims of `prescribe` and `replace`. @throws ChartsealError `medication/not-countable`, `medication/invalid` */
export function termsOf(prescription: Prescription): Terms {
  return { quantity: unitsOf(prescription).count, validUntil: expirySeconds(prescription) }
}

/**
 * A prescription from the body that the claims commit to, whose terms it must be: what a doctor reads before signing and what
 * a pharmacist gives out is what the ledger counts.
 * @throws ChartsealError `medication/other-terms`; as {@link readMedicationRequest}
 */
export function prescriptionOfBody(body: Uint8Array, claims: Terms): Prescription {
  const prescription = requireComplete(readMedicationRequest(body).order)
  const terms = termsOf(prescription)
  if (terms.quantity !== claims.quantity) throw other('dispenseRequest.quantity')
  if (terms.validUntil !== claims.validUntil) throw other('dispenseRequest.validityPeriod.end')
  return prescription
}

/**
 * `read` of the content that `prepare` shows: all of a body, in words.
 * @throws ChartsealError as {@link readMedicationRequest}
 */
export function bodyText(body: Uint8Array, language: Language): string {
  return prescriptionText(readMedicationRequest(body).order, language)
}

function other(path: string): Error {
  return medicationError('medication/other-terms', { path })
}
