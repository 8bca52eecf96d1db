/**
 * A detached JWS (RFC 7515 appendix F) in compact form: header, two dots, signature. The payload is the resource's bytes as
 * they are stored; nothing is canonicalised. ES256 (RFC 7518 3.4) and EdDSA with Ed25519 (RFC 8037 3.1).
 */
import { equal } from '@chartseal/core/bytes'
import { verifySha256 } from '@chartseal/core/ecdsa'
import { verify } from '@chartseal/core/ed25519'
import { decodeBase64Url, decodeUtf8, encodeBase64Url, encodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import { sha256 } from '@chartseal/core/hkdf'
import { JsonObject } from '@chartseal/core/json'
import { keyIdOf, type MemberKey } from '../v2/member.js'
import type { RecordSigner } from '../v2/prepare.js'
import { medicationError } from './errors.js'

export interface SignedAt {
  readonly kid: Uint8Array
  /** Seconds since 1970-01-01T00:00:00Z, by the signer's clock. */
  readonly seconds: number
}

const kidBytes = 32
const signatureBytes = 64
const maxSeconds = 253_402_300_799
const jwsNames = { ES256: 'ES256', Ed25519: 'EdDSA' } as const
type JwsAlgorithm = (typeof jwsNames)[keyof typeof jwsNames]

/**
 * What comes back is verified, so that a wrong key is found before anything is stored.
 * @throws ChartsealError `medication/bad-jws` for a key that JWS of FHIR does not have here; `medication/wrong-signature`
 * @throws RangeError unless `seconds` is whole, from 1970 to 9999
 */
export async function signDetached(
  payload: Uint8Array,
  signer: RecordSigner,
  seconds: number,
): Promise<string> {
  const algorithm = signer.algorithm
  if (algorithm === 'ES256K') throw badJws('a key for ES256K signs no resource')
  if (!isTime(seconds)) throw new RangeError('seconds must be whole, from 1970 to 9999')
  const key = { algorithm, publicKey: signer.publicKey }
  const kid = keyIdOf(algorithm, key.publicKey)
  const header = headerText(jwsNames[algorithm], seconds, kid)
  const input = signingInput(header, payload)
  const signature = Uint8Array.from(await signer.sign(Uint8Array.from(input), sha256(input)))
  if (signature.length !== signatureBytes || !equal(kid, signer.kid) || !isSignature(key, input, signature))
    throw medicationError('medication/wrong-signature', {})
  return `${header}..${encodeBase64Url(signature)}`
}

/**
 * @throws ChartsealError `medication/bad-jws`, `medication/unknown-key`, `medication/wrong-signature`
 * @param keyOf the key of a thumbprint that is trusted; `null` for one that is not
 */
export function verifyDetached(
  jws: string,
  payload: Uint8Array,
  keyOf: (kid: Uint8Array) => MemberKey | null,
): SignedAt {
  const [header = '', empty, signature = '', ...more] = jws.split('.')
  if (empty !== '' || more.length > 0) throw badJws('it must be a header, two dots and a signature')
  const { alg, seconds, kid } = headerIn(header)
  const signed = bytesOf(signature)
  if (signed.length !== signatureBytes) throw badJws('its signature must have 64 bytes')
  const key = keyOf(kid)
  if (key === null) throw medicationError('medication/unknown-key', {})
  if (key.algorithm === 'ES256K' || jwsNames[key.algorithm] !== alg)
    throw medicationError('medication/wrong-signature', {})
  if (!isSignature(key, signingInput(header, payload), signed))
    throw medicationError('medication/wrong-signature', {})
  return { kid, seconds }
}

function isSignature({ algorithm, publicKey }: MemberKey, input: Uint8Array, signature: Uint8Array): boolean {
  if (algorithm === 'Ed25519') return verify(publicKey, input, signature)
  return verifySha256('P-256', publicKey, input, signature)
}

/** RFC 7515 5.1: as if the payload were there. */
function signingInput(header: string, payload: Uint8Array): Uint8Array {
  return encodeUtf8(`${header}.${encodeBase64Url(payload)}`)
}

/** The time is `iat`, so that it is signed as well. */
function headerText(alg: JwsAlgorithm, seconds: number, kid: Uint8Array): string {
  return encodeBase64Url(encodeUtf8(JSON.stringify({ alg, iat: seconds, kid: encodeBase64Url(kid) })))
}

interface Header {
  readonly alg: JwsAlgorithm
  readonly seconds: number
  readonly kid: Uint8Array
}

/** One header has one text: whatever else a JWS may carry (`crit`, `b64`, keys of its own) is refused. */
function headerIn(text: string): Header {
  const header = readHeader(text)
  if (headerText(header.alg, header.seconds, header.kid) !== text)
    throw badJws('its header must be alg, iat and kid, in this order, without blanks')
  return header
}

function readHeader(text: string): Header {
  try {
    const object = JsonObject.parse(decodeUtf8(decodeBase64Url(text)))
    const alg = Object.values(jwsNames).find(name => name === object.text('alg'))
    if (alg === undefined) throw badJws('alg must be ES256 or EdDSA')
    const seconds = object.count('iat')
    if (!isTime(seconds)) throw badJws('iat must be whole seconds')
    const kid = decodeBase64Url(object.text('kid'))
    if (kid.length !== kidBytes) throw badJws('kid must be a thumbprint')
    return { alg, seconds, kid }
  } catch (error) {
    if (error instanceof ChartsealError && error.code === 'medication/bad-jws') throw error
    throw badJws('its header must be a JSON object in base64url, with alg, iat and kid')
  }
}

function bytesOf(text: string): Uint8Array {
  try {
    return decodeBase64Url(text)
  } catch {
    throw badJws('its signature must be base64url')
  }
}

function isTime(seconds: number): boolean {
  return Number.isInteger(seconds) && seconds >= 0 && seconds <= maxSeconds
}

function badJws(reason: string): Error {
  return medicationError('medication/bad-jws', { reason })
}
