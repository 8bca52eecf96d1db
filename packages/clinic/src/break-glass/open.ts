/** What the requester does with what was given. */
import { equal } from '@chartseal/core/bytes'
import { decodeUtf8 } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import type { SecretBytes } from '@chartseal/core/keys'
import { parseReadCapability, type ReadCapability } from '@chartseal/ipfs-envelope'
import { combineShares, type ShareEnvelope, wipeShares } from '@chartseal/shamir'
import { breakGlassError } from './errors.js'
import { openSealedShare, type SealedShare, sealedHashOf } from './sealed-share.js'
import { isOfSet } from './share.js'
import type { EmergencyState } from './state.js'
import type { EmergencySet } from './statements.js'

/** A sealed share of a release, as the clinic gives it at opening. */
export interface GivenShare {
  /** The custodian. */
  readonly kid: string
  readonly sealed: SealedShare
}

export interface OpenedEmergency {
  /** Reads the one version of the one record. The caller wipes its key. */
  readonly capability: ReadCapability
  /** Custodians whose share could not be used: tell them. */
  readonly useless: readonly string[]
}

/**
 * Combines what custodians released. Shares that are damaged, or of another set, are left out while enough remain.
 * @param secret of the request, which stays the caller's
 * @throws ChartsealError `break-glass/undecided` with how many shares are sound, `break-glass/other-record`,
 * `key/wiped`
 */
export function openReleased(
  state: EmergencyState,
  given: readonly GivenShare[],
  secret: SecretBytes,
): OpenedEmergency {
  const { content } = state.set
  const sound: ShareEnvelope[] = []
  const useless: string[] = []
  try {
    for (const one of given) {
      const share = soundShare(state, one, secret)
      if (share === null) useless.push(one.kid)
      else sound.push(share)
    }
    const { threshold } = content.policy
    if (new Set(sound.map(({ x }) => x)).size < threshold)
      throw breakGlassError('break-glass/undecided', { released: sound.length, threshold })
    return { capability: capabilityIn(combineShares(sound, { root: content.root }).secret, content), useless }
  } finally {
    wipeShares(sound)
  }
}

function soundShare(state: EmergencyState, given: GivenShare, secret: SecretBytes): ShareEnvelope | null {
  const { set, request, events } = state
  const { kid, sealed } = given
  const isReleased = events.some(
    ({ event: { by, content } }) =>
      by === kid && content.kind === 'release' && equal(content.share, sealedHashOf(sealed)),
  )
  const share = isReleased ? openedShare(given, secret, request.hash) : null
  if (share === null || (isOfSet(set, share) && set.content.custodians[share.x - 1]?.kid === kid))
    return share
  wipeShares([share])
  return null
}

function openedShare(
  { kid, sealed }: GivenShare,
  secret: SecretBytes,
  subject: Uint8Array,
): ShareEnvelope | null {
  try {
    return openSealedShare(sealed, secret, { use: 'release', subject, kid })
  } catch (error) {
    if (error instanceof ChartsealError && error.code !== 'key/wiped') return null
    throw error
  }
}

/** Takes over the secret and wipes it. */
function capabilityIn(secret: Uint8Array, { record }: EmergencySet): ReadCapability {
  const capability = parsed(secret)
  const isSame =
    capability !== null &&
    equal(capability.owner, record.owner) &&
    equal(capability.packageId, record.packageId) &&
    capability.version === record.version &&
    capability.payloadCid === record.payloadCid
  if (isSame) return capability
  capability?.contentKey.wipe()
  throw breakGlassError('break-glass/other-record', {})
}

function parsed(secret: Uint8Array): ReadCapability | null {
  try {
    return parseReadCapability(decodeUtf8(secret))
  } catch (error) {
    if (error instanceof ChartsealError) return null
    throw error
  } finally {
    secret.fill(0)
  }
}
