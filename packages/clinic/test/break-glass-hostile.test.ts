import {
  applyEvent,
  breakGlassError,
  createCustodyKey,
  makeClosed,
  makeDenial,
  makeEmergencyRequest,
  makeEmergencySet,
  makeOpened,
  makeReviewed,
  markWitnessed,
  openOwnShare,
  openReleased,
  parseCustodyKey,
  parseEmergencyEvent,
  parseEmergencyRequest,
  parseEmergencySet,
  parseReleaseParcel,
  parseSetParcel,
  requireOwnShare,
  requireRelease,
  standingIn,
  startEmergency,
} from '@chartseal/clinic/break-glass'
import { concat } from '@chartseal/core/bytes'
import { decodeCbor, encodeCbor, encodeUtf8 } from '@chartseal/core/encoding'
import { systemRandom } from '@chartseal/core/system'
import { formatVerifyCapability } from '@chartseal/ipfs-envelope'
import { codesRaised, fixedClock, hostileBytes, propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  ana,
  auditor,
  ben,
  capability,
  cleo,
  dan,
  doctor,
  liarsCodes,
  minuteMs,
  officer,
  origin,
  owner,
  type Person,
  patient,
  policy,
  roster,
  setWith,
  startMs,
  stranger,
} from './break-glass-people.js'
import { asked } from './break-glass-world.js'

const expectCode = codesRaised(breakGlassError, liarsCodes)
const world = { clock: fixedClock(startMs), random: systemRandom }
const asking = {
  ...({ reason: 'ETREAT', text: 'shock room' } as const),
  ...{ decideByMs: startMs + 5 * minuteMs, accessUntilMs: startMs + 60 * minuteMs },
}

describe('statements', () => {
  it('are refused when one bit is changed, whole or cut off', async () => {
    const { statement } = await createCustodyKey(ana, origin, world)
    const { bytes } = statement
    for (let bit = 0; bit < 8 * bytes.length; bit += 5) {
      const changed = Uint8Array.from(bytes)
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(() => parseCustodyKey(changed)).toThrow(/break-glass|signature|custody-key/)
    }
    await expectCode('break-glass/bad-signature', () => {
      const changed = Uint8Array.from(bytes)
      changed[bytes.length - 1] = (changed[bytes.length - 1] ?? 0) ^ 1
      return parseCustodyKey(changed)
    })
    await expectCode('break-glass/invalid', () => parseCustodyKey(bytes.subarray(1)))
    await expectCode('break-glass/invalid', () => parseEmergencyEvent(bytes))
  })

  it('are never taken for another kind', async () => {
    const { set, request } = await asked()
    await expectCode('break-glass/invalid', () => parseEmergencyRequest(set.bytes))
    await expectCode('break-glass/invalid', () => parseEmergencySet(request.bytes))
    // What says the same under another name was signed under another label.
    const { statement } = await createCustodyKey(ana, origin, world)
    const fields = decodeCbor(statement.bytes.subarray(0, -64))
    const renamed = encodeCbor({ ...Object(fields), k: 'release' })
    await expectCode('break-glass/invalid', () =>
      parseEmergencyEvent(Uint8Array.from([...renamed, ...statement.bytes.subarray(-64)])),
    )
  })

  it('are refused without a crash, whatever the bytes are', () => {
    const readers = [parseEmergencyEvent, parseEmergencySet, parseSetParcel, parseReleaseParcel]
    fc.assert(
      fc.property(hostileBytes(300), fc.constantFrom(...readers), (bytes, read) => {
        expect(() => read(bytes)).toThrow(/break-glass/)
      }),
      propertyRuns(200, 50),
    )
  })

  it('come with the sealed shares that they name, and no others', async () => {
    const { parcel } = await setWith()
    const { statement, shares } = parcel
    const wrong: readonly (readonly Uint8Array[])[] = [
      ...[[], shares.slice(1), [...shares].reverse(), [...shares, new Uint8Array(9)]],
    ]
    for (const others of wrong)
      await expectCode('break-glass/invalid', () => parseSetParcel(encodeCbor([statement.bytes, ...others])))
    await expectCode('break-glass/invalid', () => parseSetParcel(encodeCbor(statement.bytes)))
    await expectCode('break-glass/invalid', () => parseSetParcel(encodeCbor([statement.bytes, 1])))
    await expectCode('break-glass/invalid', () => parseSetParcel(encodeCbor([new Uint8Array(65_536)])))
  })
})

