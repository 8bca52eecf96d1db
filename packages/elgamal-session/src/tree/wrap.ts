/** The key of a node under that of one child: AES-256-GCM (NIST SP 800-38D). */
import { open, seal } from '@chartseal/core/aead'
import { concat } from '@chartseal/core/bytes'
import { AeadKey } from '@chartseal/core/keys'
import { type NodeVersion, nodeName, u32 } from './derive.js'

export const wrapBytes = 48

/** What a wrap is bound to. `version` is that of the wrapped key, `child` 0 to 3. */
export interface WrapPlace extends NodeVersion {
  readonly conferenceId: Uint8Array
  readonly epoch: number
  readonly child: number
}

/**
 * A child key wraps for one node, its parent, which is the same however the tree grows, and once an epoch: so no nonce
 * comes twice under one key.
 */
const nonceOf = (epoch: number): Uint8Array => concat(new Uint8Array(8), u32(epoch))

const aadOf = (place: WrapPlace): Uint8Array =>
  concat(place.conferenceId, u32(place.epoch), nodeName(place), Uint8Array.of(place.child))

export function wrapKey(childKey: Uint8Array, key: Uint8Array, place: WrapPlace): Uint8Array {
  using wrapping = new AeadKey(childKey)
  return seal(wrapping, key, aadOf(place), { bytes: () => nonceOf(place.epoch) }).ciphertext
}

/** The caller wipes the result. @throws ChartsealError `open/failed` */
export function unwrapKey(childKey: Uint8Array, wrap: Uint8Array, place: WrapPlace): Uint8Array {
  using wrapping = new AeadKey(childKey)
  return open(wrapping, { nonce: nonceOf(place.epoch), ciphertext: wrap }, aadOf(place))
}
