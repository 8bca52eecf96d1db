import { phaseAt, waitsUntilMs } from '@chartseal/clinic/break-glass'
import { nameIn } from '@chartseal/clinic/roster'
import { describe, expect, it } from 'vitest'
import { numPatients, rosterChanges, rosterLines } from '../dist/emergency/roster-lines.js'
import { followNotes } from '../dist/state/emergency/follow-notes.js'
import { ownerOfSet } from '../dist/state/emergency/owners.js'
import { actsOf, strangersIn } from '../dist/state/emergency/seat.js'
import { asked, done, found, of, prepared, publishRoster, requestOf, stage } from './emergency-stage.js'
import { type Person, relocked, sessionOf } from './people.js'

const kindsOf = (person: Person): readonly string[] =>
  sessionOf(person).requestNotes.value.map(({ kind }) => kind)

async function acts(person: Person) {
  const one = await requestOf(person)
  return actsOf(one.state, of(person).seatIn(one), of(person).nowMs)
}

describe('a record that is opened in an emergency', () => {
  it('is opened by two of three, one of them from a sheet, closed, reviewed, and told to its patient', async () => {
    const all = await stage()
    const { clinic, owner, patient, night, first, second, auditor, content } = all
    const screen = await prepared(all)
    expect([screen.isMade.value, (await found(owner)).sets.length]).toEqual([true, 1])
    const [set] = (await found(second)).sets
    const sheet = (set && (await of(second).sheet(set.set))) ?? ''
    await asked(all)

    await followNotes(sessionOf(first))
    expect(kindsOf(first)).toEqual(['decide'])
    const denied = await requestOf(auditor)
    await done(auditor, one => one.deny(denied, 'I could not reach her.'))
    expect(await acts(auditor)).toMatchObject({ release: false, deny: false, review: false })
    const asking = await requestOf(first)
    expect(of(first).whyNotRelease(asking)).toBeNull()
    await done(first, one => one.release(asking))
    clinic.emergencies.givesShares = false
    const waiting = await requestOf(second)
    await expect(done(second, one => one.release(waiting))).rejects.toMatchObject({
      code: 'break-glass/no-share',
    })
    await done(second, one => one.release(waiting, sheet.toUpperCase()))

    await followNotes(sessionOf(night))
    expect(kindsOf(night)).toEqual(['open'])
    const released = await requestOf(night)
    clinic.records.inEmergency.add(sessionOf(night).device.kid)
    await done(night, one => one.open(released))
    const record = of(night).opened.value.get(released.id)
    expect([record?.content, record?.useless]).toEqual([content, []])
    expect(await acts(night)).toMatchObject({ open: true, close: true, review: false })
    await done(night, async one => one.close(await requestOf(night), 'Done.'))
    expect(of(night).opened.value.size).toBe(0)
    expect([...night.platform.map.keys()].filter(key => key.startsWith('emergency-asked/'))).toEqual([])

    await followNotes(sessionOf(auditor))
    expect(kindsOf(auditor)).toEqual(['review'])
    await done(auditor, async one => one.review(await requestOf(auditor), 'justified', 'Life was at risk.'))
    expect(kindsOf(auditor)).toEqual([])

    for (const one of [patient, owner]) {
      await followNotes(sessionOf(one))
      expect(kindsOf(one)).toEqual(['opened'])
      await of(one).tell(await requestOf(one))
      expect(kindsOf(one)).toEqual([])
    }
    const { state, indexes } = await requestOf(patient)
    expect(state.events.map(({ event }) => event.content.kind)).toEqual([
      'request',
      'denial',
      'release',
      'release',
      'opened',
      'closed',
      'reviewed',
    ])
    expect(indexes.every(index => index !== null)).toBe(true)
    expect(phaseAt(state, Date.now())).toBe('reviewed')
  })

  it('is not opened when custodians deny, and only its requester can take a request back', async () => {
    const all = await stage()
    const { night, first, second, auditor, owner } = all
    await prepared(all, { denials: 1 })
    await asked(all)
    expect([(await acts(owner)).close, (await acts(night)).close]).toEqual([false, true])
    await done(second, async one => one.deny(await requestOf(second), ''))
    const denied = await requestOf(night)
    expect(phaseAt(denied.state, Date.now())).toBe('denied')
    // Nothing is left that could open it.
    await expect(done(night, one => one.open(denied))).rejects.toMatchObject({
      code: 'console/emergency-elsewhere',
    })
    expect(of(first).whyNotRelease(await requestOf(first))).toMatchObject({ code: 'break-glass/denied' })
    expect((await acts(auditor)).review).toBe(true)
  })

  it('waits for a time in which an officer can deny it', async () => {
    const all = await stage()
    const { night, first, second, owner, auditor } = all
    await prepared(all, { waitMs: 300_000 })
    await asked(all)
    for (const one of [first, second]) {
      const request = await requestOf(one)
      await done(one, emergencies => emergencies.release(request))
    }
    expect((await acts(night)).open).toBe(false)
    expect((await acts(owner)).deny).toBe(true)
    await followNotes(sessionOf(owner))
    const untilMs = waitsUntilMs((await requestOf(owner)).state)
    expect(sessionOf(owner).requestNotes.value).toMatchObject([{ kind: 'veto', about: 'Letter', untilMs }])
    await followNotes(sessionOf(auditor))
    expect(kindsOf(auditor)).toEqual([])
    await done(owner, async one => one.deny(await requestOf(owner), 'Nobody of that name.'))
    expect(phaseAt((await requestOf(night)).state, Date.now())).toBe('denied')
    expect(kindsOf(owner)).toEqual(['review'])
  })

  it('is judged by whom the newest list of staff names: the review of anybody else is marked, and ends no notice', async () => {
    const all = await stage()
    const { owner, second, auditor, night } = all
    await prepared(all, { denials: 1 })
    await asked(all)
    await done(second, async one => one.deny(await requestOf(second), ''))
    await done(auditor, async one => one.review(await requestOf(auditor), 'justified', ''))
    await followNotes(sessionOf(owner))
    const strangers = async (person: Person): Promise<readonly string[]> =>
      strangersIn((await requestOf(person)).state, of(person).roster).map(({ content }) => content.kind)
    expect([kindsOf(owner), await strangers(owner)]).toEqual([[], []])
    await publishRoster(all, false, [auditor])
    expect([await strangers(owner), await strangers(night)]).toEqual([['reviewed'], ['reviewed']])
    expect(kindsOf(owner)).toEqual(['review'])
    expect(strangersIn((await requestOf(owner)).state, null)).toEqual([])
  })
})

