import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { patience, runsOf } from '@chartseal/testkit'
import { expect, it, onTestFinished, vi } from 'vitest'
import { Doctor, type Group, newGroup, Person } from './conference-people.js'
import { expectTexts, roomy, said, ticketOf } from './conference-server.js'
import { Caller, type ServerProcess, startServer } from './server-process.js'

const count = runsOf(200, 60)
interface Meeting {
  readonly caller: Caller
  readonly group: Group
  readonly doctor: Doctor
  readonly people: readonly Person[]
  server(): ServerProcess
  /** Kills the server, and starts it again on the same folder. */
  killed(meanwhile: () => void): Promise<void>
  say(first: number, last: number): void
  person(index: number): Person
}

async function meeting(): Promise<Meeting> {
  const data = mkdtempSync(join(tmpdir(), 'chartseal-people-'))
  onTestFinished(() => rmSync(data, { recursive: true, force: true }))
  let server = await startServer(data, roomy)
  onTestFinished(() => void server.child.kill('SIGKILL'))
  const caller = new Caller(server)
  await caller.enrol(server.invitations[0] ?? '')
  const group = newGroup(count)
  const doctor = new Doctor(group)
  doctor.start(server.port, await ticketOf(caller, group))
  await vi.waitFor(() => expect(doctor.of('live')).toHaveLength(1), patience)
  const person = (index: number): Person => new Person(group, index, () => server.port)
  return {
    caller,
    group,
    doctor,
    people: group.seats.map((_, i) => person(i)),
    server: () => server,
    async killed(meanwhile) {
      server.child.kill('SIGKILL')
      await server.ended
      meanwhile()
      server = await startServer(data, roomy)
      Object.assign(caller, { port: server.port })
    },
    say(first, last) {
      for (const text of said(first, last)) doctor.input({ kind: 'say', text })
    },
    person,
  }
}

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
  const { doctor, people, say, group, caller, server, killed, person } = await meeting()
  const [blocked, leaving, displaced, slow, ...others] = people
  if (blocked === undefined || leaving === undefined || displaced === undefined || slow === undefined)
    throw new Error('too few')
  for (const one of people) one.input({ kind: 'join' })
  await vi.waitFor(() => expect(doctor.of('joined')).toHaveLength(count), patience)
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
  doctor.attach(server().port, await ticketOf(caller, group))
  await expectTexts([...others, slow], said(1, 30))

  // The doctor's process dies, and starts from its journal.
  doctor.die()
  doctor.start(server().port, await ticketOf(caller, group))
  await vi.waitFor(() => expect(doctor.of('live').length).toBeGreaterThanOrEqual(3), patience)
  say(31, 35)
  await expectTexts([...others, slow], said(1, 35))
  for (const one of [blocked, leaving, displaced]) expect(one.texts).toEqual(said(1, 5))
  expect([...others, slow].flatMap(one => one.events.filter(({ kind }) => kind === 'gap'))).toEqual([])

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

async function expectEnd(people: readonly Person[]): Promise<void> {
  await vi.waitFor(() => {
    for (const one of people) expect(one.events.at(-1)).toMatchObject({ kind: 'ended' })
  }, patience)
}
