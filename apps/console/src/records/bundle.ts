/** What a plain client opens behind a link: FHIR. A file of another kind goes in a bundle with one DocumentReference. */
import { decodeUtf8, encodeBase64, encodeUtf8 } from '@chartseal/core/encoding'
import { JsonObject } from '@chartseal/core/json'

export interface LinkFile {
  readonly name: string
  readonly mediaType: string
  readonly bytes: Uint8Array
}

/** FHIR, or a file of health cards, as it is. */
export interface LinkDocument {
  readonly contentType: 'application/fhir+json' | 'application/smart-health-card'
  readonly content: Uint8Array
}

/** Of the version that the page writes itself. */
export const fhirVersion = '4.0.1'

export function documentOf(file: LinkFile, nowMs: number): LinkDocument {
  const kind = kindOf(file.bytes)
  if (kind !== null) return { contentType: kind, content: file.bytes }
  return { contentType: 'application/fhir+json', content: encodeUtf8(JSON.stringify(wrapped(file, nowMs))) }
}

function kindOf(bytes: Uint8Array): LinkDocument['contentType'] | null {
  try {
    const object = JsonObject.parse(decodeUtf8(bytes))
    if (object.has('resourceType')) return 'application/fhir+json'
    return object.has('verifiableCredential') ? 'application/smart-health-card' : null
  } catch {
    return null
  }
}

/** FHIR R4, DocumentReference: status and content are all that it must have. */
function wrapped({ name, mediaType, bytes }: LinkFile, nowMs: number): object {
  const date = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeZone: 'UTC' }).format(nowMs)
  const attachment = { contentType: mediaType, title: name, creation: date, data: encodeBase64(bytes) }
  const resource = { resourceType: 'DocumentReference', status: 'current', content: [{ attachment }] }
  return { resourceType: 'Bundle', type: 'collection', entry: [{ resource }] }
}
