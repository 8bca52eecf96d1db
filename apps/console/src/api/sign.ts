/** The signature of a request to a clinic; the hash is WebCrypto's, as bodies have up to a megabyte. */
import { type SignedHeaders, signRequest } from '@chartseal/clinic/signed-request'
import { ownBuffer } from '@chartseal/core/bytes'
import type { RequestOptions } from './requests.js'

/** @param offsetMs how far the clinic's clock is ahead of ours */
export function signedHeaders(
  request: { readonly method: string; readonly path: string; readonly body: Uint8Array },
  { signer, clock, random, origin }: RequestOptions,
  offsetMs: number,
): Promise<SignedHeaders> {
  const url = `${origin()}${request.path}`
  const clinicClock = { nowMs: () => clock.nowMs() + offsetMs }
  const { method, body } = request
  return signRequest({ method, url, body }, signer, { clock: clinicClock, random, digest })
}

async function digest(body: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', ownBuffer(body)))
}
