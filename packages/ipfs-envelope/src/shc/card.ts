/** The card itself: a JWS in compact form (RFC 7515 7.1) over JSON in raw DEFLATE; SMART Health Cards, "Health Cards are Compact". */
import { inflateRaw } from '@chartseal/core/deflate'
import { decodeBase64Url, decodeUtf8, encodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { JsonObject, type JsonValue, parseJson } from '@chartseal/core/json'
import { maxInflatedBytes } from '../shl/limits.js'
import { shcError } from './errors.js'

/** What a card says. Before `verifyHealthCard` has accepted it, it may be anybody's. */
export interface HealthCard {
  /** URL of the issuer. */
  readonly issuer: string
  /** Thumbprint of the issuer's key (RFC 7638). */
  readonly kid: string
  /** Seconds since 1970-01-01T00:00:00Z: when it was issued. */
  readonly fromSeconds: number
  readonly expSeconds: number | null
  /** Every type, also those that are not known. */
  readonly types: readonly string[]
  readonly fhirVersion: string
  /** A FHIR Bundle; not validated. */
  readonly bundle: JsonValue
  /** By which the issuer can take this card back; `null` where it has none. */
  readonly revocationId: string | null
}

export interface SignedCard {
  readonly card: HealthCard
  /** What is signed: header and payload as they stand. */
  readonly signed: Uint8Array
  /** r ‖ s, 64 bytes. */
  readonly signature: Uint8Array
}

const cardType = 'https://smarthealth.cards#health-card'
const maxLength = 1_000_000
const signatureBytes = 64

/**
 * Reads a card without verifying it.
 * @throws ChartsealError `shc/bad-jws`, `shc/bad-card`, `shc/too-large`
 */
export async function decodeHealthCard(jws: string): Promise<SignedCard> {
  if (jws.length > maxLength) throw shcError('shc/too-large', { maxBytes: maxLength })
  const parts = jws.trim().split('.')
  const [header = '', payload = '', signature = ''] = parts
  if (parts.length !== 3) throw badJws('it must have three parts')
  const kid = kidOf(bytesOf(header))
  const signatureOf = bytesOf(signature)
  if (signatureOf.length !== signatureBytes) throw badJws(`the signature must have ${signatureBytes} bytes`)
  const content = await inflateRaw(bytesOf(payload), maxInflatedBytes)
  if (content === 'too large') throw shcError('shc/too-large', { maxBytes: maxInflatedBytes })
  if (content === 'invalid') throw badJws('its payload must be raw DEFLATE')
  return { card: cardOf(content, kid), signed: encodeUtf8(`${header}.${payload}`), signature: signatureOf }
}

function bytesOf(part: string): Uint8Array {
  try {
    return decodeBase64Url(part)
  } catch {
    throw badJws('each part must be base64url')
  }
}

function kidOf(bytes: Uint8Array): string {
  const header = within(() => JsonObject.parse(decodeUtf8(bytes)), 'its header must be a JSON object', badJws)
  if (header.raw('alg') !== 'ES256') throw badJws('alg must be "ES256"')
  if (header.raw('zip') !== 'DEF') throw badJws('zip must be "DEF"')
  // RFC 7515 4.1.11.
  if (header.raw('crit') !== undefined) throw badJws('there must be no crit')
  const kid = header.raw('kid')
  if (typeof kid !== 'string' || !/^[A-Za-z0-9_-]{43}$/.test(kid)) throw badJws('kid must be a thumbprint')
  return kid
}

function cardOf(content: Uint8Array, kid: string): HealthCard {
  const claims = within(() => JsonObject.parse(decodeUtf8(content)), 'it must be a JSON object', badCard)
  return within(() => readClaims(claims, kid), 'a claim is missing or of another type', badCard)
}

function readClaims(claims: JsonObject, kid: string): HealthCard {
  const vc = claims.object('vc')
  const subject = vc.object('credentialSubject')
  const types = vc.texts('type')
  const bundle = subject.object('fhirBundle')
  if (!types.includes(cardType)) throw badCard(`its types must have ${cardType}`)
  if (bundle.raw('resourceType') !== 'Bundle') throw badCard('fhirBundle must be a Bundle')
  const rid = vc.has('rid') ? vc.text('rid') : null
  if (rid !== null && !/^[A-Za-z0-9_-]{1,24}$/.test(rid))
    throw badCard('rid must be 1 to 24 characters of base64url')
  return {
    issuer: claims.text('iss'),
    kid,
    fromSeconds: secondsIn(claims, 'nbf'),
    expSeconds: claims.has('exp') ? secondsIn(claims, 'exp') : null,
    types,
    fhirVersion: subject.text('fhirVersion'),
    bundle: parseJson(JSON.stringify(subject.raw('fhirBundle'))),
    revocationId: rid,
  }
}

/** NumericDate (RFC 7519 2): it may have a fraction. */
function secondsIn(claims: JsonObject, name: string): number {
  const value = claims.raw(name)
  if (typeof value !== 'number' || value < 0) throw badCard(`${name} must be a time`)
  return value
}

/** What a parser of core refuses, under the code of this format. */
function within<Result>(read: () => Result, reason: string, refuse: (reason: string) => Error): Result {
  try {
    return read()
  } catch (error) {
    if (error instanceof ChartsealError && error.code.startsWith('shc/')) throw error
    throw refuse(reason)
  }
}

const badJws = (reason: string): Error => shcError('shc/bad-jws', { reason })
const badCard = (reason: string): Error => shcError('shc/bad-card', { reason })