describe('a set', () => {
  const plan = async (changes: object = {}) => {
    const keys = await Promise.all([ana, ben, cleo].map(one => createCustodyKey(one, origin, world)))
    const custodians = keys.map(({ statement }) => statement)
    const about = { about: 'x', patient: patient.kid, isDrill: false }
    return { origin, capability, ...about, policy, custodians, roster, ...changes }
  }

  it('never opens for one person, without a witness, or never at all', async () => {
    const wrong = [
      { threshold: 1 },
      { threshold: 4 },
      { denials: 0 },
      { denials: 3 },
      { witnesses: 0 },
      { maxDecideMs: 0 },
      { waitMs: policy.maxAccessMs },
    ]
    for (const change of wrong)
      await expectCode('break-glass/policy', async () =>
        makeEmergencySet(owner, await plan({ policy: { ...policy, ...change } }), world),
      )
  })

  it('is of the owner of the record, for custodians of this clinic, each once', async () => {
    await expectCode('break-glass/invalid', async () => makeEmergencySet(ana, await plan(), world))
    const { statement: first } = await createCustodyKey(ana, origin, world)
    const { statement: elsewhere } = await createCustodyKey(ben, 'https://other.example', world)
    const { statement: unknown } = await createCustodyKey(stranger, origin, world)
    await expectCode('break-glass/invalid', async () =>
      makeEmergencySet(owner, await plan({ custodians: [first, first, first] }), world),
    )
    await expectCode('break-glass/other-clinic', async () =>
      makeEmergencySet(owner, await plan({ custodians: [first, first, elsewhere] }), world),
    )
    await expectCode('break-glass/not-rostered', async () =>
      makeEmergencySet(owner, await plan({ custodians: [first, first, unknown] }), world),
    )
    for (const about of ['', ' ', 'x'.repeat(201)])
      await expectCode('break-glass/invalid', async () =>
        makeEmergencySet(owner, await plan({ about }), world),
      )
  })

  it('is the only one for its shares: nobody, and not its owner, makes a milder one for what custodians keep', async () => {
    const { set } = await setWith({ policy: { waitMs: minuteMs } })
    const fields = Object(decodeCbor(set.bytes.subarray(0, -64)))
    const signed = async (person: Person, change: object) => {
      const encoded = encodeCbor({ ...fields, by: person.verifyingKey, ...change })
      const label = encodeUtf8('chartseal/break-glass-set/v2\0')
      return concat(encoded, await person.sign(concat(label, encoded)))
    }
    expect(parseEmergencySet(await signed(owner, {})).hash).toEqual(set.hash)
    const mild = { policy: { ...fields.policy, wait: 0 } }
    const record = formatVerifyCapability({ ...capability, owner: stranger.verifyingKey })
    for (const [person, change] of [
      [owner, mild],
      [owner, { about: 'nothing of importance' }],
      [owner, { drill: 1 }],
      [stranger, { record }],
    ] as const) {
      const forged = await signed(person, change)
      await expectCode('break-glass/invalid', () => parseEmergencySet(forged))
    }
  })

  it('has a share for each custodian alone, and names the sheet where a device has no key', async () => {
    const { set, parcel, shareOf } = await setWith()
    const [sealed = new Uint8Array(0)] = parcel.shares
    const { secret } = await createCustodyKey(ana, origin, world)
    await expectCode('break-glass/no-share', () => openOwnShare(set, ben.kid, null))
    await expectCode('break-glass/no-share', () => openOwnShare(set, ana.kid, { sealed, secret }))
    await expectCode('break-glass/no-share', () => openOwnShare(set, ben.kid, { sealed, secret }))
    expect(() => openOwnShare(set, ben.kid, null)).toThrow(/share 2 of set/)
    await expectCode('break-glass/not-custodian', () => openOwnShare(set, stranger.kid, null))
    await expectCode('break-glass/other-share', () => requireOwnShare(set, ben.kid, shareOf(ana)))
    const other = await setWith()
    await expectCode('break-glass/other-share', () => requireOwnShare(set, ana.kid, other.shareOf(ana)))
  })
})

