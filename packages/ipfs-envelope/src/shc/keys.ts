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
  /** Whether the issuer has a list of the cards under this key that it took back. */
  readonly revokes: boolean
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
    revokes: key.has('crlVersion'),
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

/**
 * Whether a list of an issuer takes a card back that was issued at `fromSeconds`.
 * @throws ChartsealError `json/invalid` for what is no list of that key
 */
export function isRevoked(list: string, kid: string, revocationId: string, fromSeconds: number): boolean {
  const object = JsonObject.parse(list)
  if (object.text('kid') !== kid || object.text('method') !== 'rid') throw otherList()
  return object.texts('rids').some(entry => {
    const [rid, timestamp] = entry.split('.')
    if (rid !== revocationId) return false
    // With a time: only cards of before it.
    return timestamp === undefined || fromSeconds < Number(timestamp)
  })
}

const otherList = (): Error =>
  coreError('json/invalid', { path: '$.kid', expected: 'of the key of the card, with method rid' })
const badKey = (reason: string): Error => shcError('shc/bad-key', { reason })
