/** A FHIR bundle: its resources, and what a reference in one of them means. */
import { coreError } from '@chartseal/core/errors'
import { Decimal, type FhirValue, isList, isMap } from '../json.js'

export interface BundleEntry {
  readonly fullUrl: string
  readonly resource: FhirValue
}

/** The value at a path of parsed JSON; `undefined` where there is none: FHIR makes almost every element optional. */
export function valueAt(
  value: FhirValue | undefined,
  ...path: readonly (string | number)[]
): FhirValue | undefined {
  let found = value
  for (const step of path) {
    if (typeof found !== 'object' || found === null || found instanceof Decimal) return undefined
    if (!Object.hasOwn(found, step)) return undefined
    found = Object.entries(found).find(([name]) => name === `${step}`)?.[1]
  }
  return found
}

/** The text at a path, or an empty one. */
export function textAt(value: FhirValue | undefined, ...path: readonly (string | number)[]): string {
  const found = valueAt(value, ...path)
  return typeof found === 'string' ? found : ''
}

/** The digits of a number, as somebody wrote them; an empty text for what is no number. */
export function digitsOf(value: FhirValue | undefined): string {
  if (value instanceof Decimal) return value.text
  return typeof value === 'number' ? `${value}` : ''
}

/** The list at a path, or an empty one. */
export function listAt(
  value: FhirValue | undefined,
  ...path: readonly (string | number)[]
): readonly FhirValue[] {
  const found = valueAt(value, ...path)
  return isList(found) ? found : []
}

/** The names of an object's elements. */
export function namesIn(value: FhirValue | undefined): readonly string[] {
  return isMap(value) ? Object.keys(value) : []
}

/** The entries that have a resource of some type. @throws ChartsealError `json/invalid` unless it is a Bundle */
export function entriesIn(bundle: FhirValue): readonly BundleEntry[] {
  if (textAt(bundle, 'resourceType') !== 'Bundle')
    throw coreError('json/invalid', { path: '$.resourceType', expected: 'Bundle' })
  return listAt(bundle, 'entry').flatMap(entry => {
    const resource = valueAt(entry, 'resource')
    return resource === undefined || typeOf(resource) === ''
      ? []
      : { fullUrl: textAt(entry, 'fullUrl'), resource }
  })
}

export function typeOf(resource: FhirValue): string {
  return textAt(resource, 'resourceType')
}

/**
 * The resource that a reference names, within its holder (`#id`) or the bundle; `null` for one that is elsewhere
 * (FHIR R4 2.36.4.1, resolving references in bundles).
 */
export function resolve(
  reference: string,
  holder: FhirValue,
  entries: readonly BundleEntry[],
): FhirValue | null {
  // Entries without a URL of their own are named by nothing, not by an empty reference.
  if (reference === '') return null
  if (reference.startsWith('#')) {
    return listAt(holder, 'contained').find(one => textAt(one, 'id') === reference.slice(1)) ?? null
  }
  const plain = reference.replace(/\/_history\/.*$/, '')
  const found = entries.find(({ fullUrl, resource }) => {
    const id = textAt(resource, 'id')
    return fullUrl === plain || (id !== '' && `${typeOf(resource)}/${id}` === plain)
  })
  return found?.resource ?? null
}
