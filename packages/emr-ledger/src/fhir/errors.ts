import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** Paths such as `dispenseRequest.quantity`; no context holds a value, nor a name that FHIR does not define. */
export interface PrescriptionErrors {
  'prescription/too-large': { maxBytes: number }
  'prescription/invalid': { path: string; expected: string }
  'prescription/missing': { path: string }
  /** Elements that may change what is taken or given out, and that no form has: nothing is passed over silently. */
  'prescription/not-kept': { paths: readonly string[] }
  /** FHIR says that this changes the meaning of the rest. */
  'prescription/modifier': { path: string }
  /** A dosage in parts that have no words here. */
  'prescription/not-told': { path: string; reason: string }
  /** The ledger counts units: this quantity is none that it can count. */
  'prescription/not-countable': { path: string }
  /** The claims say another number of units, or another end. */
  'prescription/other-terms': { path: string }
  'prescription/bad-jws': { reason: string }
  'prescription/unknown-key': Record<never, never>
  'prescription/wrong-signature': Record<never, never>
  /** A Provenance that is about another resource. */
  'prescription/other-target': Record<never, never>
}

export const prescriptionError: ErrorFactory<PrescriptionErrors> = defineErrors<PrescriptionErrors>({
  'prescription/too-large': 'The resource must have at most {maxBytes} bytes.',
  'prescription/invalid': 'Element {path} must be {expected}.',
  'prescription/missing': 'Element {path} must be there.',
  'prescription/not-kept': 'A prescription here must not have {paths}: nobody would be shown what they say.',
  'prescription/modifier': 'Element {path} must not be there: it changes what the rest means.',
  'prescription/not-told': 'Element {path} must be one that can be put into words: {reason}.',
  'prescription/not-countable': 'Element {path} must be a quantity from which units can be counted.',
  'prescription/other-terms': 'Element {path} must be what the record of the ledger says.',
  'prescription/bad-jws': 'The signature must be a detached JWS with ES256 or EdDSA: {reason}.',
  'prescription/unknown-key': 'The key of the signature must be one that is known here.',
  'prescription/wrong-signature': 'The signature must be that of the key, over these very bytes.',
  'prescription/other-target': 'The Provenance must be about this resource: it names another one.',
})
