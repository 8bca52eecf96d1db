/** How a medicine is taken, in words. */
import { type Element, invalid, textProblem } from './element.js'
import { medicationError } from './errors.js'
import type { FhirRelease } from './form.js'
import { dosageOf } from './words/dosage.js'
import { LeftOut } from './words/refusal.js'

/** Parts of a dosage that its own words tell as well (FHIR R4 Dosage.text). */
const toldByText = (
  'sequence timing asNeededBoolean asNeededCodeableConcept asNeeded asNeededFor route site method doseAndRate ' +
  'maxDosePerPeriod maxDosePerAdministration maxDosePerLifetime'
).split(' ')

/**
 * As somebody wrote it, or put together from its parts; `null` where there is none.
 * @throws ChartsealError `medication/invalid`, `medication/not-kept`, `medication/not-told`
 */
export function dosageIn(resource: Element, release: FhirRelease): string | null {
  for (const step of resource.elements('dosageInstruction')) {
    for (const name of ['text', 'additionalInstruction', 'patientInstruction']) step.raw(name)
    if (step.textOrNull('text') !== null) step.end(toldByText)
  }
  const rendered = release === 'R5' ? resource.textOrNull('renderedDosageInstruction') : null
  const words = toldDosage(resource) || (rendered ?? '')
  if (words === '') return null
  const problem = textProblem(words)
  if (problem !== null) throw invalid('dosageInstruction', problem)
  return words
}

function toldDosage(resource: Element): string {
  try {
    return dosageOf(resource.value)
  } catch (error) {
    if (!(error instanceof LeftOut)) throw error
    throw medicationError('medication/not-told', { path: 'dosageInstruction', reason: error.message })
  }
}
