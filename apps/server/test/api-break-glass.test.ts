import { decodeAccessEntry, openAccessEntry } from '@chartseal/audit/access'
import { createCustodyKey, openReleased } from '@chartseal/clinic/break-glass'
import { decodeBase64Url } from '@chartseal/core/encoding'
import { patience } from '@chartseal/testkit'
import { parsePolicy, parseVerifierKey } from '@chartseal/tlog'
import { describe, expect, it, vi } from 'vitest'
import { requestError } from '../dist/errors.js'
import { name16, text } from './api-world.js'
import {
  asked,
  type BreakGlassClinic,
  breakGlassClinic,
  closed,
  codeOf,
  denied,
  madeSet,
  minute,
  opened,
  opening,
  type Person,
  planned,
  released,
  request,
  reviewed,
  shownTo,
  stateFor,
  type TestSet,
} from './break-glass-world.js'
import { blocksOf, listFor, pathOf, putAll, putGrants } from './records-world.js'

const queueOf = async ({ as }: BreakGlassClinic, device: Person) =>
  (await (await as(device, 'GET', '/v1/breakglass')).json()).requests

/** The patient finds each step among who opened the record, with a receipt that holds. */
async function expectReceipts(world: BreakGlassClinic): Promise<void> {
  const { entries } = await (await world.as(world.patient, 'GET', '/v1/entries')).json()
  const acts: string[] = []
  for (const { id, salt, entry } of entries) {
    const receipt = await (await world.as(world.patient, 'GET', `/v1/entries/${id}/receipt`)).text()
    const bytes = { receipt, salt: decodeBase64Url(salt), entry: decodeBase64Url(entry) }
    const proven = openAccessEntry(bytes, {
      log: parseVerifierKey(world.clinic.log.verifierKey),
      policy: parsePolicy(world.policyText),
    })
    acts.push(proven.entry.act)
  }
  const after = ['asked', 'denied', 'released', 'released', 'opened', 'closed', 'reviewed', 'reviewed'].map(
    step => `break-glass-${step}`,
  )
  expect(acts.slice(-9)).toEqual(['break-glass-set', ...after])
  expect(decodeAccessEntry(decodeBase64Url(entries.at(-8).entry))).toMatchObject({
    purpose: 'ETREAT',
    by: world.doctor.kid,
    device: world.patient.kid,
  })
}

