/** The key of a node under that of one child: AES-256-GCM (NIST SP 800-38D). */
import { openAt, sealAt } from '@chartseal/core/aead'
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

const aadOf = (place: WrapPlace): Uint8Array =>
  concat(place.conferenceId, u32(place.epoch), nodeName(place), Uint8Array.of(place.child))

/**
 * The nonce is the epoch: a child key wraps for one node, its parent, which stays the same however the tree grows, and
 * once in an epoch. So no nonce comes twice under one key.
 */
export function wrapKey(childKey: Uint8Array, key: Uint8Array, place: WrapPlace): Uint8Array {
  using wrapping = new AeadKey(childKey)
  return sealAt(wrapping, BigInt(place.epoch), key, aadOf(place))
}

/** The caller wipes the result. @throws ChartsealError `open/failed` */
export function unwrapKey(childKey: Uint8Array, wrap: Uint8Array, place: WrapPlace): Uint8Array {
  using wrapping = new AeadKey(childKey)
  return openAt(wrapping, BigInt(place.epoch), wrap, aadOf(place))
}
