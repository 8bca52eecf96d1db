/**
 * FHIR R4 and R5 for prescriptions: MedicationRequest and MedicationDispense from forms and back, Provenance with a JWS
 * over the bytes as stored, and dosages in words. Tables: docs/spec/prescription-fhir.md.
 */
export { bodyText, prescriptionOfBody, type Terms, termsOf } from './fhir/body.js'
export {
  type Dispensing,
  type DispensingReading,
  dispensingOf,
  readMedicationDispense,
  writeMedicationDispense,
} from './fhir/dispense.js'
export { textProblem } from './fhir/element.js'
export { type MedicationErrors, medicationError } from './fhir/errors.js'
export {
  type Amount,
  amountOf,
  expirySeconds,
  type FhirRelease,
  type MedicationOrder,
  type Medicine,
  type MedicineCode,
  type Party,
  type Prescription,
  requireComplete,
  type Units,
  unitsOf,
} from './fhir/form.js'
export { Decimal, type FhirMap, type FhirValue } from './fhir/json.js'
export type { SignedAt } from './fhir/jws.js'
export {
  type Attestation,
  type ProvenanceOptions,
  signProvenance,
  verifyProvenance,
} from './fhir/provenance.js'
export {
  type OrderReading,
  orderIntents,
  readMedicationRequest,
  writeMedicationRequest,
} from './fhir/request.js'
export { dispensingText, prescriptionText } from './fhir/text.js'
export { type BundleEntry, entriesIn, resolve, textAt, typeOf, valueAt } from './fhir/words/bundle.js'
export { dosageOf } from './fhir/words/dosage.js'
export { medicationOf } from './fhir/words/medication.js'
export { refuseModifiers } from './fhir/words/modifiers.js'
export { LeftOut, leaveOut } from './fhir/words/refusal.js'
