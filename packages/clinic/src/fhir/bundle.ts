/** A FHIR bundle: its resources, and what a reference in one of them means. */
import { coreError } from '@chartseal/core/errors'
import type { JsonValue } from '@chartseal/core/json'

export interface BundleEntry {
  readonly fullUrl: string
  readonly resource: JsonValue
}

/** The value at a path of parsed JSON; `undefined` where there is none: FHIR makes almost every element optional. */
export function valueAt(
  value: JsonValue | undefined,
  ...path: readonly (string | number)[]
): JsonValue | undefined {
  let found = value
  for (const step of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, step)) return undefined
    found = Object.entries(found).find(([name]) => name === `${step}`)?.[1]
  }
  return found
}

/** The text at a path, or an empty one. */
export function textAt(value: JsonValue | undefined, ...path: readonly (string | number)[]): string {
  const found = valueAt(value, ...path)
  return typeof found === 'string' ? found : ''
}

/** The list at a path, or an empty one. */
export function listAt(
  value: JsonValue | undefined,
  ...path: readonly (string | number)[]
): readonly JsonValue[] {
  const found = valueAt(value, ...path)
  return Array.isArray(found) ? found : []
}

/** The names of an object's elements. */
export function namesIn(value: JsonValue | undefined): readonly string[] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : []
}

/** The entries that have a resource of some type. @throws ChartsealError `json/invalid` unless it is a Bundle */
export function entriesIn(bundle: JsonValue): readonly BundleEntry[] {
  if (textAt(bundle, 'resourceType') !== 'Bundle')
    throw coreError('json/invalid', { path: '$.resourceType', expected: 'Bundle' })
  return listAt(bundle, 'entry').flatMap(entry => {
    const resource = valueAt(entry, 'resource')
    return resource === undefined || typeOf(resource) === ''
      ? []
      : { fullUrl: textAt(entry, 'fullUrl'), resource }
  })
}

export function typeOf(resource: JsonValue): string {
  return textAt(resource, 'resourceType')
}

/**
 * The resource that a reference names, within its holder (`#id`) or the bundle; `null` for one that is elsewhere
 * (FHIR R4 2.36.4.1, resolving references in bundles).
 */
export function resolve(
  reference: string,
  holder: JsonValue,
  entries: readonly BundleEntry[],
): JsonValue | null {
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
