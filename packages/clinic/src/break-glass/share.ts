/** A custodian's own share: opened with the custody key, or read from a sheet. */
import { equal } from '@chartseal/core/bytes'
import { encodeBase64Url } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import type { SecretBytes } from '@chartseal/core/keys'
import { type ShareEnvelope, verifyShare, wipeShares } from '@chartseal/shamir'
import { breakGlassError } from './errors.js'
import { openSealedShare, type SealedShare, sealedHashOf } from './sealed-share.js'
import type { EmergencySet, Statement } from './statements.js'

/**
 * The share of a custodian, checked against the set; the caller wipes it. To print it: `formatShare` of
 * `@chartseal/shamir`.
 * @param kept the sealed share, and the custody key of this device; `null` where one of them is missing
 * @throws ChartsealError `break-glass/not-custodian`, `break-glass/no-share` which names the sheet to take,
 * `break-glass/other-share`
 */
export function openOwnShare(
  set: Statement<EmergencySet>,
  kid: string,
  kept: { readonly sealed: SealedShare; readonly secret: SecretBytes } | null,
): ShareEnvelope {
  const { index, named } = placeOf(set, kid)
  const share = kept !== null && equal(sealedHashOf(kept.sealed), named) ? opened(set, kid, kept) : null
  if (share === null) throw breakGlassError('break-glass/no-share', { set: nameOf(set), index })
  requireOwnShare(set, kid, share)
  return share
}

/**
 * Whether this is the share of this custodian, from wherever it came; wiped when it is not.
 * @throws ChartsealError `break-glass/not-custodian`, `break-glass/other-share`
 */
export function requireOwnShare(set: Statement<EmergencySet>, kid: string, share: ShareEnvelope): void {
  const { index } = placeOf(set, kid)
  if (share.x === index && isOfSet(set, share)) return
  wipeShares([share])
  throw breakGlassError('break-glass/other-share', { set: nameOf(set), index })
}

/** Whether a share is sound and belongs to the set. */
export function isOfSet({ content }: Statement<EmergencySet>, share: ShareEnvelope): boolean {
  try {
    verifyShare(share, { root: content.root })
    return equal(share.setId, content.id) && share.threshold === content.policy.threshold
  } catch (error) {
    if (error instanceof ChartsealError) return false
    throw error
  }
}

function opened(
  { content }: Statement<EmergencySet>,
  kid: string,
  { sealed, secret }: { readonly sealed: SealedShare; readonly secret: SecretBytes },
): ShareEnvelope | null {
  try {
    return openSealedShare(sealed, secret, { use: 'set', subject: content.id, kid })
  } catch (error) {
    if (error instanceof ChartsealError && error.code !== 'key/wiped') return null
    throw error
  }
}

function placeOf(
  { content }: Statement<EmergencySet>,
  kid: string,
): { readonly index: number; readonly named: Uint8Array } {
  const at = content.custodians.findIndex(custodian => custodian.kid === kid)
  const custodian = content.custodians[at]
  if (custodian === undefined) throw breakGlassError('break-glass/not-custodian', { kid })
  return { index: at + 1, named: custodian.share }
}

const nameOf = ({ content }: Statement<EmergencySet>): string => encodeBase64Url(content.id)
