/** What is derived from the key of an epoch; formulas: docs/spec/care-team.md. */
import { concat } from '@chartseal/core/bytes'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { hmacSha256, sha256 } from '@chartseal/core/hkdf'
import { AeadKey, type SecretBytes } from '@chartseal/core/keys'
import { u32 } from '../conference/byte-fields.js'
import { epochKey } from '../tree/derive.js'
import { idBytes } from './limits.js'

const messageLabel = encodeUtf8('chartseal/team/v2')
const changeLabel = encodeUtf8('chartseal/team-change/v2')
const treeLabel = encodeUtf8('chartseal/team-tree/v2')
const chainLabel = encodeUtf8('chartseal/team-chain/v2')
const firstBlock = Uint8Array.of(1)

/** HKDF-Expand with SHA-256, 32 bytes (RFC 5869 2.3): the key of an epoch is derived already. The caller wipes it. */
function derived(key: AeadKey, ...info: readonly Uint8Array[]): AeadKey {
  const bytes = hmacSha256(key.reveal(), concat(...info, firstBlock))
  try {
    return new AeadKey(bytes)
  } finally {
    bytes.fill(0)
  }
}

/**
 * What the key tree has as the id of its conference: another one for each commit. So the same step from an old copy of
 * the keeper's state, over the same keys, comes to other pads and other keys.
 */
export const treeIdOf = (id: Uint8Array, salt: Uint8Array): Uint8Array =>
  sha256(concat(treeLabel, id, salt)).slice(0, idBytes)

/** A thread has no incarnations: the key tree's is 0. @param treeId of the commit that began the epoch */
export const teamEpochKey = (rootKey: SecretBytes, treeId: Uint8Array, epoch: number): AeadKey =>
  epochKey(rootKey, treeId, 0, epoch)

/** Of one message: the salt is random, so that not even an old copy of a state seals twice under one key. */
export const messageKeyOf = (key: AeadKey, id: Uint8Array, leaf: number, salt: Uint8Array): AeadKey =>
  derived(key, messageLabel, id, u32(leaf), salt)

/** Of what a commit says. */
export const changeKeyOf = (key: AeadKey, id: Uint8Array, salt: Uint8Array): AeadKey =>
  derived(key, changeLabel, id, salt)

/** What stands before somebody's first message. */
export const chainStartOf = (id: Uint8Array, signing: Uint8Array): Uint8Array =>
  sha256(concat(chainLabel, id, signing))
