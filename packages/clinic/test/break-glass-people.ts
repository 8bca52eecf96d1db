/** Who is in the clinic of these tests, and sets that one of them makes. */
import {
  createCustodyKey,
  type EmergencyPolicy,
  type EmergencySet,
  makeEmergencySet,
  openOwnShare,
  type Parcel,
  type SealedShare,
  type Signatory,
  type Statement,
} from '@chartseal/clinic/break-glass'
import type { Roster, RosterRole } from '@chartseal/clinic/roster'
import { thumbprintOf } from '@chartseal/clinic/signed-request'
import { SigningKey, sign, verifyingKeyOf } from '@chartseal/core/ed25519'
import { AeadKey, type SecretBytes } from '@chartseal/core/keys'
import { systemRandom } from '@chartseal/core/system'
import type { ReadCapability } from '@chartseal/ipfs-envelope'
import type { ShareEnvelope } from '@chartseal/shamir'
import { fixedClock } from '@chartseal/testkit'

export const origin = 'https://clinic.example'
export const startMs = 1_796_000_000_000
export const minuteMs = 60_000
export const seeded = (seed: number): SigningKey => new SigningKey(new Uint8Array(32).fill(seed))

/** Somebody with a device. */
export interface Person extends Signatory {
  readonly kid: string
}

function personOf(seed: number): Person {
  const key = seeded(seed)
  const verifyingKey = verifyingKeyOf(key)
  return { verifyingKey, kid: thumbprintOf(verifyingKey), sign: bytes => sign(key, bytes) }
}

export const doctor: Person = personOf(1)
export const owner: Person = personOf(2)
export const patient: Person = personOf(3)
export const officer: Person = personOf(4)
export const auditor: Person = personOf(5)
export const stranger: Person = personOf(6)
/** Three, of whom two release; the fourth is for sets of more. */
export const [ana, ben, cleo, dan]: readonly [Person, Person, Person, Person] = [
  personOf(11),
  personOf(12),
  personOf(13),
  personOf(14),
]

const mailbox = 'AAAAAAAAAAAAAAAAAAAAAA'
const roles: readonly (readonly [Person, RosterRole])[] = [
  [doctor, 'doctor'],
  [owner, 'doctor'],
  [patient, 'patient'],
  [auditor, 'auditor'],
  ...[ana, ben, cleo, dan].map(one => [one, 'custodian'] as const),
]
export const roster: Roster = {
  ...{ origin, seq: 1, previous: '', officers: [officer.kid], threshold: 1 },
  people: roles.map(([{ kid }, role]) => ({ kid, role, mailbox })),
}

export const capability: ReadCapability = {
  owner: owner.verifyingKey,
  packageId: new Uint8Array(16).fill(7),
  version: 1,
  payloadCid: 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku',
  contentKey: new AeadKey(new Uint8Array(32).fill(8)),
}

export const policy: EmergencyPolicy = {
  ...{ threshold: 2, denials: 2, waitMs: 0, witnesses: 2 },
  ...{ maxDecideMs: 30 * minuteMs, maxAccessMs: 240 * minuteMs },
}

/** A set with the keys of its custodians. */
export interface SetForTest {
  readonly set: Statement<EmergencySet>
  readonly parcel: Parcel<EmergencySet>
  shareOf(person: Person): ShareEnvelope
}

export interface SetChanges {
  readonly policy?: Partial<EmergencyPolicy>
  readonly holders?: readonly Person[]
  readonly isDrill?: boolean
  /** Empty for a record of nobody who has a device. */
  readonly patient?: string
}

export async function setWith(changes: SetChanges = {}): Promise<SetForTest> {
  const { holders = [ana, ben, cleo], isDrill = false, patient: ofWhom = patient.kid } = changes
  const world = { clock: fixedClock(startMs), random: systemRandom }
  const keys = await Promise.all(holders.map(one => createCustodyKey(one, origin, world)))
  const plan = {
    ...{ origin, capability, about: 'Discharge letter, ward 3', patient: ofWhom, isDrill, roster },
    policy: { ...policy, ...changes.policy },
    custodians: keys.map(({ statement }) => statement),
  }
  const parcel = await makeEmergencySet(owner, plan, world)
  const keptBy = ({ kid }: Person): { readonly sealed: SealedShare; readonly secret: SecretBytes } | null => {
    const at = holders.findIndex(one => one.kid === kid)
    const [sealed, key] = [parcel.shares[at], keys[at]]
    return sealed === undefined || key === undefined ? null : { sealed, secret: key.secret }
  }
  return {
    set: parcel.statement,
    parcel,
    shareOf: person => openOwnShare(parcel.statement, person.kid, keptBy(person)),
  }
}

/** What a clinic that lies is refused with: tried in a file of its own. */
export const liarsCodes: readonly string[] = [
  'break-glass/no-receipt',
  'break-glass/broken-history',
  'break-glass/no-witness',
  'break-glass/denied',
]