describe('one record in an emergency', () => {
  it('is opened by a quorum, in view of everybody whom it concerns, and reviewed for ever', async () => {
    const world = await breakGlassClinic()
    const { owner, patient, doctor, officer, auditor, custodians } = world
    const [eva, luis, otto] = custodians
    const { root, blocks } = await blocksOf(text('the record'))
    await putAll(world, owner, blocks)
    const id = name16()
    expect((await putGrants(world, owner, await listFor(owner, { id, payload: root }), [])).status).toBe(200)
    const set = await madeSet(world, { payloadCid: root, packageId: decodeBase64Url(id) })
    const one = await asked(world, set)
    expect(await codeOf(world.as(doctor, 'GET', pathOf(root)))).toBe('blob/missing')
    expect(await codeOf(denied(world, one, otto))).toBe('')
    expect(await codeOf(opened(world, one))).toBe('break-glass/undecided')
    for (const custodian of [eva, luis]) expect(await codeOf(released(world, set, one, custodian))).toBe('')
    world.clock.advance(3 * minute)
    const answer = await (await opened(world, one)).json()
    expect(answer).toMatchObject({ state: 'opened', published: true, minutes_to_open: 3, rekeyed: false })
    const state = await stateFor(world, doctor, one)
    const given = answer.shares.map(({ kid, share }: { kid: string; share: string }) => ({
      kid,
      sealed: decodeBase64Url(share),
    }))
    const { capability, useless } = openReleased(state, given, one.secret)
    expect([capability.contentKey.reveal(), useless]).toEqual([set.capability.contentKey.reveal(), []])
    expect((await world.as(doctor, 'GET', pathOf(root))).status).toBe(200)
    expect(await codeOf(reviewed(world, one, officer))).toBe('break-glass/not-over')
    expect(await codeOf(closed(world, one, doctor))).toBe('')
    expect(await codeOf(world.as(doctor, 'GET', pathOf(root)))).toBe('blob/missing')
    expect(await codeOf(opened(world, one))).toBe('break-glass/over')
    expect(await codeOf(reviewed(world, one, officer))).toBe('')
    expect(await codeOf(reviewed(world, one, auditor))).toBe('')
    for (const device of [owner, patient, doctor, officer, auditor, ...custodians])
      expect(await queueOf(world, device)).toMatchObject([{ id: one.id, state: 'reviewed', published: true }])
    const seen = await stateFor(world, patient, one)
    expect(seen.events.every(({ isWitnessed }) => isWitnessed)).toBe(true)
    expect(seen.events.map(({ event }) => event.content.kind)).toEqual([
      'request',
      'denial',
      'release',
      'release',
      'opened',
      'closed',
      'reviewed',
      'reviewed',
    ])
    await expectReceipts(world)
  })

  it('gives nobody a share before it is opened, and then the requester alone', async () => {
    const world = await breakGlassClinic()
    const [eva, luis] = world.custodians
    const set = await madeSet(world)
    const one = await asked(world, set)
    for (const custodian of [eva, luis]) await released(world, set, one, custodian)
    for (const device of [world.doctor, world.officer, eva])
      expect(JSON.stringify(await shownTo(world, device, one))).not.toContain('"share"')
    expect(await codeOf(opened(world, one, world.officer))).toBe('break-glass/not-requester')
    expect(await codeOf(opened(world, one, eva))).toBe('break-glass/not-requester')
    const again = await opening(world, one)
    const [first, second] = [
      await world.as(world.doctor, 'PUT', `${one.path}/open`, again),
      await opened(world, one),
    ]
    expect((await first.json()).shares).toHaveLength(2)
    expect((await second.json()).events).toHaveLength(4)
    expect(await codeOf(world.as(eva, 'PUT', `${one.path}/open`, again))).toBe('signature/not-allowed')
    const { rosters } = world.clinic.breakGlass
    vi.spyOn(rosters, 'standingOf').mockResolvedValueOnce({ role: 'auditor', isOfficer: false })
    expect(await codeOf(world.as(world.doctor, 'PUT', `${one.path}/open`, again))).toBe(
      'break-glass/not-rostered',
    )
    world.clock.advance(60 * minute)
    expect(await codeOf(world.as(world.doctor, 'PUT', `${one.path}/open`, again))).toBe('break-glass/over')
  })

  it('that was denied, was not decided in time or was taken back opens nothing, and stays in the queue; a set may let all wait', async () => {
    const world = await breakGlassClinic()
    const [eva, luis, otto] = world.custodians
    const set = await madeSet(world)
    const [refused, late, back] = [await asked(world, set), await asked(world, set), await asked(world, set)]
    for (const one of [refused, late, back]) expect(await codeOf(released(world, set, one, eva))).toBe('')
    for (const custodian of [luis, otto]) await denied(world, refused, custodian)
    await closed(world, back, world.doctor)
    world.clock.advance(10 * minute)
    expect(await codeOf(opened(world, refused))).toBe('break-glass/denied')
    expect(await codeOf(opened(world, late))).toBe('break-glass/expired')
    expect(await codeOf(opened(world, back))).toBe('break-glass/over')
    const states = (await queueOf(world, world.auditor)).map(({ state }: { state: string }) => state)
    expect(states).toEqual(['denied', 'expired', 'closed'])
    const slow = await madeSet(world, { waitMs: 5 * minute })
    const [one, other] = [await asked(world, slow), await asked(world, slow)]
    for (const custodian of [eva, luis]) await released(world, slow, one, custodian)
    expect(await codeOf(opened(world, one))).toBe('break-glass/waiting')
    expect(await codeOf(denied(world, other, world.officer))).toBe('')
    expect(await shownTo(world, world.doctor, other)).toMatchObject({ state: 'denied' })
    world.clock.advance(5 * minute)
    expect(await codeOf(denied(world, one, world.officer))).toBe('break-glass/not-custodian')
    expect(await codeOf(opened(world, one))).toBe('')
  })
})