describe('a request', () => {
  it('keeps to the times of its set', async () => {
    const { set } = await setWith({ policy: { waitMs: 10 * minuteMs } })
    const ask = (changes: object) => makeEmergencyRequest(doctor, set, { ...asking, ...changes }, world)
    const late = { decideByMs: startMs + 31 * minuteMs }
    await expectCode('break-glass/deadline', () => ask(late))
    await expectCode('break-glass/deadline', () => ask({ accessUntilMs: startMs + 241 * minuteMs }))
    await expectCode('break-glass/waiting', () => ask({ accessUntilMs: startMs + 9 * minuteMs }))
    await expectCode('break-glass/invalid', () =>
      ask({ decideByMs: startMs + 25 * minuteMs, accessUntilMs: startMs + 20 * minuteMs }),
    )
    await expectCode('break-glass/expired', () => ask({ decideByMs: startMs }))
    await expectCode('break-glass/invalid', () => ask({ text: ' ' }))
    await expectCode('break-glass/invalid', () => ask({ text: 'x'.repeat(501) }))
    await ask({ text: '🚑'.repeat(500) })
    const { statement } = await ask({})
    const facts = { nowMs: startMs, standing: standingIn(roster, doctor.kid) }
    await expectCode('break-glass/deadline', () =>
      startEmergency(set, statement, { ...facts, nowMs: startMs + minuteMs + 1 }),
    )
    const other = await setWith()
    await expectCode('break-glass/other-request', () => startEmergency(other.set, statement, facts))
    const { secret: _, statement: foreign } = await makeEmergencyRequest(
      doctor,
      { ...set, content: { ...set.content, origin: 'https://other.example' } },
      asking,
      world,
    )
    await expectCode('break-glass/other-clinic', () => startEmergency(set, foreign, facts))
  })

  it('comes from a doctor, with custodians left to decide', async () => {
    const { set } = await setWith()
    for (const person of [stranger, patient, auditor, ana, officer]) {
      const { statement } = await makeEmergencyRequest(person, set, asking, world)
      const facts = { nowMs: startMs, standing: standingIn(roster, person.kid) }
      await expectCode('break-glass/not-rostered', () => startEmergency(set, statement, facts))
    }
    const two = await setWith({ holders: [doctor, ana], policy: { denials: 1 } })
    const { statement } = await makeEmergencyRequest(doctor, two.set, asking, world)
    const facts = { nowMs: startMs, standing: standingIn(roster, doctor.kid) }
    await expectCode('break-glass/self', () => startEmergency(two.set, statement, facts))
  })

  it('takes from each person what is theirs to say, and nothing twice', async () => {
    const one = await asked()
    const now = () => one.clinic.seen(one.name)
    await one.release(ana)
    await expectCode('break-glass/conflict', () => one.release(ana))
    await expectCode('break-glass/conflict', () => one.deny(ana))
    await expectCode('break-glass/self', () => one.deny(doctor))
    await expectCode('break-glass/not-rostered', () => one.deny(stranger))
    await expectCode('break-glass/not-custodian', () => one.deny(dan))
    await expectCode('break-glass/not-custodian', () => requireRelease(now(), dan.kid, roster, startMs))
    await expectCode('break-glass/not-rostered', () => requireRelease(now(), stranger.kid, roster, startMs))
    const people = roster.people.filter(({ kid }) => kid !== doctor.kid)
    await expectCode('break-glass/not-rostered', () =>
      requireRelease(now(), ben.kid, { ...roster, people }, startMs),
    )
    await expectCode('break-glass/expired', () =>
      requireRelease(now(), ben.kid, roster, asking.decideByMs + 20 * minuteMs),
    )
    // Dated into the future by whoever asks and a clinic that takes it: the device has a clock of its own.
    requireRelease(now(), ben.kid, roster, startMs - 10 * minuteMs)
    await expectCode('break-glass/deadline', () =>
      requireRelease(now(), ben.kid, roster, startMs - 11 * minuteMs),
    )
    await expectCode('break-glass/undecided', () => one.open())
    await expectCode('break-glass/not-over', () => one.review(auditor))
    await one.release(ben)
    await expectCode('break-glass/not-opened', () => one.clinic.give(one.name, doctor.kid))
    await expectCode('break-glass/not-requester', () => one.clinic.give(one.name, ana.kid))
    await expectCode('break-glass/not-requester', async () =>
      one.clinic.take(await makeOpened(ana, now(), world)),
    )
    await one.open()
    await expectCode('break-glass/opened', () => one.deny(cleo))
    await expectCode('break-glass/not-rostered', async () =>
      one.clinic.take(await makeClosed(stranger, now(), '', world)),
    )
    await one.close(cleo)
    await expectCode('break-glass/over', () => one.close(doctor))
    await expectCode('break-glass/self', () => one.review(doctor))
    await expectCode('break-glass/self', () => one.review(ana))
    await expectCode('break-glass/not-rostered', () => one.review(cleo))
    const verdict = { verdict: 'unclear', text: '' } as const
    const seenBefore = await makeReviewed(auditor, now(), verdict, world)
    await one.review(officer)
    await expectCode('break-glass/stale', () => one.clinic.take(seenBefore))
    await expectCode('break-glass/conflict', () => one.review(officer))
  })

  it('takes nothing that is about another request', async () => {
    const [one, other] = [await asked(), await asked()]
    const denial = await makeDenial(ana, other.request, '', world)
    const facts = { nowMs: startMs, standing: standingIn(roster, ana.kid) }
    await expectCode('break-glass/other-request', () => applyEvent(one.clinic.seen(one.name), denial, facts))
    await expectCode('break-glass/other-request', () =>
      applyEvent(one.clinic.seen(one.name), other.request, facts),
    )
    await one.release(ana)
    await one.release(ben)
    await other.release(ana)
    await other.release(ben)
    await one.open()
    await other.open()
    const given = one.clinic.give(one.name, doctor.kid)
    await expectCode('break-glass/undecided', () =>
      openReleased(other.clinic.seen(other.name), given, other.secret),
    )
    await expectCode('break-glass/undecided', () =>
      openReleased(one.clinic.seen(one.name), given, other.secret),
    )
  })

  it('says so when a key was wiped, and knows its own events alone', async () => {
    const one = await asked()
    await one.release(ana)
    await one.release(ben)
    await one.open()
    const state = one.clinic.seen(one.name)
    const given = one.clinic.give(one.name, doctor.kid)
    one.secret.wipe()
    expect(() => openReleased(state, given, one.secret)).toThrow(/wiped/)
    const { secret } = await createCustodyKey(ana, origin, world)
    const [sealed = new Uint8Array(0)] = one.parcel.shares
    secret.wipe()
    expect(() => openOwnShare(one.set, ana.kid, { sealed, secret })).toThrow(/wiped/)
    expect(() => markWitnessed(state, new Uint8Array(32))).toThrow(RangeError)
  })

  it('opens no other record than the one that its set names', async () => {
    const one = await asked()
    await one.release(ana)
    await one.release(ben)
    await one.open()
    const state = one.clinic.seen(one.name)
    const record = { ...capability, version: 2 }
    const set = { ...state.set, content: { ...state.set.content, record } }
    const given = one.clinic.give(one.name, doctor.kid)
    await expectCode('break-glass/other-record', () => openReleased({ ...state, set }, given, one.secret))
  })
})
