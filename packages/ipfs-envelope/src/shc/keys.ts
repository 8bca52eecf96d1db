/** The keys of an issuer, and the cards that it took back: SMART Health Cards, "Determining keys associated with an issuer", "Revocation". */
import { concat } from '@chartseal/core/bytes'
import { decodeBase64Url, encodeBase64Url, encodeUtf8 } from '@chartseal/core/encoding'
import { defaultEngine } from '@chartseal/core/engine'
import { coreError } from '@chartseal/core/errors'
import { JsonObject } from '@chartseal/core/json'
import { shcError } from './errors.js'

export interface IssuerKey {
  /** Uncompressed point (SEC 1 2.3.3), 65 bytes. */
  readonly point: Uint8Array
  /** The least `ctr` of the list of cards under this key that the issuer took back; `null` without such a list. */
  readonly crlVersion: number | null
}

const coordinateBytes = 32

/**
 * The key of that thumbprint in a JSON Web Key Set (RFC 7517 5); `null` when it is not there.
 * @throws ChartsealError `json/invalid`, `shc/bad-key`
 */
export function findIssuerKey(jwks: string, kid: string): IssuerKey | null {
  const keys = JsonObject.parse(jwks).objects('keys')
  // The same key may be there once more for each certificate.
  const key = keys.find(one => one.raw('kid') === kid && one.raw('kty') === 'EC' && one.raw('use') === 'sig')
  if (key === undefined) return null
  if (key.raw('alg') !== 'ES256' || key.raw('crv') !== 'P-256') throw badKey('it must be for ES256')
  if (key.raw('d') !== undefined) throw badKey('its private half is published with it')
  const [x, y] = [key.text('x'), key.text('y')]
  if (thumbprintOf(x, y) !== kid) throw badKey('kid must be its thumbprint')
  return {
    point: concat(Uint8Array.of(0x04), coordinate(x), coordinate(y)),
    crlVersion: key.has('crlVersion') ? key.count('crlVersion') : null,
  }
}

/** RFC 7638 3.2: the members in the order of their names. */
function thumbprintOf(x: string, y: string): string {
  const members = JSON.stringify({ crv: 'P-256', kty: 'EC', x, y })
  return encodeBase64Url(defaultEngine().sha256(encodeUtf8(members)))
}

function coordinate(text: string): Uint8Array {
  const bytes = decoded(text)
  if (bytes.length !== coordinateBytes) throw badKey(`x and y must have ${coordinateBytes} bytes`)
  return bytes
}

function decoded(text: string): Uint8Array {
  try {
    return decodeBase64Url(text)
  } catch {
    throw badKey('x and y must be base64url')
  }
}

/** A revocation id, and perhaps a time in seconds. */
const ridForm = /^([A-Za-z0-9_-]{1,24})(?:\.(\d{1,12}))?$/

export interface RevocationQuestion {
  readonly kid: string
  readonly crlVersion: number
  readonly revocationId: string
  readonly fromSeconds: number
}

/**
 * Whether a list of an issuer takes a card back. A list that is older than its key says, or that holds what cannot be read,
 * says nothing of any card.
 * @throws ChartsealError `json/invalid` for what is no list of that key
 */
export function isRevoked(
  list: string,
  { kid, crlVersion, revocationId, fromSeconds }: RevocationQuestion,
): boolean {
  const object = JsonObject.parse(list)
  if (object.text('kid') !== kid || object.text('method') !== 'rid')
    throw unusable('kid', 'of the key of the card, with method rid')
  if (object.count('ctr') < crlVersion) throw unusable('ctr', `at least ${crlVersion}, as the key says`)
  return object
    .texts('rids')
    .map(ridOf)
    .some(({ rid, before }) => rid === revocationId && fromSeconds < before)
}

/** With a time: only cards of before it. */
function ridOf(entry: string): { readonly rid: string; readonly before: number } {
  const found = ridForm.exec(entry)
  if (found === null) throw unusable('rids', 'revocation ids, each perhaps with a time in seconds')
  const [, rid = '', seconds] = found
  return { rid, before: seconds === undefined ? Number.POSITIVE_INFINITY : Number(seconds) }
}

const unusable = (name: string, expected: string): Error =>
  coreError('json/invalid', { path: `$.${name}`, expected })
const badKey = (reason: string): Error => shcError('shc/bad-key', { reason })