describe('the same again', () => {
  it('gives the same answer for sets, requests and votes, and other bytes a conflict', async () => {
    const world = await breakGlassClinic()
    const [eva] = world.custodians
    const { owner, doctor, as, clinic } = world
    const set = await madeSet(world)
    const path = `/v1/breakglass/sets/${set.id}`
    expect(await codeOf(as(owner, 'PUT', path, set.body))).toBe('')
    const one = await asked(world, set)
    const { size } = clinic.log
    expect(await codeOf(as(doctor, 'PUT', one.path, one.body))).toBe('')
    expect(clinic.log.size).toBe(size)
    const other = await planned(world)
    expect(await codeOf(as(owner, 'PUT', path, other.body))).toBe('request/invalid')
    expect(await codeOf(released(world, set, one, eva))).toBe('')
    await expect(released(world, set, one, eva)).rejects.toMatchObject({ code: 'break-glass/conflict' })
    expect(await codeOf(denied(world, one, eva))).toBe('break-glass/conflict')
    expect((await shownTo(world, eva, one)).events).toHaveLength(2)
    const many = await request(world, set)
    const puts = Array.from({ length: 4 }, () => world.as(world.doctor, 'PUT', many.path, many.body))
    for (const answer of await Promise.all(puts)) expect(await codeOf(answer)).toBe('')
    const votes = await Promise.all(world.custodians.map(by => released(world, set, many, by)))
    for (const vote of votes) expect(await codeOf(vote)).toBe('')
    const state = await stateFor(world, world.patient, many)
    expect(state.events.map(({ event }) => event.content.kind)).toEqual([
      'request',
      'release',
      'release',
      'release',
    ])
  })
})

/** So many wait for a decision, and so many are asked in a day, also when they come all at once. */
async function expectLimits(world: BreakGlassClinic, set: TestSet): Promise<void> {
  const { as, doctor } = world
  const more = await request(world, set)
  for (const [count, most] of [
    ['undecided', 16],
    ['askedSince', 200],
  ] as const) {
    const counted = vi.spyOn(world.clinic.store.breakGlass, count).mockResolvedValueOnce(most)
    expect(await codeOf(world.as(world.doctor, 'PUT', more.path, more.body))).toBe('emergency/full')
    counted.mockRestore()
  }
  const { breakGlass } = world.clinic.store
  const undecided = breakGlass.undecided.bind(breakGlass)
  const nearly = vi
    .spyOn(breakGlass, 'undecided')
    .mockImplementation(async (...of) => 13 + (await undecided(...of)))
  const both = await Promise.all(
    [0, 1].map(async () => {
      const { path, body } = await request(world, set)
      return codeOf(as(doctor, 'PUT', path, body))
    }),
  )
  expect(both.toSorted()).toEqual(['', 'emergency/full'])
  nearly.mockRestore()
}

describe('whoever may not', () => {
  it('is refused: strangers, patients, self, other signers', async () => {
    const world = await breakGlassClinic()
    const { as, owner, patient, doctor, officer, auditor, custodians } = world
    const [eva] = custodians
    const stranger = await world.enrol('doctor')
    const set = await madeSet(world)
    const foreign = { ...stranger, signatory: { verifyingKey: stranger.identity, sign: stranger.sign } }
    const unlisted = await request(world, set, { by: foreign })
    expect(await codeOf(as(stranger, 'PUT', unlisted.path, unlisted.body))).toBe('break-glass/not-rostered')
    const asPatient = await request(world, set, { by: patient })
    expect(await codeOf(as(patient, 'PUT', asPatient.path, asPatient.body))).toBe('break-glass/not-rostered')
    const one = await asked(world, set)
    expect(await codeOf(as(stranger, 'GET', one.path))).toBe('emergency/missing')
    expect(await codeOf(as(stranger, 'GET', `/v1/breakglass/sets/${set.id}`))).toBe('emergency/missing')
    expect((await (await as(stranger, 'GET', '/v1/breakglass/sets')).json()).sets).toEqual([])
    expect(await queueOf(world, foreign)).toEqual([])
    expect(await codeOf(denied(world, one, doctor))).toBe('break-glass/self')
    expect(await codeOf(denied(world, one, officer))).toBe('break-glass/not-custodian')
    expect(await codeOf(closed(world, one, auditor))).toMatch(/^break-glass\/not-/)
    const full = vi.spyOn(world.clinic.room, 'require').mockRejectedValue(requestError('server/full', {}))
    const late = await planned(world)
    expect(await codeOf(as(owner, 'PUT', `/v1/breakglass/sets/${late.id}`, late.body))).toBe('server/full')
    await asked(world, set)
    expect(await codeOf(denied(world, one, eva))).toBe('')
    full.mockRestore()
    const vote = `${one.path}/votes/${eva.kid}`
    expect(await codeOf(as(officer, 'PUT', vote, text('x')))).toBe('signature/not-allowed')
    expect(await codeOf(as(eva, 'PUT', vote, text('x')))).toBe('break-glass/invalid')
    expect(await codeOf(as(eva, 'PUT', vote, one.body))).toBe('break-glass/invalid')
    expect(await codeOf(as(owner, 'PUT', one.path, one.body))).toBe('signature/not-allowed')
    expect(await codeOf(as(doctor, 'PUT', `/v1/breakglass/${name16()}`, one.body))).toBe('request/invalid')
    expect(await codeOf(as(doctor, 'GET', `/v1/breakglass/${name16()}`))).toBe('emergency/missing')
    const key = `/v1/breakglass/keys/${patient.kid}`
    expect(await codeOf(as(patient, 'PUT', key, one.body))).toBe('break-glass/invalid')
    await expectLimits(world, set)
    const nowhere = await request(world, await planned(world))
    expect(await codeOf(world.as(world.doctor, 'PUT', nowhere.path, nowhere.body))).toBe('emergency/missing')
    const keyAt = async (ms: number, by: Person = eva) =>
      (
        await createCustodyKey(by.signatory, 'https://clinic.example', {
          clock: { nowMs: () => ms },
          random: { bytes: length => new Uint8Array(length).fill(7) },
        })
      ).statement.bytes
    const put = async (bytes: Uint8Array, by: Person = eva) =>
      codeOf(world.as(by, 'PUT', `/v1/breakglass/keys/${by.kid}`, bytes))
    expect(await put(await keyAt(5))).toBe('emergency/conflict')
    expect(await put(await keyAt(world.clock.nowMs() + 5))).toBe('')
    expect(await put(await keyAt(9, world.patient), world.patient)).toBe('signature/not-allowed')
  })
})

