import {
  applyEvent,
  breakGlassError,
  hasStanding,
  makeOpened,
  releasesFor,
  replayEmergency,
  requireRelease,
  type ShownEvent,
  standingIn,
} from '@chartseal/clinic/break-glass'
import type { Roster } from '@chartseal/clinic/roster'
import { systemRandom } from '@chartseal/core/system'
import { codesRaised, fixedClock } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import {
  ana,
  auditor,
  ben,
  cleo,
  doctor,
  liarsCodes,
  minuteMs,
  officer,
  owner,
  type Person,
  roster,
  startMs,
  stranger,
} from './break-glass-people.js'
import { asked, pinned } from './break-glass-world.js'

const world = { clock: fixedClock(startMs), random: systemRandom }
const others = breakGlassError.codes.filter(code => !liarsCodes.includes(code))
const expectCode = codesRaised(breakGlassError, others)

function fail(): never {
  throw new Error('there is none')
}

describe('a clinic that lies', () => {
  const told = async (numWitnesses = 3) => {
    const one = await asked()
    await one.release(ana)
    await one.deny(ben)
    one.clinic.numWitnesses = numWitnesses
    one.clinic.publish()
    const { set, events } = one.clinic.show(one.name)
    const replay = (shown: readonly ShownEvent[], options: object = {}) =>
      replayEmergency(set, shown, { ...pinned, ...options })
    const [asks, releases, denies] = events
    if (asks === undefined || releases === undefined || denies === undefined) throw new Error('three events')
    return { one, set, events, replay, asks, releases, denies }
  }

  it('is caught when it leaves out, repeats, moves or exchanges an event', async () => {
    const { replay, asks, releases, denies, events } = await told()
    expect(replay(events).events).toHaveLength(3)
    const wrong: readonly (readonly ShownEvent[])[] = [
      ...[[], [asks, denies], [releases], [asks, denies, releases], [asks, releases, releases]],
      ...[
        [asks, { ...releases, entry: denies.entry }],
        [asks, { ...releases, entry: new Uint8Array(3) }],
      ],
    ]
    for (const shown of wrong) await expectCode('break-glass/broken-history', () => replay(shown))
  })

  it('is caught when it says that it took something later than its log did', async () => {
    const one = await asked({ policy: { waitMs: 10 * minuteMs } })
    await one.release(ana)
    await one.release(ben)
    // It cannot wait for its own log: so it would pretend that the waiting time is over.
    one.clinic.logBehindMs = 10 * minuteMs
    one.passes(10)
    await expectCode('break-glass/broken-history', () => one.open())
  })

  it('is caught when its log does not have what it says, or is another log', async () => {
    const { replay, asks, releases } = await told()
    const other = await told()
    const wrong: readonly Partial<ShownEvent>[] = [
      ...[{ receipt: releases.receipt }, { salt: new Uint8Array(32) }, { salt: new Uint8Array(3) }],
      ...[{ receipt: 'nothing' }, { receipt: other.asks.receipt }],
    ]
    for (const change of wrong)
      await expectCode('break-glass/no-receipt', () => replay([{ ...asks, ...change }]))
  })

  it('gets no vote for what no witness has seen', async () => {
    const { replay, asks, releases, events } = await told()
    const unseen = { ...asks, receipt: null }
    await expectCode('break-glass/no-witness', () => replay([unseen, releases]))
    const few = await told(1)
    await expectCode('break-glass/no-witness', () => few.replay(few.events))
    for (const state of [replay([unseen]), few.replay([few.asks])])
      await expectCode('break-glass/no-witness', () => requireRelease(state, cleo.kid, roster, startMs))
    // Two witnesses are not enough where the set asks for three.
    const strict = await asked({ policy: { witnesses: 3 } })
    strict.clinic.numWitnesses = 2
    strict.clinic.publish()
    await expectCode('break-glass/no-witness', () =>
      requireRelease(strict.clinic.seen(strict.name), cleo.kid, roster, startMs),
    )
    // And one is not enough where a device has pinned two of three, whatever the set asks for.
    const lax = await asked({ policy: { witnesses: 1 } })
    lax.clinic.numWitnesses = 1
    lax.clinic.publish()
    await expectCode('break-glass/no-witness', () =>
      requireRelease(lax.clinic.seen(lax.name), cleo.kid, roster, startMs),
    )
    expect(replay(events).events.every(({ isWitnessed }) => isWitnessed)).toBe(true)
  })

  it('gets no share out of a device with the set of another clinic', async () => {
    const { replay, events } = await told()
    await expectCode('break-glass/other-clinic', () => replay(events, { origin: 'https://other.example' }))
  })

  it('is judged by the roster where one is at hand', async () => {
    const { replay, events } = await told()
    const standingOf = () => ({ role: null, isOfficer: false })
    await expectCode('break-glass/broken-history', () => replay(events, { standingOf }))
    expect(replay(events, { standingOf: (kid: string) => standingIn(roster, kid) }).releases).toEqual([
      ana.kid,
    ])
  })

  it('shows the word of a stranger, which the newest roster does not stand behind', async () => {
    const one = await asked({ policy: { waitMs: 10 * minuteMs } })
    await one.release(ana)
    await one.release(ben)
    one.passes(10)
    await one.open()
    await one.close(officer)
    await one.review(auditor)
    await one.review(officer)
    const state = one.clinic.seen(one.name)
    const unknownIn = (changes: Partial<Roster>): readonly string[] =>
      state.events
        .filter(({ event }) => !hasStanding(state, event, { ...roster, ...changes }))
        .map(({ event }) => event.content.kind)
    const without = (...gone: readonly Person[]) =>
      roster.people.filter(({ kid }) => gone.every(person => person.kid !== kid))
    expect(unknownIn({})).toEqual([])
    expect(unknownIn({ officers: [stranger.kid] })).toEqual(['closed', 'reviewed'])
    expect(unknownIn({ people: without(auditor) })).toEqual(['reviewed'])
    expect(unknownIn({ people: without(ana) })).toEqual(['release'])
    expect(unknownIn({ people: without(doctor) })).toEqual(['request', 'opened'])
    // Whoever asked, owns or keeps a share may close it, whatever a roster says.
    for (const by of [doctor, owner, ana]) {
      const [closing] = state.events.filter(({ event }) => event.content.kind === 'closed')
      const event = { ...(closing ?? fail()).event, by: by.kid }
      expect(hasStanding(state, event, { ...roster, people: [], officers: [] })).toBe(true)
    }
    const denied = await asked({ policy: { waitMs: 10 * minuteMs, denials: 1 } })
    await denied.deny(officer)
    const vetoed = denied.clinic.seen(denied.name)
    const { event: veto } = vetoed.events[1] ?? fail()
    expect(hasStanding(vetoed, veto, roster)).toBe(true)
    expect(hasStanding(vetoed, veto, { ...roster, officers: [stranger.kid] })).toBe(false)
    expect(hasStanding(vetoed, { ...veto, by: ana.kid }, roster)).toBe(true)
    expect(hasStanding(vetoed, { ...veto, by: doctor.kid }, roster)).toBe(false)
    expect(hasStanding(vetoed, { ...veto, by: ana.kid }, { ...roster, people: without(ana) })).toBe(false)
  })

  it('gives nothing before the log has the opening', async () => {
    const { one } = await told()
    await one.release(cleo)
    const opened = await makeOpened(doctor, one.clinic.seen(one.name), world)
    const facts = { nowMs: startMs, standing: standingIn(roster, doctor.kid) }
    const state = applyEvent(one.clinic.seen(one.name), opened, facts)
    await expectCode('break-glass/no-witness', () => releasesFor(state, doctor.kid, startMs))
    await expectCode('break-glass/denied', async () => {
      const denied = await asked({ policy: { denials: 1 } })
      await denied.deny(ana)
      return denied.clinic.give(denied.name, doctor.kid)
    })
  })
})
