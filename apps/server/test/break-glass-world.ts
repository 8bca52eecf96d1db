/** A clinic with witnesses and a roster, and everybody whom break-glass needs, asked without a socket. */
import {
  createCustodyKey,
  type EmergencyPolicy,
  encodeParcel,
  makeClosed,
  makeDenial,
  makeEmergencyRequest,
  makeEmergencySet,
  makeOpened,
  makeRelease,
  makeReviewed,
  openOwnShare,
  parseCustodyKey,
  type parseEmergencySet,
  replayEmergency,
  type Signatory,
} from '@chartseal/clinic/break-glass'
import { parseRoster, type Roster, rosterMessage } from '@chartseal/clinic/roster'
import { decodeBase64Url, encodeBase64Url, encodeUtf8 } from '@chartseal/core/encoding'
import type { SecretBytes } from '@chartseal/core/keys'
import { AeadKey } from '@chartseal/core/keys'
import type { Clock } from '@chartseal/core/ports'
import { systemRandom as random } from '@chartseal/core/system'
import type { ReadCapability } from '@chartseal/ipfs-envelope'
import { parsePolicy, parseVerifierKey } from '@chartseal/tlog'
import { expect } from 'vitest'
import { verifierOf } from '../dist/commands/check-backup.js'
import { dataPaths } from '../dist/data-folder.js'
import {
  asJson,
  makeClinic,
  origin,
  problemCode,
  type TestClinic,
  type TestDevice,
  testClinic,
} from './api-world.js'
import { startWitness, type WitnessServer } from './clinic-world.js'
import { blocksOf, ownerOf } from './records-world.js'

export const minute = 60_000
export const policy: EmergencyPolicy = {
  threshold: 2,
  denials: 2,
  waitMs: 0,
  witnesses: 2,
  maxDecideMs: 60 * minute,
  maxAccessMs: 240 * minute,
}

export interface Person extends TestDevice {
  readonly signatory: Signatory
}

export interface Custodian extends Person {
  readonly secret: SecretBytes
}

const personOf = (device: TestDevice): Person => ({
  ...device,
  signatory: { verifyingKey: device.identity, sign: device.sign },
})

/** What the interface answers with a request. */
export interface Shown {
  readonly state: string
  readonly [field: string]: unknown
  readonly set_statement: string
  readonly events: readonly {
    readonly kind: string
    readonly by: string
    readonly statement: string
    readonly salt: string
    readonly entry: string
    readonly receipt: string | null
  }[]
}

export interface BreakGlassClinic extends TestClinic {
  readonly witnesses: readonly WitnessServer[]
  readonly policyText: string
  readonly owner: Person
  readonly patient: Person
  readonly doctor: Person
  readonly officer: Person
  readonly auditor: Person
  readonly custodians: readonly [Custodian, Custodian, Custodian]
  readonly roster: Roster
}

/** As much of it as those need who act in an emergency, wherever the clinic is. */
export interface EmergencyWorld
  extends Pick<BreakGlassClinic, 'owner' | 'patient' | 'doctor' | 'custodians' | 'roster' | 'policyText'> {
  readonly as: TestClinic['as']
  readonly clock: Clock
  readonly clinic: { readonly log: { readonly verifierKey: string } }
}

type PeopleWorld = Pick<TestClinic, 'ask' | 'enrol'> & Pick<EmergencyWorld, 'as' | 'clock'>

/** Two witnesses, both needed. */
async function policyFor(folder: string): Promise<readonly [string, readonly WitnessServer[]]> {
  const { signingKey } = dataPaths(folder)
  const { verifierKey } = await verifierOf(signingKey, 'clinic.example/log')
  const names = ['w1.example/a', 'w2.example/b']
  const witnesses = await Promise.all(names.map(name => startWitness(name, verifierKey)))
  const lines = witnesses.map(({ policyLine }) => policyLine).join('\n')
  return [`${lines}\ngroup both 2 w1.example w2.example\nquorum both\n`, witnesses]
}

export async function breakGlassClinic(
  over: Parameters<typeof testClinic>[0] = {},
): Promise<BreakGlassClinic> {
  const folder = await makeClinic()
  const [policyText, witnesses] = await policyFor(folder)
  const world = await testClinic({ folder, policy: policyText, ...over })
  return { ...world, witnesses, policyText, ...(await emergencyPeople(world)) }
}