describe('who is who in an emergency', () => {
  it('is what the list of staff says: it names them, and whose a record is', async () => {
    const all = await stage()
    const { owner, patient, night, first, second, auditor } = all
    await prepared(all)
    const kidOf = (person: Person): string => sessionOf(person).device.kid
    const [view] = (await found(night)).sets
    const { roster } = of(night)
    if (view === undefined || roster === null) throw new Error('there is no set')
    expect([nameIn(roster, kidOf(first)), nameIn(roster, kidOf(patient))]).toEqual(['Abel', null])
    const ownerFor = (person: Person) => ownerOfSet(view, sessionOf(person), roster)
    expect([ownerFor(owner), ownerFor(patient), ownerFor(night)]).toEqual([
      { kind: 'known', role: 'doctor' },
      { kind: 'known', role: 'doctor' },
      { kind: 'listed', role: 'doctor' },
    ])
    const without = { ...roster, people: roster.people.filter(({ kid }) => kid !== kidOf(owner)) }
    expect(ownerOfSet(view, sessionOf(night), without)).toEqual({ kind: 'listed', role: 'doctor' })
    const stranger = ownerOfSet(view, sessionOf(night), { ...without, officers: [kidOf(first)] })
    expect(stranger).toEqual({ kind: 'other', role: null })
    expect(ownerOfSet(view, sessionOf(night), null)).toEqual(stranger)

    const lines = rosterLines(roster)
    expect(lines.map(({ kid, isOfficer }) => [kid, isOfficer])).toEqual(
      [owner, night, first, second, auditor].map(one => [kidOf(one), one === owner]),
    )
    expect(numPatients(roster)).toBe(1)
    expect(rosterLines(without)[0]).toEqual({ kid: kidOf(owner), name: '', role: null, isOfficer: true })
    expect(rosterChanges(roster, roster)).toEqual({ added: [], removed: [] })
    const moved = roster.people.map(one =>
      one.kid === kidOf(patient) ? { ...one, mailbox: 'AAAAAAAAAAAAAAAAAAAAAA' } : one,
    )
    const { added, removed } = rosterChanges(roster, { ...roster, people: moved, officers: [kidOf(first)] })
    const changed = [owner, patient, first].map(kidOf)
    expect([added, removed].map(some => some.map(({ kid }) => kid))).toEqual([changed, changed])
  })
})

