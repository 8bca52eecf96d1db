/** Elements that must be there: one that is missing is refused as missing, not as something else. */
import type { JsonObject } from '@chartseal/core/json'
import { fhirError } from './errors.js'

/** The path of an element without the document's own sign. */
export function pathOf(element: JsonObject): string {
  return element.path.replace(/^\$\.?/, '')
}

function present(holder: JsonObject, field: string): JsonObject {
  if (holder.has(field)) return holder
  const path = pathOf(holder)
  throw fhirError('fhir/missing', { path: path === '' ? field : `${path}.${field}` })
}

/** @throws ChartsealError `fhir/missing`, `json/invalid` */
export function needText(holder: JsonObject, field: string): string {
  return present(holder, field).text(field)
}

/** @throws ChartsealError `fhir/missing`, `json/invalid` */
export function needObject(holder: JsonObject, field: string): JsonObject {
  return present(holder, field).object(field)
}

/** @throws ChartsealError `fhir/missing`, `json/invalid` */
export function needObjects(holder: JsonObject, field: string): readonly JsonObject[] {
  return present(holder, field).objects(field)
}
