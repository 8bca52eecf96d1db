/** A FHIR R4 bundle, read for what the demo needs of it: any bundle will do, whatever it lacks. */
import { decodeUtf8 } from '@chartseal/core/encoding'
import { JsonObject } from '@chartseal/core/json'
import { demoError } from '../errors.js'
import { textAt } from './fhir-text.js'
import { type Order, orderOf } from './order.js'

/** An Observation or DiagnosticReport, as JSON text. */
export interface Result {
  readonly kind: string
  readonly text: string
}

export interface PatientBundle {
  readonly bytes: Uint8Array
  /** How many resources of each type, in order of first appearance. */
  readonly kinds: ReadonlyMap<string, number>
  /** The first Patient, or a stand-in where there is none. */
  readonly patient: { readonly id: string; readonly name: string }
  readonly results: readonly Result[]
  readonly orders: readonly Order[]
}

/** @throws ChartsealError `demo/not-a-bundle`, `json/invalid`, `encoding/invalid` */
export function readBundle(bytes: Uint8Array): PatientBundle {
  const bundle = JsonObject.parse(decodeUtf8(bytes))
  if (bundle.raw('resourceType') !== 'Bundle') throw demoError('demo/not-a-bundle', {})
  const resources = resourcesOf(bundle.raw('entry'))
  return {
    bytes,
    kinds: countKinds(resources),
    patient: patientOf(resources.find(resource => kindOf(resource) === 'Patient')),
    results: resources
      .filter(resource => ['Observation', 'DiagnosticReport'].includes(kindOf(resource)))
      .map(resource => ({ kind: kindOf(resource), text: JSON.stringify(resource) })),
    orders: resources.filter(resource => kindOf(resource) === 'MedicationRequest').map(orderOf),
  }
}

function resourcesOf(entries: unknown): unknown[] {
  if (!Array.isArray(entries)) return []
  return entries
    .map((entry: unknown) => (isObject(entry) ? Reflect.get(entry, 'resource') : undefined))
    .filter(resource => kindOf(resource) !== '')
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

const kindOf = (resource: unknown): string => textAt(resource, 'resourceType')

function countKinds(resources: readonly unknown[]): ReadonlyMap<string, number> {
  const kinds = new Map<string, number>()
  for (const kind of resources.map(kindOf)) kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  return kinds
}

function patientOf(patient: unknown): { id: string; name: string } {
  const id = textAt(patient, 'id') || 'patient-without-id'
  const given = textAt(patient, 'name', 0, 'given', 0)
  const family = textAt(patient, 'name', 0, 'family')
  const name = textAt(patient, 'name', 0, 'text') || `${given} ${family}`.trim()
  return { id, name: name || 'a patient without a name' }
}
