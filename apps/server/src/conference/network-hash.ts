/** By what the connections of one network are counted. */
import { encodeUtf8 } from '@chartseal/core/encoding'
import { hmacSha256 } from '@chartseal/core/hkdf'

const sourceBytes = 16

/** HMAC-SHA-256 of the network's text, 16 bytes: whoever has no key learns no address from them. @param key 32 bytes */
export function networkHash(key: Uint8Array, network: string): Uint8Array {
  return hmacSha256(key, encodeUtf8(network)).subarray(0, sourceBytes)
}
