import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** Paths such as `dispenseRequest.quantity`; no context holds a value, nor a name that FHIR does not define. */
export interface MedicationErrors {
  'medication/too-large': { maxBytes: number }
  'medication/invalid': { path: string; expected: string }
  'medication/missing': { path: string }
  /** Elements that may change what is taken or given out, and that no form has: nothing is passed over silently. */
  'medication/not-kept': { paths: readonly string[] }
  /** FHIR says that this changes the meaning of the rest. */
  'medication/modifier': { path: string }
  /** A dosage in parts that have no words here. */
  'medication/not-told': { path: string; reason: string }
  /** The ledger counts units: this quantity is none that it can count. */
  'medication/not-countable': { path: string }
  /** The claims say another number of units, or another end. */
  'medication/other-terms': { path: string }
  'medication/bad-jws': { reason: string }
  'medication/unknown-key': Record<never, never>
  'medication/wrong-signature': Record<never, never>
  /** A Provenance that is about another resource. */
  'medication/other-target': Record<never, never>
}

export const medicationError: ErrorFactory<MedicationErrors> = defineErrors<MedicationErrors>({
  'medication/too-large': 'The resource must have at most {maxBytes} bytes.',
  'medication/invalid': 'Element {path} must be {expected}.',
  'medication/missing': 'Element {path} must be there.',
  'medication/not-kept': 'A prescription here must not have {paths}: nobody would be shown what they say.',
  'medication/modifier': 'Element {path} must not be there: it changes what the rest means.',
  'medication/not-told': 'Element {path} must be one that can be put into words: {reason}.',
  'medication/not-countable': 'Element {path} must be a quantity from which units can be counted.',
  'medication/other-terms': 'Element {path} must be what the record of the ledger says.',
  'medication/bad-jws': 'The signature must be a detached JWS with ES256 or EdDSA: {reason}.',
  'medication/unknown-key': 'The key of the signature must be one that is known here.',
  'medication/wrong-signature': 'The signature must be that of the key, over these very bytes.',
  'medication/other-target': 'The Provenance must be about this resource: it names another one.',
})
