/** Elements that change what a resource means and that nobody here knows (FHIR R4 2.4.4): they must not be passed over. */
import type { FhirValue } from '../json.js'
import { listAt, valueAt } from './bundle.js'
import { leaveOut } from './refusal.js'

export function refuseModifiers(element: FhirValue, name: string): void {
  if (listAt(element, 'modifierExtension').length > 0) leaveOut(`${name} has an unknown modifier extension`)
  if (valueAt(element, 'implicitRules') !== undefined) leaveOut(`${name} has implicit rules`)
}
