/** The name of a device's identity: RFC 7638 over its Ed25519 key as a JWK (RFC 8037 2). */
import { isVerifyingKey } from '@chartseal/core/ed25519'
import { encodeBase64Url, encodeUtf8 } from '@chartseal/core/encoding'
import { defaultEngine } from '@chartseal/core/engine'

/**
 * The `kid`, 43 characters of base64url.
 * @throws RangeError for what no signature can be checked with
 */
export function thumbprintOf(verifyingKey: Uint8Array): string {
  if (!isVerifyingKey(verifyingKey)) throw new RangeError('an identity must be an Ed25519 public key')
  // RFC 7638 3.2: required members only, in the order of their names, without white space.
  const jwk = `{"crv":"Ed25519","kty":"OKP","x":"${encodeBase64Url(verifyingKey)}"}`
  return encodeBase64Url(defaultEngine().sha256(encodeUtf8(jwk)))
}