/** Everybody whom break-glass needs, on a roster that names them. */
export async function emergencyPeople(
  world: PeopleWorld,
): Promise<
  Pick<BreakGlassClinic, 'owner' | 'patient' | 'doctor' | 'officer' | 'auditor' | 'custodians' | 'roster'>
> {
  const enrol = async (role: Parameters<TestClinic['enrol']>[0]) => personOf(await world.enrol(role))
  const [owner, doctor, officer] = [await enrol('doctor'), await enrol('doctor'), await enrol('doctor')]
  const [patient, auditor] = [await enrol('patient'), await enrol('auditor')]
  const custodians: [Custodian, Custodian, Custodian] = [
    await withKey(world, await enrol('custodian')),
    await withKey(world, await enrol('custodian')),
    await withKey(world, await enrol('pharmacist')),
  ]
  const people = [
    ...[owner, doctor, officer].map(one => ({ one, role: 'doctor' })),
    ...custodians.map(one => ({ one, role: 'custodian' })),
    { one: auditor, role: 'auditor' },
    { one: patient, role: 'patient' },
  ].map(({ one, role }) => ({ kid: one.kid, role, mailbox: one.mailbox }))
  const roster = await putRoster(world, officer, people)
  return { owner, patient, doctor, officer, auditor, custodians, roster }
}

async function withKey({ as, clock }: PeopleWorld, person: Person): Promise<Custodian> {
  const { secret, statement } = await createCustodyKey(person.signatory, origin, { clock, random })
  const answer = await as(person, 'PUT', `/v1/breakglass/keys/${person.kid}`, statement.bytes)
  expect(answer.status).toBe(200)
  return { ...person, secret }
}

async function putRoster(world: PeopleWorld, officer: Person, people: readonly object[]): Promise<Roster> {
  const text = encodeUtf8(
    JSON.stringify({ v: 1, origin, seq: 1, previous: '', officers: [officer.kid], threshold: 1, people }),
  )
  const signature = encodeBase64Url(await officer.sign(rosterMessage(text)))
  const body = { roster: encodeBase64Url(text), signatures: [{ kid: officer.kid, signature }] }
  const answer = await world.ask('PUT', '/v1/roster/1', {
    headers: asJson,
    body: new Uint8Array(encodeUtf8(JSON.stringify(body))),
  })
  expect(answer.status).toBe(200)
  return parseRoster(text)
}

export interface TestSet {
  readonly id: string
  /** The parcel. */
  readonly body: Uint8Array
  readonly capability: ReadCapability
  readonly statement: ReturnType<typeof parseEmergencySet>
}

/** A set for a record that its owner has put, not sent yet. */
export async function planned(
  world: EmergencyWorld,
  over: Partial<EmergencyPolicy> & {
    readonly isDrill?: boolean
    readonly payloadCid?: string
    readonly packageId?: Uint8Array
  } = {},
): Promise<TestSet> {
  const { isDrill = false, payloadCid, packageId = random.bytes(16), ...terms } = over
  const { as, owner, patient, clock, roster } = world
  const { keys } = await (await as(owner, 'GET', '/v1/breakglass/keys')).json()
  const custodians = world.custodians.map(({ kid }) =>
    parseCustodyKey(decodeBase64Url(keys.find((one: { kid: string }) => one.kid === kid).key)),
  )
  const capability: ReadCapability = {
    owner: ownerOf(owner).verifyingKey,
    packageId,
    version: 1,
    payloadCid: payloadCid ?? (await blocksOf(random.bytes(40))).root,
    contentKey: AeadKey.generate(random),
  }
  const parcel = await makeEmergencySet(
    owner.signatory,
    {
      ...{
        origin,
        capability,
        about: 'Allergies of bed 12',
        patient: patient.kid,
        isDrill,
        custodians,
        roster,
      },
      policy: { ...policy, ...terms },
    },
    { clock, random },
  )
  const { statement } = parcel
  const id = encodeBase64Url(statement.content.id)
  return { id, body: encodeParcel(parcel), capability, statement }
}

export async function madeSet(
  world: EmergencyWorld,
  over: Parameters<typeof planned>[1] = {},
): Promise<TestSet> {
  const set = await planned(world, over)
  expect(await codeOf(world.as(world.owner, 'PUT', `/v1/breakglass/sets/${set.id}`, set.body))).toBe('')
  return set
}

export interface Asked {
  readonly id: string
  readonly path: string
  readonly body: Uint8Array
  readonly secret: SecretBytes
}

