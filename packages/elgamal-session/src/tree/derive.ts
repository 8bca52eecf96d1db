/** What is derived from the keys of the tree; formulas: docs/spec/key-tree.md. */
import { concat, fromBigIntBE } from '@chartseal/core/bytes'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { expandMany, extractMany } from '@chartseal/core/hkdf-many'
import type { SecretBytes } from '@chartseal/core/keys'
import { AeadKey } from '@chartseal/core/keys'
import { sha256 } from '@noble/hashes/sha2.js'

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

/** A key and what is derived from it: HKDF-SHA256 (RFC 5869), extract without salt and expand, 32 bytes. */
interface Derivation {
  readonly key: Uint8Array
  readonly info: Uint8Array
}

/** The caller wipes the results. */
function deriveMany(derivations: readonly Derivation[]): readonly Uint8Array[] {
  const prks = extractMany(derivations.map(({ key }) => key))
  const results = expandMany(derivations.map(({ info }, i) => ({ prk: prks[i] ?? new Uint8Array(), info })))
  for (const prk of prks) prk.fill(0)
  return results
}

function derive(key: Uint8Array, info: Uint8Array): Uint8Array {
  const [result] = deriveMany([{ key, info }])
  if (result === undefined) throw new Error('internal: one result for one derivation')
  return result
}

export const u32 = (value: number): Uint8Array => fromBigIntBE(BigInt(value), 4)

/** Level u8 ‖ index u32 ‖ version u32. */
export function nodeName({ level, index, version }: NodeVersion): Uint8Array {
  return concat(Uint8Array.of(level), u32(index), u32(version))
}

/** The key of a node after somebody joined below it: whoever has the old one can make it, and not the other way round. */
export interface Advance extends NodeVersion {
  readonly key: Uint8Array
}

/** The caller wipes the results. `version` is that of the new keys. */
export function advancedKeys(advances: readonly Advance[]): readonly Uint8Array[] {
  return deriveMany(advances.map(one => ({ key: one.key, info: concat(joinLabel, nodeName(one)) })))
}

/** The key of a leaf, from what the member and the controller agreed on; the caller wipes it. */
export function leafKeyOf(leafKey: SecretBytes, conferenceId: Uint8Array, leaf: NodeVersion): Uint8Array {
  return derive(leafKey.reveal(), concat(leafLabel, conferenceId, nodeName(leaf)))
}

/** Shows that a commit leads to this root key. */
export function confirmationOf(
  rootKey: Uint8Array,
  conferenceId: Uint8Array,
  epoch: number,
  body: Uint8Array,
): Uint8Array {
  const info = concat(confirmLabel, conferenceId, u32(epoch), sha256(body))
  return derive(rootKey, info).slice(0, confirmationBytes)
}

/** The key of all broadcasts of one epoch. */
export function epochKey(
  rootKey: SecretBytes,
  conferenceId: Uint8Array,
  incarnation: number,
  epoch: number,
): AeadKey {
  const bytes = derive(rootKey.reveal(), concat(groupLabel, conferenceId, u32(incarnation), u32(epoch)))
  try {
    return new AeadKey(bytes)
  } finally {
    bytes.fill(0)
  }
}
