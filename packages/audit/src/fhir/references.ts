/** References to people, machines and resources. */
import type { JsonObject } from '@chartseal/core/json'
import { dataAbsentReason } from './codes.js'
import { fhirError } from './errors.js'
import type { JsonMap } from './json.js'
import { needText, pathOf } from './need.js'

/** A relative literal reference, of one version or of any (FHIR R4 2.3.0). */
const literal = /^[A-Z][A-Za-z]{1,63}\/[A-Za-z0-9.-]{1,64}(?:\/_history\/[A-Za-z0-9.-]{1,64})?$/
const literalPatient = /^Patient\/[A-Za-z0-9.-]{1,64}$/

/** A text of the form `Type/id` is a literal reference, any other one an identifier. */
export function referenceOf(name: string): JsonMap {
  return literal.test(name) ? { reference: name } : { identifier: { value: name } }
}

export function patientReferenceOf(patient: string): JsonMap {
  if (literalPatient.test(patient)) return { reference: patient }
  return { type: 'Patient', identifier: { value: patient } }
}

/** That something is there, and is not told. */
export const masked: JsonMap = { extension: [{ url: dataAbsentReason, valueCode: 'masked' }] }

/** That nobody knows it. */
export const unknown: JsonMap = { extension: [{ url: dataAbsentReason, valueCode: 'unknown' }] }

/** The name in a reference. @throws ChartsealError `fhir/masked`, `json/invalid` */
export function nameIn(reference: JsonObject): string {
  const isMasked =
    reference.has('extension') &&
    reference.objects('extension').some(extension => extension.raw('url') === dataAbsentReason)
  if (isMasked) throw fhirError('fhir/masked', { path: pathOf(reference) })
  if (reference.has('reference')) return reference.text('reference')
  if (!reference.has('identifier')) {
    const expected = 'a reference or an identifier: a display alone names nobody'
    throw fhirError('fhir/invalid', { path: pathOf(reference), expected })
  }
  return needText(reference.object('identifier'), 'value')
}
