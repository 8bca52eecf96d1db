import { defineErrors, type ErrorFactory } from '@chartseal/core/errors'

/** Paths such as `agent[1].who`; no context holds a value. */
export interface FhirErrors {
  /** Not an AuditEvent of the version that is read. */
  'fhir/invalid': { path: string; expected: string }
  /** An element that every AuditEvent of this version has. */
  'fhir/missing': { path: string }
  /** Says something that an audit record has no place for, or says in one other way: nothing is dropped silently. */
  'fhir/not-kept': { paths: readonly string[] }
  /** Exported without what identifies, so it is no record any more. */
  'fhir/masked': { path: string }
}

export const fhirError: ErrorFactory<FhirErrors> = defineErrors<FhirErrors>({
  'fhir/invalid': 'Element {path} must be {expected}.',
  'fhir/missing': 'Element {path} is missing.',
  'fhir/not-kept': 'An audit record cannot hold {paths}.',
  'fhir/masked': 'Element {path} was masked.',
})
