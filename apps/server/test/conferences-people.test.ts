import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { systemClock } from '@chartseal/core/system'
import { runsOf } from '@chartseal/testkit'
import { expect, it, onTestFinished, vi } from 'vitest'
import { Doctor, type Group, newGroup, Person } from './conference-people.js'
import { upTo } from './conference-world.js'
import { Caller, type ServerProcess, startServer } from './server-process.js'

const count = runsOf(200, 60)
const patience = { timeout: 90_000, interval: 50 } as const
const roomy = ['--network-rate', '100000', '--hello-rate', '100000']

async function ticketOf(caller: Caller, { id }: Group): Promise<string> {
  const body = encodeUtf8(JSON.stringify({ v: 1, until_ms: systemClock.nowMs() + 3_600_000 }))
  for (let tries = 0; ; tries++) {
    const sent = await caller.send('PUT', `/v1/conferences/${id}`, body, 'application/json').catch(() => null)
    if (sent?.status === 200) return JSON.parse(sent.body).ticket
    if (tries > 100) throw new Error(`no ticket: ${sent?.body}`)
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}

const said = (first: number, last: number): readonly string[] =>
  upTo(last, first).map(one => `message ${one}`)

async function expectTexts(people: readonly Person[], texts: readonly string[]): Promise<void> {
  await vi.waitFor(() => {
    const late = people.filter(one => one.texts.length < texts.length).length
    if (late > 0) throw new Error(`${late} of ${people.length} have not got everything`)
  }, patience)
  for (const one of people) expect(one.texts).toEqual(texts)
}

it(`a doctor and ${count} patients meet over a server: each reads what was said while they were a member, once, in order, and nobody else does`, async () => {
  const data = mkdtempSync(join(tmpdir(), 'chartseal-people-'))
  onTestFinished(() => rmSync(data, { recursive: true, force: true }))
  let server: ServerProcess = await startServer(data, roomy)
  onTestFinished(() => void server.child.kill('SIGKILL'))
  const caller = new Caller(server)
  await caller.enrol(server.invitations[0] ?? '')
  const group = newGroup(count)
  const doctor = new Doctor(group)
  const say = (first: number, last: number): void => {
    for (const text of said(first, last)) doctor.input({ kind: 'say', text })
  }
  doctor.start(server.port, await ticketOf(caller, group))
  await vi.waitFor(() => expect(doctor.of('live')).toHaveLength(1), patience)

  const people = group.seats.map((_, i) => new Person(group, i, () => server.port))
  const [blocked, leaving, displaced, slow, ...others] = people
  if (blocked === undefined || leaving === undefined || displaced === undefined || slow === undefined)
    throw new Error('too few')
  for (const one of people) one.input({ kind: 'join' })
  await vi.waitFor(() => expect(doctor.of('joined')).toHaveLength(count), patience)
  say(1, 5)
  await expectTexts(people, said(1, 5))

  // Who is blocked, has left or was displaced by another device of theirs reads nothing more there.
  doctor.input({ kind: 'block', patient: 'p0', untilLifted: true })
  leaving.input({ kind: 'leave' })
  const twin = new Person(group, 2, () => server.port)
  twin.input({ kind: 'join' })
  await vi.waitFor(() => {
    expect(blocked.events.some(({ kind }) => kind === 'blocked')).toBe(true)
    expect(
      doctor
        .of('left')
        .map(({ patient }) => patient)
        .toSorted(),
    ).toEqual(['p0', 'p1'])
    expect(displaced.events.some(({ kind }) => kind === 'taken-over')).toBe(true)
  }, patience)
  slow.pause()
  say(6, 20)
  await expectTexts(others, said(1, 20))
  await vi.waitFor(() => expect(twin.texts).toEqual(expect.arrayContaining([...said(6, 20)])), patience)
  slow.resume()
  await expectTexts([slow], said(1, 20))

  // The server is killed while the doctor speaks.
  say(21, 25)
  server.child.kill('SIGKILL')
  await server.ended
  say(26, 30)
  server = await startServer(data, roomy)
  Object.assign(caller, { port: server.port })
  doctor.attach(server.port, await ticketOf(caller, group))
  await expectTexts([...others, slow], said(1, 30))

  // The doctor's process dies, and starts from its journal.
  doctor.die()
  doctor.start(server.port, await ticketOf(caller, group))
  await vi.waitFor(() => expect(doctor.of('live').length).toBeGreaterThanOrEqual(3), patience)
  say(31, 35)
  await expectTexts([...others, slow], said(1, 35))
  for (const one of [blocked, leaving, displaced]) expect(one.texts).toEqual(said(1, 5))
  expect([...others, slow].flatMap(one => one.events.filter(({ kind }) => kind === 'gap'))).toEqual([])

  doctor.input({ kind: 'end' })
  await vi.waitFor(() => {
    for (const one of [...others, slow]) expect(one.events.at(-1)).toMatchObject({ kind: 'ended' })
  }, patience)
  server.child.kill('SIGTERM')
  expect(await server.ended).toBe(0)
  expect(server.printed()).not.toContain(group.id)
}, 400_000)
