import { patience, runsOf } from '@chartseal/testkit'
import { expect, it, vi } from 'vitest'
import type { Doctor, Person } from './conference-people.js'
import { expectEnd, expectNoGap, expectTexts, meeting, said } from './meeting-world.js'

const count = runsOf(200, 60)

/** Who is blocked, has left or was displaced by another device of theirs is out. */
async function expectOut(doctor: Doctor, blocked: Person, displaced: Person): Promise<void> {
  await vi.waitFor(() => {
    expect(blocked.events.some(({ kind }) => kind === 'blocked')).toBe(true)
    const left = doctor.of('left').map(({ patient }) => patient)
    expect(left.toSorted()).toEqual(['p0', 'p1'])
    expect(displaced.events.some(({ kind }) => kind === 'taken-over')).toBe(true)
  }, patience)
}

it(`a doctor and ${count} patients meet over a server: each reads what was said while they were a member, once, in order, and nobody else does`, {
  timeout: 600_000,
}, async () => {
  const { doctor, group, say, server, killed, attached, ticket, person, allJoined } = await meeting(count)
  const people = group.seats.map((_, i) => person(i))
  const [blocked, leaving, displaced, slow, ...others] = people
  if (blocked === undefined || leaving === undefined || displaced === undefined || slow === undefined)
    throw new Error('too few')
  await allJoined(people)
  say(1, 5)
  await expectTexts(people, said(1, 5))

  doctor.input({ kind: 'block', patient: 'p0', untilLifted: true })
  leaving.input({ kind: 'leave' })
  const twin = person(2)
  twin.input({ kind: 'join' })
  await expectOut(doctor, blocked, displaced)
  slow.pause()
  say(6, 20)
  await expectTexts(others, said(1, 20))
  await vi.waitFor(() => expect(twin.texts).toEqual(expect.arrayContaining([...said(6, 20)])), patience)
  slow.resume()
  await expectTexts([slow], said(1, 20))

  // The server is killed while the doctor speaks.
  say(21, 25)
  await killed(() => say(26, 30))
  await attached()
  await expectTexts([...others, slow], said(1, 30))

  // The doctor's process dies, and starts from its journal.
  doctor.die()
  doctor.start(server().port, await ticket(group.id))
  await vi.waitFor(() => expect(doctor.of('live').length).toBeGreaterThanOrEqual(3), patience)
  say(31, 35)
  await expectTexts([...others, slow], said(1, 35))
  for (const one of [blocked, leaving, displaced]) expect(one.texts).toEqual(said(1, 5))
  expectNoGap([...others, slow])

  say(36, 37)
  doctor.input({ kind: 'end' })
  await expectEnd([...others, slow])
  for (const one of [...others, slow]) expect(one.texts).toEqual(said(1, 37))
  // Who was away learns of it, from the doctor's own word.
  const late = person(4)
  late.input({ kind: 'join' })
  await expectEnd([late])
  server().child.kill('SIGTERM')
  expect(await server().ended).toBe(0)
  expect(server().printed()).not.toContain(group.id)
})
