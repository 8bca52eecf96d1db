/** What a wrapped key belongs to, and how its recipient finds it. */
import { concat } from '@chartseal/core/bytes'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { expandMany, extractMany } from '@chartseal/core/hkdf-many'
import { sha256 } from '@noble/hashes/sha2.js'
import { parseCid } from '../cid/parse.js'
import { versionBytes } from '../payload/id.js'
import type { KeyHolder } from '../recipients/recipient.js'
import { hintBytes } from './groups.js'
import type { GrantContent } from './list.js'

export type Bound = Pick<GrantContent, 'owner' | 'packageId' | 'version' | 'payloadCid'>

const infoLabel = encodeUtf8('chartseal/grant/v2')
const hintLabel = encodeUtf8('chartseal/grant-hint/v2')

/** Info of HPKE and label of RSA-OAEP: label ‖ owner (32) ‖ package id (16) ‖ u32be version ‖ SHA-256 of the payload's CID. */
export function grantInfo({ owner, packageId, version, payloadCid }: Bound): Uint8Array {
  const cidHash = sha256(parseCid(payloadCid).bytes)
  return concat(infoLabel, owner, packageId, versionBytes(version), cidHash)
}

/**
 * The 16 bytes under which a recipient finds their entry: of HKDF-SHA256 over info ‖ key hash. Whoever knows a public key
 * can tell whether it is among the recipients; nobody else can.
 */
export function hintOf(info: Uint8Array, holder: KeyHolder): Uint8Array {
  const [hint] = hintsOf(info, [holder])
  if (hint === undefined) throw new Error('internal: one hint for one holder')
  return hint
}

/** The same for many at once, in their order. */
export function hintsOf(info: Uint8Array, holders: readonly KeyHolder[]): readonly Uint8Array[] {
  const keys = extractMany(holders.map(({ keyHash }) => concat(info, keyHash)))
  return expandMany(keys.map(prk => ({ prk, info: hintLabel }))).map(block => block.slice(0, hintBytes))
}
