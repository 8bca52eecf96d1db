/** What is to be taken, by a name that somebody wrote down: never a placeholder. */
import type { FhirValue } from '../json.js'
import { type BundleEntry, listAt, resolve, textAt, typeOf, valueAt } from './bundle.js'
import { refuseModifiers } from './modifiers.js'
import { leaveOut } from './refusal.js'

/** FHIR R4 has `medicationCodeableConcept` or `medicationReference`, R5 `medication` with one of both. */
export function medicationOf(request: FhirValue, entries: readonly BundleEntry[]): string {
  const concept = valueAt(request, 'medicationCodeableConcept') ?? valueAt(request, 'medication', 'concept')
  const reference = valueAt(request, 'medicationReference') ?? valueAt(request, 'medication', 'reference')
  if (concept !== undefined && reference !== undefined) leaveOut('it names two medications')
  return (
    conceptName(concept) ||
    referenceName(reference, request, entries) ||
    leaveOut('its medication has no name')
  )
}

/** The text, or the words of a code; a code alone is named with its system. */
export function conceptName(concept: FhirValue | undefined): string {
  const codings = listAt(concept, 'coding')
  const words = codings.map(coding => textAt(coding, 'display').trim()).find(display => display !== '')
  const coded = codings.find(coding => textAt(coding, 'system') !== '' && textAt(coding, 'code') !== '')
  const code = coded === undefined ? '' : `${textAt(coded, 'system')}|${textAt(coded, 'code')}`
  return textAt(concept, 'text').trim() || words || code
}

function referenceName(
  reference: FhirValue | undefined,
  request: FhirValue,
  entries: readonly BundleEntry[],
): string {
  const medication = resolve(textAt(reference, 'reference'), request, entries)
  if (medication === null) return textAt(reference, 'display').trim()
  if (typeOf(medication) !== 'Medication') leaveOut('its medication is a resource of another type')
  refuseModifiers(medication, 'its medication')
  const status = textAt(medication, 'status')
  if (status !== '' && status !== 'active')
    leaveOut(
      `its medication is ${['inactive', 'entered-in-error'].includes(status) ? status : 'of an unknown status'}`,
    )
  return conceptName(valueAt(medication, 'code')) || textAt(reference, 'display').trim()
}