describe('no log, no key', () => {
  it('holds a share back while too few witnesses have confirmed the request', async () => {
    const all = await stage()
    const { clinic, first, patient } = all
    await prepared(all)
    clinic.witnesses = clinic.witnesses.slice(1)
    await asked(all)
    const one = await requestOf(first)
    expect(of(first).whyNotRelease(one)).toMatchObject({ code: 'break-glass/no-witness' })
    await expect(done(first, emergencies => emergencies.release(one))).rejects.toMatchObject({
      code: 'break-glass/no-witness',
    })
    expect((await requestOf(patient)).state.events[0]?.isWitnessed).toBe(false)
  })

  it('holds it back where this device knows no witness', async () => {
    const all = await stage()
    const { clinic, first } = all
    await prepared(all)
    const [{ policy }, session] = [clinic, sessionOf(first)]
    clinic.policy = null
    first.platform.aheadMs = 61_000
    await session.sync()
    await session.acceptWitnesses()
    first.platform.aheadMs = 0
    clinic.policy = policy
    await asked(all)
    expect(of(first).whyNotRelease(await requestOf(first))).toMatchObject({ code: 'break-glass/no-witness' })
  })
})

describe('a clinic that lies about requests', () => {
  it('cannot take one away, or some of what came of it', async () => {
    const all = await stage()
    const { clinic, first, auditor } = all
    await prepared(all)
    const id = await asked(all)
    await done(auditor, async one => one.deny(await requestOf(auditor), ''))
    await requestOf(first)
    clinic.emergencies.cut.set(id, 1)
    await relocked(first)
    await followNotes(sessionOf(first))
    expect(kindsOf(first)).toEqual(['trouble'])
    expect((await found(first)).broken).toMatchObject([{ id, error: { code: 'console/emergency-cut' } }])
    clinic.emergencies.cut.clear()
    expect((await found(first)).broken).toEqual([])
    clinic.emergencies.hidden.add(id)
    expect((await found(first)).lost).toMatchObject([{ id, about: 'Letter' }])
    clinic.emergencies.hidden.clear()
    expect((await found(first)).lost).toEqual([])
    // One that the clinic cannot read any more is named, and hides nothing else.
    const other = await asked(all)
    clinic.emergencies.damaged.add(id)
    const looked = await found(first)
    expect(looked.broken).toMatchObject([{ id, error: { code: 'console/damaged-there' } }])
    expect([looked.lost, looked.requests.map(one => one.id)]).toEqual([[], [other]])
  })

  it('names no new staff: a list that its officers did not sign waits for a person', async () => {
    const all = await stage()
    const { first } = all
    await prepared(all)
    await asked(all)
    await publishRoster(all)
    expect((await found(first)).roster).toMatchObject({ believed: { roster: { seq: 2 } }, next: null })
    await publishRoster(all, true)
    const one = await requestOf(first)
    expect(of(first).found.value?.roster).toMatchObject({
      believed: { roster: { seq: 2 } },
      next: { roster: { seq: 3 } },
    })
    expect(of(first).whyNotRelease(one)).toMatchObject({ code: 'console/no-roster' })
    await done(first, emergencies => emergencies.takeRoster())
    expect(of(first).whyNotRelease(one)).toBeNull()
  })
})

describe('a request', () => {
  it('is opened by the device that asked, and by no other one', async () => {
    const all = await stage()
    const { night, first, second } = all
    await prepared(all, {}, true)
    await asked(all)
    for (const one of [first, second]) {
      const request = await requestOf(one)
      await done(one, emergencies => emergencies.release(request))
    }
    const keys = [...night.platform.map.keys()].filter(key => key.startsWith('emergency-asked/'))
    await night.platform.rows.write(keys.map(key => [key, null] as const))
    const one = await requestOf(night)
    await expect(done(night, emergencies => emergencies.open(one))).rejects.toMatchObject({
      code: 'console/emergency-elsewhere',
    })
  })

  it('of which nobody knows whether the clinic has it stays until a person forgets it, and is known when it has', async () => {
    const all = await stage()
    const { clinic, night } = all
    await prepared(all)
    const [set] = (await found(night)).sets
    if (set === undefined) throw new Error('there is no set')
    const wishes = { reason: 'BTG', text: 'Unconscious.', decideMinutes: 30, accessMinutes: 60 } as const
    clinic.network = 'answers-lost'
    expect(await of(night).ask(set, wishes)).toBeNull()
    clinic.network = 'down'
    expect(await of(night).ask(set, wishes)).toBeNull()
    clinic.network = 'up'
    const { requests, unsent } = await found(night)
    expect([requests.length, unsent.length]).toEqual([1, 1])
    await done(night, emergencies => emergencies.forgetUnsent(unsent[0]?.id ?? ''))
    expect((await found(night)).unsent).toEqual([])
    clinic.refusals.push({ status: 409, code: 'break-glass/deadline' })
    expect(await of(night).ask(set, wishes)).toBeNull()
    expect((await found(night)).unsent).toEqual([])
  })
})
