/** The last stage: whether what was decrypted is what its type says. */
import { decodeUtf8 } from '@chartseal/core/encoding'
import { JsonObject } from '@chartseal/core/json'
import { shlError } from './errors.js'

export interface Content {
  readonly contentType: string
  readonly content: Uint8Array
}

/**
 * That it is JSON of the form that its type names; FHIR itself is not validated. Types that are not known pass.
 * @throws ChartsealError `shl/bad-content`
 */
export function requireContent({ contentType, content }: Content): void {
  const check = checks[contentType]
  if (check === undefined) return
  const problem = check(objectOf(content))
  if (problem !== null) throw badContent(problem)
}

const checks: Readonly<Record<string, (object: JsonObject) => string | null>> = {
  'application/fhir+json': fhirProblem,
  'application/smart-health-card': cardProblem,
  'application/smart-api-access': accessProblem,
}

/** What it is, by what stands in it: some files of others do not say (no `cty`). */
export function contentTypeOf(content: Uint8Array): string {
  try {
    const object = JsonObject.parse(decodeUtf8(content))
    if (object.has('verifiableCredential')) return 'application/smart-health-card'
    return object.has('resourceType') ? 'application/fhir+json' : 'application/octet-stream'
  } catch {
    return 'application/octet-stream'
  }
}

function objectOf(content: Uint8Array): JsonObject {
  try {
    return JsonObject.parse(decodeUtf8(content))
  } catch {
    throw badContent('it must be a JSON object in UTF-8, with each name once')
  }
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''

function fhirProblem(resource: JsonObject): string | null {
  if (!isText(resource.raw('resourceType'))) return 'a FHIR resource must have a resourceType'
  if (resource.raw('resourceType') !== 'Bundle') return null
  const entries = resource.raw('entry') ?? []
  if (!Array.isArray(entries)) return 'entry must be a list'
  return entries.every(entry => isEntry(entry))
    ? null
    : 'each resource in the bundle must have a resourceType'
}

/** FHIR R4 bdl-5: a resource, a request or a response. */
function isEntry(entry: unknown): boolean {
  if (typeof entry !== 'object' || entry === null) return false
  const { resource }: { readonly resource?: unknown } = entry
  if (resource === undefined) return true
  return (
    typeof resource === 'object' &&
    resource !== null &&
    'resourceType' in resource &&
    isText(resource.resourceType)
  )
}

function cardProblem(file: JsonObject): string | null {
  const cards = file.raw('verifiableCredential')
  const sound = Array.isArray(cards) && cards.length > 0 && cards.every(card => isText(card))
  return sound ? null : 'a health card file must have a list verifiableCredential of texts'
}

function accessProblem(response: JsonObject): string | null {
  const sound = isText(response.raw('access_token')) && isText(response.raw('aud'))
  return sound ? null : 'a SMART access response must have access_token and aud'
}

const badContent = (reason: string): Error => shlError('shl/bad-content', { reason })
