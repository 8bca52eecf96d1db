import {
  type RequestSigner,
  readSignature,
  type SignedHeaders,
  signRequest,
  thumbprintOf,
  verifyRequest,
} from '@chartseal/clinic/signed-request'
import { SigningKey, sign, verifyingKeyOf } from '@chartseal/core/ed25519'
import { defaultEngine } from '@chartseal/core/engine'
import { systemRandom } from '@chartseal/core/system'
import { fixedClock } from '@chartseal/testkit'

export const nowMs = 1_764_400_000_000
export const clock = fixedClock(nowMs)

export interface Identity extends RequestSigner {
  readonly verifyingKey: Uint8Array
}

export function newIdentity(seed?: Uint8Array): Identity {
  const key = seed === undefined ? SigningKey.generate(systemRandom) : new SigningKey(seed)
  const verifyingKey = verifyingKeyOf(key)
  return { kid: thumbprintOf(verifyingKey), verifyingKey, sign: message => sign(key, message) }
}

export const sha256 = (body: Uint8Array): Uint8Array => defaultEngine().sha256(body)

export interface Sent {
  readonly method: string
  readonly url: string
  readonly body: Uint8Array
}

export const sent: Sent = {
  method: 'PUT',
  url: 'https://clinic.example/v1/mailboxes/box?after=1',
  body: Uint8Array.of(1, 2, 3),
}

export const headersOf = (identity: Identity, request: Sent = sent): Promise<SignedHeaders> =>
  signRequest(request, identity, { clock, random: systemRandom })

/** As a server checks it; the headers may be of another request. */
export function check(headers: Partial<SignedHeaders>, request: Sent, verifyingKey: Uint8Array | null): void {
  const read = readSignature(name => new Map(Object.entries(headers)).get(name))
  if (read === null) throw new Error('there is no signature')
  verifyRequest(read, verifyingKey, request, sha256(request.body))
}
