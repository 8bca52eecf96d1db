/** A clinic with two witnesses and a roster, and everybody whom an emergency needs. */
import { rosterDigest, rosterMessage } from '@chartseal/clinic/roster'
import { encodeUtf8 } from '@chartseal/core/encoding'
import type { DeviceRole } from '../dist/device/role.js'
import { type Emergencies, emergenciesOf, type SetView } from '../dist/state/emergency/emergencies.js'
import { createSafeguard, suggested } from '../dist/state/emergency/safeguard.js'
import type { FakeClinic } from './fake-clinic.js'
import { enrolled } from './fake-platform.js'
import { witnessed } from './fake-witnesses.js'
import { type Person, sessionOf } from './people.js'
import { contentOf, covered, shared } from './records-stage.js'

export interface Stage {
  readonly clinic: FakeClinic
  /** Who shares the record, and is the clinic's officer. */
  readonly owner: Person
  readonly patient: Person
  readonly night: Person
  readonly first: Person
  readonly second: Person
  /** Keeps a share, too. */
  readonly auditor: Person
  readonly content: Uint8Array
  readonly record: string
}

export const of = (person: Person): Emergencies => emergenciesOf(sessionOf(person))

/** What this person's device finds now. */
export async function found(person: Person) {
  await of(person).refresh()
  const { value } = of(person).found
  if (value === null) throw of(person).reading.error.value
  return value
}

/** The only request that this person sees. */
export async function requestOf(person: Person) {
  const { requests, broken } = await found(person)
  const [one] = requests
  if (one === undefined) throw broken[0]?.error ?? new Error('there is no request')
  return one
}

/** Runs an act, and throws what it fails with. */
export async function done(
  person: Person,
  act: (emergencies: Emergencies) => Promise<boolean>,
): Promise<void> {
  if (!(await act(of(person)))) throw of(person).task.error.value ?? of(person).keeping.error.value
}

export async function stage(): Promise<Stage> {
  const { clinic, doctor: owner, patient } = await covered()
  const { policy, signers } = witnessed(['one', 'two'], 2)
  clinic.policy = policy
  clinic.witnesses = signers
  const person = (role: DeviceRole, name: string): Promise<Person> => enrolled(clinic, role, name)
  const night = await person('doctor', 'Dr. Haddad')
  const [first, second] = [await person('custodian', 'Abel'), await person('custodian', 'Berit')]
  const auditor = await person('auditor', 'Chidi')
  const content = contentOf(1_000)
  const record = await shared(owner, Uint8Array.from(content))
  const all = { clinic, owner, patient, night, first, second, auditor, content, record }
  await publishRoster(all)
  return all
}

/** The next roster, signed by the owner unless it is forged; without some who were on it. */
export async function publishRoster(
  { clinic, owner, patient, night, first, second, auditor }: Omit<Stage, 'content' | 'record'>,
  isForged = false,
  gone: readonly Person[] = [],
): Promise<void> {
  const { signer, device } = sessionOf(owner)
  const { rosters } = clinic.emergencies
  const newest = rosters.at(-1)
  const all = [owner, patient, night, first, second, auditor].filter(one => !gone.includes(one))
  const people = all.map(one => {
    const { kid, role, mailbox, name } = sessionOf(one).device
    return { kid, role, mailbox, ...(role === 'patient' ? {} : { name }) }
  })
  const roster = {
    ...{ v: 1, origin: clinic.origin, seq: rosters.length + 1 },
    previous: newest === undefined ? '' : rosterDigest(newest.text),
    ...{ officers: [device.kid], threshold: 1, people },
  }
  const text = encodeUtf8(JSON.stringify(roster))
  const signature = isForged ? new Uint8Array(64) : await signer.sign(rosterMessage(text))
  rosters.push({ text, signatures: [{ kid: device.kid, signature }] })
}

/** The owner believes the witnesses that came after their first contact, and makes a set for these custodians. */
export async function prepared(all: Stage, change: Parameters<typeof suggested>[0] = {}, isDrill = false) {
  const { owner, patient, first, second, auditor, record } = all
  const keepers = [first, second, auditor]
  for (const keeper of keepers) await done(keeper, one => one.keepShares())
  for (const one of [owner, patient]) {
    one.platform.aheadMs += 61_000
    await sessionOf(one).sync()
    one.platform.aheadMs = 0
    await done(one, emergencies => emergencies.takeWitnesses())
  }
  await found(owner)
  const screen = createSafeguard(sessionOf(owner), of(owner), record)
  await screen.load()
  for (const keeper of keepers) screen.toggle(sessionOf(keeper).device.kid)
  const policy = suggested(change, screen.chosen.value.size, screen.mostWitnesses)
  const patientKid = sessionOf(patient).device.kid
  const isMade = await screen.make({
    about: 'Letter',
    patient: patientKid,
    isDrill,
    policy: { ...policy, witnesses: 2 },
  })
  if (!isMade) throw screen.task.error.value
  return screen
}

export async function asked({ night }: Stage): Promise<string> {
  const [set]: readonly SetView[] = (await found(night)).sets
  if (set === undefined) throw new Error('there is no set')
  const wishes = { reason: 'ETREAT', text: 'Unconscious.', decideMinutes: 30, accessMinutes: 60 } as const
  const id = await of(night).ask(set, wishes)
  if (id === null) throw of(night).task.error.value
  return id
}
