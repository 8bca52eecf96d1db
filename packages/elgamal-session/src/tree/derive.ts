/** What is derived from the keys of the tree; formulas: docs/spec/key-tree.md. */
import { concat } from '@chartseal/core/bytes'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { hmacSha256, sha256 } from '@chartseal/core/hkdf'
import { expandMany } from '@chartseal/core/hkdf-many'
import type { SecretBytes } from '@chartseal/core/keys'
import { AeadKey } from '@chartseal/core/keys'

const joinLabel = encodeUtf8('chartseal/lkh-join/v2')
const leafLabel = encodeUtf8('chartseal/lkh-leaf/v2')
const confirmLabel = encodeUtf8('chartseal/lkh-confirm/v2')
const groupLabel = encodeUtf8('chartseal/group/v2')
export const confirmationBytes = 16

/** A node, and the version of the key that is derived or wrapped for it. */
export interface NodeVersion {
  readonly level: number
  readonly index: number
  readonly version: number
}

const firstBlock = Uint8Array.of(1)

/**
 * HKDF-Expand with SHA-256 (RFC 5869 2.3), 32 bytes: these keys are random or derived already, so that extraction has
 * nothing to do (3.3). The caller wipes the result.
 */
const derive = (key: Uint8Array, ...info: readonly Uint8Array[]): Uint8Array =>
  hmacSha256(key, concat(...info, firstBlock))

export const u32 = (value: number): Uint8Array =>
  Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)

/** Level u8 ‖ index u32 ‖ version u32. */
export function nodeName({ level, index, version }: NodeVersion): Uint8Array {
  const name = new Uint8Array(9)
  const view = new DataView(name.buffer)
  view.setUint8(0, level)
  view.setUint32(1, index)
  view.setUint32(5, version)
  return name
}

/** The key of a node after somebody joined below it: whoever has the old one can make it, and not the other way round. */
export interface Advance extends NodeVersion {
  readonly key: Uint8Array
}

/** The caller wipes the results. `version` is that of the new keys. */
export function advancedKeys(advances: readonly Advance[]): readonly Uint8Array[] {
  return expandMany(advances.map(one => ({ prk: one.key, info: concat(joinLabel, nodeName(one)) })))
}

/** The key of a leaf, from what the member and the controller agreed on; the caller wipes it. */
export function leafKeyOf(leafKey: SecretBytes, conferenceId: Uint8Array, leaf: NodeVersion): Uint8Array {
  return derive(leafKey.reveal(), leafLabel, conferenceId, nodeName(leaf))
}

/** Shows that a commit leads to this root key. */
export function confirmationOf(
  rootKey: Uint8Array,
  conferenceId: Uint8Array,
  epoch: number,
  body: Uint8Array,
): Uint8Array {
  return derive(rootKey, confirmLabel, conferenceId, u32(epoch), sha256(body)).slice(0, confirmationBytes)
}

/** The key of all broadcasts of one epoch. */
export function epochKey(
  rootKey: SecretBytes,
  conferenceId: Uint8Array,
  incarnation: number,
  epoch: number,
): AeadKey {
  const bytes = derive(rootKey.reveal(), groupLabel, conferenceId, u32(incarnation), u32(epoch))
  try {
    return new AeadKey(bytes)
  } finally {
    bytes.fill(0)
  }
}
