/** Ahead of an emergency: keys of custodians, and the set that an owner makes for a record. */
import { encodeUtf8 } from '@chartseal/core/encoding'
import { hpkeKeyPair, x25519Kem } from '@chartseal/core/hpke'
import type { SecretBytes } from '@chartseal/core/keys'
import { formatReadCapability, type ReadCapability, toVerifyCapability } from '@chartseal/ipfs-envelope'
import { type ShareEnvelope, splitSecret, wipeShares } from '@chartseal/shamir'
import type { Roster } from '../roster.js'
import type { World } from '../world.js'
import { signStatement } from './codec.js'
import { breakGlassError } from './errors.js'
import { setIdOf } from './layouts.js'
import { requirePolicy } from './policy.js'
import { type Parcel, type SealedShare, sealedHashOf, sealShare } from './sealed-share.js'
import { requireRostered } from './standing.js'
import type { CustodyKey, EmergencyPolicy, EmergencySet, Signatory, Statement } from './statements.js'

/**
 * A key for the shares of this device. Keep `secret`, then publish the statement: without it no share is sealed to it, and
 * without the secret no share that was is opened.
 * @throws ChartsealError `break-glass/invalid`, `break-glass/bad-signature`
 */
export async function createCustodyKey(
  signatory: Signatory,
  origin: string,
  { clock, random }: World,
): Promise<{ readonly secret: SecretBytes; readonly statement: Statement<CustodyKey> }> {
  const { secret, publicKey: key } = hpkeKeyPair(x25519Kem, random)
  const content = { kind: 'custody-key', origin, key, atMs: clock.nowMs() } as const
  return { secret, statement: await signStatement(signatory, 'custody-key', content) }
}

/** What an owner decides about a record. */
export interface SetPlan {
  readonly origin: string
  /** Of the version that can be opened; its owner signs. */
  readonly capability: ReadCapability
  /** What custodians and doctors read; 1 to 200 bytes, without what only the record may say. */
  readonly about: string
  /** The device of the patient; empty when there is none. */
  readonly patient: string
  readonly isDrill: boolean
  readonly policy: EmergencyPolicy
  /** Each on the roster. The first gets share 1. */
  readonly custodians: readonly Statement<CustodyKey>[]
  /** As this device has checked it. */
  readonly roster: Roster
}

/**
 * Splits what reads one version of a record among custodians. The capability stays the caller's; shares are wiped.
 * @throws ChartsealError `break-glass/policy`, `break-glass/other-clinic`, `break-glass/not-rostered`,
 * `break-glass/invalid`, `break-glass/bad-signature`, `key/small-order`, `shamir/split-failed`
 */
export async function makeEmergencySet(
  signatory: Signatory,
  plan: SetPlan,
  world: World,
): Promise<Parcel<EmergencySet>> {
  const { origin, capability, about, patient, isDrill, policy, custodians } = plan
  requirePolicy(policy, custodians.length)
  for (const custodian of custodians) requireCustodian(custodian, plan)
  const createdMs = world.clock.nowMs()
  const record = toVerifyCapability(capability)
  const terms = { origin, record, about, patient, isDrill, policy, createdMs }
  const id = setIdOf({ ...terms, kids: custodians.map(({ by }) => by) })
  const dealt = deal(capability, id, plan, world)
  try {
    const [first] = dealt
    if (first === undefined) throw new Error('internal: a set without shares')
    const shares = custodians.map((custodian, i) => sealedFor(custodian, dealt[i] ?? first, world))
    const named = custodians.map(({ by }, i) => ({ kid: by, share: sealedHashOf(shares[i] ?? none) }))
    const content = { kind: 'set', ...terms, id, root: first.root, custodians: named } as const
    return { statement: await signStatement(signatory, 'set', content), shares }
  } finally {
    wipeShares(dealt)
  }
}

const none = new Uint8Array(0)

function requireCustodian(custodian: Statement<CustodyKey>, { origin, roster }: SetPlan): void {
  if (custodian.content.origin !== origin)
    throw breakGlassError('break-glass/other-clinic', { what: 'custody-key' })
  requireRostered(roster, custodian.by)
}

function deal(
  capability: ReadCapability,
  setId: Uint8Array,
  plan: SetPlan,
  { clock, random }: World,
): readonly ShareEnvelope[] {
  const secret = encodeUtf8(formatReadCapability(capability))
  try {
    const { threshold } = plan.policy
    const label = clipped(plan.about)
    const numShares = plan.custodians.length
    return splitSecret(secret, { threshold, numShares, setId, label, clock, random })
  } finally {
    secret.fill(0)
  }
}

function sealedFor(
  { by, content }: Statement<CustodyKey>,
  share: ShareEnvelope,
  { random }: World,
): SealedShare {
  return sealShare(share, content.key, { use: 'set', subject: share.setId, kid: by }, random)
}

/** What a sheet with a share says: as much of it as a share has room for. */
function clipped(about: string): string {
  let clip = ''
  for (const character of about) {
    if (encodeUtf8(clip + character).length > maxLabelBytes) break
    clip += character
  }
  return clip
}

const maxLabelBytes = 64
