import { equal } from '@chartseal/core/bytes'
import { type VerifyingKey, verify } from '@chartseal/core/ed25519'
import { decodeBase64 } from '@chartseal/core/encoding'
import { signatureError } from '../errors.js'
import { covered, type RequestTarget, requestBase } from './base.js'

/** What a signed request says of itself; nothing of it is true before {@link verifyRequest}. */
export interface RequestSignature {
  readonly kid: string
  /** Seconds since 1970. */
  readonly created: number
  /** 22 characters of base64url. */
  readonly nonce: string
  /** The header `Content-Digest`, and its 32 bytes. */
  readonly contentDigest: string
  readonly digest: Uint8Array
  readonly parameters: string
  readonly signature: Uint8Array
}

/** Reads a header by its name in lower case; `null` or `undefined` when it is not there. */
export type HeaderOf = (name: string) => string | null | undefined

/** How far a clock may be from that of the clinic. */
export const maxSkewMs = 60_000

// One spelling of each. Base64url of 16 and of 32 bytes leaves two or four bits of the last character zero.
const inputPattern =
  /^sig=(\("@method" "@target-uri" "content-digest"\);created=(0|[1-9]\d{0,11});nonce="([A-Za-z0-9_-]{21}[AQgw])";alg="ed25519";keyid="([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])";tag="chartseal\/v2")$/
const digestPattern = /^sha-256=:([A-Za-z0-9+/]{43}=):$/
const signaturePattern = /^sig=:([A-Za-z0-9+/]{86}==):$/

/** As {@link readSignature}. @throws ChartsealError `signature/missing`, `signature/malformed` */
export function requireSignature(headerOf: HeaderOf): RequestSignature {
  const read = readSignature(headerOf)
  if (read === null) throw signatureError('signature/missing', {})
  return read
}

/**
 * Reads the signature of a request; `null` for a request that has none.
 * @throws ChartsealError `signature/malformed` for anything but the one form
 */
export function readSignature(headerOf: HeaderOf): RequestSignature | null {
  const input = headerOf('signature-input') ?? null
  const value = headerOf('signature') ?? null
  if (input === null && value === null) return null
  const [, parameters, created, nonce, kid] = inputPattern.exec(input ?? '') ?? []
  if (parameters === undefined || nonce === undefined || kid === undefined) throw malformed('signature-input')
  const contentDigest = headerOf('content-digest') ?? ''
  const digest = decoded(digestPattern, contentDigest, 'content-digest')
  const signature = decoded(signaturePattern, value ?? '', 'signature')
  const names = { kid: ownText(kid), nonce: ownText(nonce) }
  return { ...names, created: Number(created), contentDigest, digest, parameters, signature }
}

/** A part of a text may keep all of it in memory (V8); these two are remembered, and the header is not. */
function ownText(part: string): string {
  return [...part].join('')
}

function decoded(pattern: RegExp, text: string, header: string): Uint8Array {
  const base64 = pattern.exec(text)?.[1]
  if (base64 === undefined) throw malformed(header)
  try {
    return decodeBase64(base64)
  } catch {
    throw malformed(header)
  }
}

function malformed(header: string): Error {
  return signatureError('signature/malformed', { header, form: covered })
}

/**
 * Refuses a signature that is not of now; `startedMs` is when the clinic began to remember nonces.
 * @throws ChartsealError `signature/stale`
 */
export function requireFresh({ created }: RequestSignature, nowMs: number, startedMs = 0): void {
  const createdMs = created * 1000
  // Both in whole seconds, as `created` is: what was signed in the second of the start is taken.
  const isBeforeStart = created < Math.floor(startedMs / 1000)
  if (isBeforeStart || Math.abs(nowMs - createdMs) > maxSkewMs)
    throw signatureError('signature/stale', { nowMs, maxSkewMs })
}

/**
 * Checks the body's digest, then the signature.
 * @param verifyingKey of the device that is enrolled under `read.kid`, `null` when there is none
 * @param target what was asked for here: `url` begins with the clinic's own origin, not with what a proxy says
 * @param bodyDigest SHA-256 of the body that arrived
 * @throws ChartsealError `signature/unknown-key`, `signature/digest`, `signature/wrong`
 */
export function verifyRequest(
  read: RequestSignature,
  verifyingKey: Uint8Array | VerifyingKey | null,
  target: RequestTarget,
  bodyDigest: Uint8Array,
): void {
  if (verifyingKey === null) throw signatureError('signature/unknown-key', {})
  if (!equal(read.digest, bodyDigest)) throw signatureError('signature/digest', {})
  const base = requestBase(target, read.contentDigest, read.parameters)
  if (!verify(verifyingKey, base, read.signature)) throw signatureError('signature/wrong', {})
}