/** Signed by the doctor, not sent yet. */
export async function request(
  { doctor, clock }: EmergencyWorld,
  set: TestSet,
  over: { readonly by?: Person; readonly decideMs?: number; readonly accessMs?: number } = {},
): Promise<Asked> {
  const { by = doctor, decideMs = 10 * minute, accessMs = 60 * minute } = over
  const nowMs = clock.nowMs()
  const asking = { reason: 'ETREAT', text: 'Found unconscious, what does she take?' } as const
  const times = { decideByMs: nowMs + decideMs, accessUntilMs: nowMs + accessMs }
  const made = await makeEmergencyRequest(
    by.signatory,
    set.statement,
    { ...asking, ...times },
    { clock, random },
  )
  const id = encodeBase64Url(made.statement.content.id)
  return { id, path: `/v1/breakglass/${id}`, body: made.statement.bytes, secret: made.secret }
}

export async function asked(world: EmergencyWorld, set: TestSet, over = {}): Promise<Asked> {
  const made = await request(world, set, over)
  expect(await codeOf(world.as(world.doctor, 'PUT', made.path, made.body))).toBe('')
  return made
}

export async function shownTo(
  { as }: Pick<TestClinic, 'as'>,
  device: Person,
  { path }: Asked,
): Promise<Shown> {
  const answer = await as(device, 'GET', path)
  expect(answer.status).toBe(200)
  return answer.json()
}

/** As a device replays it: everything is checked against what it has pinned. */
function replayed({ policyText, clinic }: EmergencyWorld, shown: Shown) {
  const events = shown.events.map(({ statement, entry, salt, receipt }) => ({
    bytes: decodeBase64Url(statement),
    entry: decodeBase64Url(entry),
    salt: decodeBase64Url(salt),
    receipt,
  }))
  return replayEmergency(decodeBase64Url(shown.set_statement), events, {
    origin,
    log: parseVerifierKey(clinic.log.verifierKey),
    policy: parsePolicy(policyText),
  })
}

export async function stateFor(world: EmergencyWorld, device: Person, one: Asked) {
  return replayed(world, await shownTo(world, device, one))
}

/** The body of a release, made as a custodian's device makes it. */
export async function release(world: EmergencyWorld, set: TestSet, one: Asked, by: Custodian) {
  const { share } = await (await world.as(by, 'GET', `/v1/breakglass/sets/${set.id}`)).json()
  const kept = { sealed: decodeBase64Url(share), secret: by.secret }
  const own = openOwnShare(set.statement, by.kid, kept)
  const { clock, roster } = world
  const state = await stateFor(world, by, one)
  const parcel = await makeRelease(by.signatory, state, own, { clock, random, roster })
  return encodeParcel(parcel)
}

const votePath = ({ path }: Asked, { kid }: Person): string => `${path}/votes/${kid}`

export async function released(world: EmergencyWorld, set: TestSet, one: Asked, by: Custodian) {
  return world.as(by, 'PUT', votePath(one, by), await release(world, set, one, by))
}

export async function denied(world: EmergencyWorld, one: Asked, by: Person): Promise<Response> {
  const { request: asking } = await stateFor(world, by, one)
  const denial = await makeDenial(by.signatory, asking, 'Not this one', world)
  return world.as(by, 'PUT', votePath(one, by), denial.bytes)
}

export async function opening(world: EmergencyWorld, one: Asked, by = world.doctor): Promise<Uint8Array> {
  return (await makeOpened(by.signatory, await stateFor(world, by, one), world)).bytes
}

export async function opened(world: EmergencyWorld, one: Asked, by = world.doctor): Promise<Response> {
  return world.as(by, 'PUT', `${one.path}/open`, await opening(world, one, by))
}

export async function closed(world: EmergencyWorld, one: Asked, by: Person): Promise<Response> {
  const statement = await makeClosed(by.signatory, await stateFor(world, by, one), 'Over', world)
  return world.as(by, 'PUT', `${one.path}/close`, statement.bytes)
}

export async function reviewed(world: EmergencyWorld, one: Asked, by: Person): Promise<Response> {
  const review = { verdict: 'justified', text: 'Seen' } as const
  const statement = await makeReviewed(by.signatory, await stateFor(world, by, one), review, world)
  return world.as(by, 'PUT', `${one.path}/reviews/${by.kid}`, statement.bytes)
}

/** Empty where it was taken. */
export async function codeOf(answer: Promise<Response> | Response): Promise<string> {
  const done = await answer
  return done.status < 400 ? '' : problemCode(done)
}
