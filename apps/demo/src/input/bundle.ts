/** A FHIR bundle, read for what the demo needs of it: any bundle will do, whatever it lacks. */
import { type BundleOrders, type LeftOutResource, type Order, readOrders } from '@chartseal/clinic'
import { decodeUtf8, withoutBom } from '@chartseal/core/encoding'
import { type JsonValue, parseJson } from '@chartseal/core/json'
import { demoError } from '../errors.js'
import { textAt } from './fhir-text.js'

export interface PatientBundle {
  readonly bytes: Uint8Array
  /** How many resources of each type, in order of first appearance. */
  readonly kinds: ReadonlyMap<string, number>
  /** The first Patient, or a stand-in where there is none. */
  readonly patient: { readonly id: string; readonly name: string }
  readonly results: BundleOrders['results']
  readonly orders: readonly Order[]
  readonly leftOut: readonly LeftOutResource[]
}

/** @throws ChartsealError `demo/not-a-bundle`, `json/invalid`, `encoding/invalid` */
export function readBundle(bytes: Uint8Array): PatientBundle {
  const bundle = parsed(withoutBom(decodeUtf8(bytes)))
  const resources = resourcesOf(bundle)
  return {
    bytes,
    kinds: countKinds(resources),
    patient: patientOf(resources.find(resource => kindOf(resource) === 'Patient')),
    ...readOrders(bundle),
  }
}

function parsed(text: string): JsonValue {
  const lines = text.split('\n').filter(line => line.trim() !== '')
  if (/^\s*</.test(text)) throw demoError('demo/not-a-bundle', { found: 'XML' })
  if (lines.length > 1 && lines.every(line => /^\s*\{.*\}\s*$/.test(line)))
    throw demoError('demo/not-a-bundle', { found: 'NDJSON, one object a line' })
  const value = parseJson(text)
  const kind = kindOf(value)
  if (kind === 'Bundle') return value
  const found = /^[A-Z][A-Za-z]{1,40}$/.test(kind) ? `one ${kind}` : 'something else'
  throw demoError('demo/not-a-bundle', { found })
}

function resourcesOf(bundle: JsonValue): unknown[] {
  const entries: unknown = typeof bundle === 'object' ? Reflect.get(Object(bundle), 'entry') : undefined
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
  const found = textAt(patient, 'id')
  // FHIR R4 2.24.0.1: whatever else stands there is not an id.
  const id = /^[A-Za-z0-9.-]{1,64}$/.test(found) ? found : 'patient-without-id'
  const given = textAt(patient, 'name', 0, 'given', 0)
  const family = textAt(patient, 'name', 0, 'family')
  const name = textAt(patient, 'name', 0, 'text') || `${given} ${family}`.trim()
  return { id, name: name || 'a patient without a name' }
}
