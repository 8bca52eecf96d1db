/** A device that signs requests to a clinic: for `doctor`, tests and benchmarks. Browsers have their own. */
import { createHash } from 'node:crypto'
import { type SignedHeaders, signRequest, thumbprintOf } from '@chartseal/clinic/signed-request'
import { SigningKey, sign, verifyingKeyOf } from '@chartseal/core/ed25519'
import { encodeBase64Url, encodeUtf8 } from '@chartseal/core/encoding'
import type { Clock, Random } from '@chartseal/core/ports'

export interface DeviceClient {
  readonly kid: string
  readonly identity: Uint8Array
  /** Headers with the signature; `path` from the first slash on. */
  headers(method: string, path: string, body?: Uint8Array): Promise<SignedHeaders>
  /** Signs as the owner of packages does. */
  sign(message: Uint8Array): Promise<Uint8Array>
  /** The body that enrols this device. */
  enrolment(invitation: string): Uint8Array
}

/** A new identity, and a Noise key that nobody has the secret of. */
export function createDeviceClient(
  origin: string,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): DeviceClient {
  const key = SigningKey.generate(random)
  const identity = verifyingKeyOf(key)
  const kid = thumbprintOf(identity)
  const signer = { kid, sign: (message: Uint8Array) => sign(key, message) }
  const digest = (body: Uint8Array): Uint8Array => createHash('sha256').update(body).digest()
  const noise = encodeBase64Url(random.bytes(32))
  return {
    kid,
    identity,
    sign: async message => sign(key, message),
    headers: (method, path, body = new Uint8Array()) =>
      signRequest({ method, url: `${origin}${path}`, body }, signer, { clock, random, digest }),
    enrolment: invitation =>
      encodeUtf8(JSON.stringify({ v: 1, invitation, identity: encodeBase64Url(identity), noise })),
  }
}
