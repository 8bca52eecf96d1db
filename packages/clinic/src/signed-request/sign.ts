import { encodeBase64, encodeBase64Url } from '@chartseal/core/encoding'
import { defaultEngine } from '@chartseal/core/engine'
import type { World } from '../world.js'
import { covered, formatContentDigest, type RequestTarget, requestBase } from './base.js'

/** Who signs: a key of this process, or one that a browser does not give away. */
export interface RequestSigner {
  /** `thumbprintOf` its public key. */
  readonly kid: string
  /** An Ed25519 signature, 64 bytes. */
  sign(message: Uint8Array): Uint8Array | Promise<Uint8Array>
}

/** SHA-256 of a body, 32 bytes. */
export type Digest = (body: Uint8Array) => Uint8Array | Promise<Uint8Array>

/** Headers to send with the request. */
export interface SignedHeaders {
  readonly 'content-digest': string
  readonly 'signature-input': string
  readonly signature: string
}

const nonceBytes = 16

/**
 * Signs a request to a clinic; with a new nonce each time, so a repeated request is signed again.
 * @param request `url` is absolute: the origin that the clinic names, path and query
 * @param world `clock` as the clinic has it
 * @throws RangeError for a method in lower case, or a URL that is sent in another spelling than this
 * @example
 * const headers = await signRequest({ method: 'PUT', url, body }, signer, { clock, random })
 */
export async function signRequest(
  request: RequestTarget & { readonly body: Uint8Array },
  signer: RequestSigner,
  { clock, random, digest = sha256 }: World & { readonly digest?: Digest },
): Promise<SignedHeaders> {
  requireSendable(request)
  const contentDigest = formatContentDigest(await digest(request.body))
  const created = Math.floor(clock.nowMs() / 1000)
  const nonce = encodeBase64Url(random.bytes(nonceBytes))
  const parameters = `${covered};created=${created};nonce="${nonce}";alg="ed25519";keyid="${signer.kid}";tag="chartseal/v2"`
  const signature = await signer.sign(requestBase(request, contentDigest, parameters))
  return {
    'content-digest': contentDigest,
    'signature-input': `sig=${parameters}`,
    signature: `sig=:${encodeBase64(signature)}:`,
  }
}

function sha256(body: Uint8Array): Uint8Array {
  return defaultEngine().sha256(body)
}

/** A platform sends a URL in one spelling, without the fragment: another one would be signed and never arrive. */
function requireSendable({ method, url }: RequestTarget): void {
  if (!/^[A-Z]+$/.test(method)) throw new RangeError('the method must be in upper case')
  if (new URL(url).href !== url || url.includes('#'))
    throw new RangeError('the URL must be absolute, as it is sent')
}
