/** The manifest: what a client asks for, and what a server answers (HL7, "SMART Health Link Manifest Request"). */
import { coreError } from '@chartseal/core/errors'
import { JsonObject } from '@chartseal/core/json'
import { shlError } from './errors.js'

/** What the content of a file is. Others are passed on as they are: whoever does not know them ignores them. */
export const shlContentTypes = [
  'application/smart-health-card',
  'application/fhir+json',
  'application/smart-api-access',
] as const

/** The most files of one link. */
export const maxFiles = 100
/** The most bytes of a request for a manifest. */
export const maxManifestRequestBytes = 16_384
const maxRecipientLength = 256
const maxPasscodeLength = 256

export interface ManifestRequest {
  /** Who asks, in words for the person who made the link. Nobody has checked it. */
  readonly recipient: string
  readonly passcode: string | null
  /** The most characters of a file inside the manifest; `null` leaves it to the server. */
  readonly embeddedLengthMax: number | null
}

export interface ManifestFile {
  readonly contentType: string
  /** A URL for one use within an hour; one of `location` and `embedded` is there. */
  readonly location: string | null
  /** The JWE itself. */
  readonly embedded: string | null
  /** ISO 8601, as the server wrote it. */
  readonly lastUpdated: string | null
  readonly status: string | null
  readonly fhirVersion: string | null
}

export interface Manifest {
  readonly files: readonly ManifestFile[]
}

/**
 * The body of a request, as a server reads it; what it does not know it ignores.
 * @throws ChartsealError `json/invalid`
 */
export function parseManifestRequest(text: string): ManifestRequest {
  const body = JsonObject.parse(text)
  return {
    recipient: requireRecipient(body.text('recipient')),
    passcode: body.has('passcode') ? limited(body, 'passcode', maxPasscodeLength) : null,
    embeddedLengthMax: body.has('embeddedLengthMax') ? body.count('embeddedLengthMax') : null,
  }
}

/** The body of a request, as a client writes it. @throws ChartsealError `json/invalid` for an empty recipient */
export function formatManifestRequest(request: ManifestRequest): string {
  const { recipient, passcode, embeddedLengthMax } = request
  return JSON.stringify({
    recipient: requireRecipient(recipient),
    ...(passcode === null ? {} : { passcode }),
    ...(embeddedLengthMax === null ? {} : { embeddedLengthMax }),
  })
}

/** The name of who asks: 1 to 256 characters that are not all space. @throws ChartsealError `json/invalid` */
export function requireRecipient(text: string): string {
  if (text.trim() === '' || text.length > maxRecipientLength || !text.isWellFormed()) {
    throw invalid('recipient', `a text of 1 to ${maxRecipientLength} characters`)
  }
  return text
}

function limited(body: JsonObject, name: string, most: number): string {
  const text = body.text(name)
  if (text.length > most) throw invalid(name, `a text of at most ${most} characters`)
  return text
}

/** A manifest, as a client reads it. @throws ChartsealError `json/invalid`, `shl/bad-manifest` */
export function parseManifest(text: string): Manifest {
  const files = JsonObject.parse(text).objects('files')
  if (files.length === 0) throw badManifest('it must have a file')
  if (files.length > maxFiles) throw badManifest(`it must have at most ${maxFiles} files`)
  return { files: files.map(file => fileOf(file)) }
}

function fileOf(file: JsonObject): ManifestFile {
  const optional = (name: string): string | null => (file.has(name) ? file.text(name) : null)
  const [location, embedded] = [optional('location'), optional('embedded')]
  if (location === null && embedded === null)
    throw badManifest('each file must have a location or be embedded')
  return {
    contentType: file.text('contentType'),
    location,
    embedded,
    lastUpdated: optional('lastUpdated'),
    status: optional('status'),
    fhirVersion: optional('fhirVersion'),
  }
}

/** A manifest, as a server writes it: what is `null` is left out. */
export function formatManifest({ files }: Manifest): string {
  return JSON.stringify({ files }, (_, value: unknown) => (value === null ? undefined : value))
}

const badManifest = (reason: string): Error => shlError('shl/bad-manifest', { reason })
const invalid = (name: string, expected: string): Error =>
  coreError('json/invalid', { path: `$.${name}`, expected })
