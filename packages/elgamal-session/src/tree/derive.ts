/** What is derived from the keys of the tree; formulas: docs/spec/key-tree.md. */
import { concat } from '@chartseal/core/bytes'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { hmacSha256 } from '@chartseal/core/hkdf'
import { AeadKey, type SecretBytes } from '@chartseal/core/keys'
import { writeU32 } from './bytes.js'

const leafLabel = encodeUtf8('chartseal/lkh-leaf/v2')
const confirmLabel = encodeUtf8('chartseal/lkh-confirm/v2')
const groupLabel = encodeUtf8('chartseal/group/v2')
const firstBlock = Uint8Array.of(1)
export const confirmationBytes = 16

/** A node, and the version of the key that is derived or wrapped for it. */
export interface NodeVersion {
  readonly level: number
  readonly index: number
  readonly version: number
}

/**
 * HKDF-Expand with SHA-256 (RFC 5869 2.3), 32 bytes: these keys are random or derived already, so that extraction has
 * nothing to do (3.3). The caller wipes the result.
 */
export function derive(key: Uint8Array, ...info: readonly Uint8Array[]): Uint8Array {
  return hmacSha256(key, concat(...info, firstBlock))
}

function u32(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length)
  for (let i = 0; i < values.length; i++) writeU32(bytes, 4 * i, values[i] ?? 0)
  return bytes
}

/** The key of a leaf, from what the member and the controller agreed on; the caller wipes it. */
export function leafKeyOf(
  leafKey: SecretBytes,
  conferenceId: Uint8Array,
  leaf: number,
  version: number,
): Uint8Array {
  return derive(leafKey.reveal(), leafLabel, conferenceId, u32(leaf, version))
}

/** Shows that a commit, of which `body` is all else, leads to this root key. */
export function confirmationOf(
  rootKey: Uint8Array,
  conferenceId: Uint8Array,
  epoch: number,
  body: Uint8Array,
): Uint8Array {
  return derive(rootKey, confirmLabel, conferenceId, u32(epoch), body).slice(0, confirmationBytes)
}

/** The key of all broadcasts of one epoch. */
export function epochKey(
  rootKey: SecretBytes,
  conferenceId: Uint8Array,
  incarnation: number,
  epoch: number,
): AeadKey {
  const bytes = derive(rootKey.reveal(), groupLabel, conferenceId, u32(incarnation, epoch))
  try {
    return new AeadKey(bytes)
  } finally {
    bytes.fill(0)
  }
}