describe('no log, no key', () => {
  it('lets nobody decide before witnesses have cosigned the request, and opens nothing without them', async () => {
    const world = await breakGlassClinic()
    const [eva, luis] = world.custodians
    const set = await madeSet(world)
    const few = await planned(world, { witnesses: 3 })
    const path = `/v1/breakglass/sets/${few.id}`
    expect(await codeOf(world.as(world.owner, 'PUT', path, few.body))).toBe('break-glass/no-witness')
    const third = await request(world, set)
    const broken = vi
      .spyOn(world.clinic.log, 'append')
      .mockRejectedValue(requestError('server/log', { retryMs: 1_000 }))
    expect(await codeOf(world.as(world.doctor, 'PUT', third.path, third.body))).toBe('server/log')
    expect(await queueOf(world, world.officer)).toEqual([])
    broken.mockRestore()
    const taken = await world.as(world.doctor, 'PUT', third.path, third.body)
    expect((await taken.json()).events).toHaveLength(1)
    expect(await queueOf(world, world.officer)).toHaveLength(1)
    const [one, other] = [await asked(world, set), await request(world, set)]
    for (const custodian of [eva, luis]) await released(world, set, one, custodian)
    const open = await opening(world, one)
    await world.witnesses[0]?.stop()
    expect(await codeOf(world.as(world.doctor, 'PUT', `${one.path}/open`, open))).toBe(
      'break-glass/no-witness',
    )
    const answer = await world.as(world.doctor, 'PUT', other.path, other.body)
    expect(await answer.json()).toMatchObject({
      state: 'asked',
      published: false,
      events: [{ receipt: null }],
    })
    expect(await codeOf(denied(world, other, eva))).toBe('break-glass/no-witness')
    expect(await queueOf(world, eva)).toMatchObject([
      { state: 'asked' },
      { state: 'opened' },
      { state: 'asked' },
    ])
  })
})

describe('the event stream', () => {
  it('wakes everybody whom a request concerns, and nobody else', async () => {
    const world = await breakGlassClinic()
    const { clinic, doctor, patient, custodians, officer, owner } = world
    const stranger = await world.enrol()
    const told: string[] = []
    for (const [name, device] of Object.entries({
      doctor,
      patient,
      eva: custodians[0],
      officer,
      owner,
      stranger,
    }))
      clinic.events.listen(device.kid, device.mailbox, {
        tell: event => told.push(`${name} ${event.event}`),
        end: () => undefined,
      })
    const set = await madeSet(world)
    await asked(world, set)
    await expect
      .poll(() => told.toSorted(), patience)
      .toEqual([
        'doctor breakglass',
        'eva breakglass',
        'officer breakglass',
        'owner breakglass',
        'patient breakglass',
      ])
  })
})
