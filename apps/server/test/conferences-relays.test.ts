import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { systemClock } from '@chartseal/core/system'
import { expect, it, onTestFinished, vi } from 'vitest'
import { Doctor, type Group, newGroup, Person } from './conference-people.js'
import { upTo } from './conference-world.js'
import { Caller, type ServerProcess, startServer } from './server-process.js'

const count = 60
/** Polls until it is so; the test's own limit is the only end. */
const patience = { timeout: 290_000, interval: 50 } as const
const flags = ['--relays', '2', '--network-rate', '100000', '--hello-rate', '100000'] as const

async function ticketOf(caller: Caller, { id }: Group): Promise<string> {
  const body = encodeUtf8(JSON.stringify({ v: 1, until_ms: systemClock.nowMs() + 3_600_000 }))
  const { status, body: answer } = await caller.send(
    'PUT',
    `/v1/conferences/${id}`,
    body,
    'application/json',
  )
  expect(status).toBe(200)
  return JSON.parse(answer).ticket
}

/** Those that live, the newest last. */
function relaysOf(server: ServerProcess): readonly number[] {
  const said = server.printed().matchAll(/^relay process (\d+) takes connections/gm)
  return [...said].map(([, pid]) => Number(pid)).filter(isLiving)
}

function isLiving(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const said = (last: number): readonly string[] => upTo(last).map(one => `message ${one}`)

async function expectTexts(people: readonly Person[], texts: readonly string[]): Promise<void> {
  await vi.waitFor(() => {
    const late = people.filter(one => one.texts.length < texts.length).length
    if (late > 0) throw new Error(`${late} of ${people.length} have not got everything`)
  }, patience)
  for (const one of people) expect(one.texts).toEqual(texts)
}

interface Meeting {
  readonly server: ServerProcess
  readonly doctor: Doctor
  readonly people: readonly Person[]
}

async function meeting(): Promise<Meeting> {
  const data = mkdtempSync(join(tmpdir(), 'chartseal-relays-'))
  onTestFinished(() => rmSync(data, { recursive: true, force: true }))
  const server = await startServer(data, flags)
  onTestFinished(() => void server.child.kill('SIGKILL'))
  const caller = new Caller(server)
  await caller.enrol(server.invitations[0] ?? '')
  const group = newGroup(count)
  const doctor = new Doctor(group)
  doctor.start(server.port, await ticketOf(caller, group))
  await vi.waitFor(() => expect(doctor.of('live')).toHaveLength(1), patience)
  const people = group.seats.map((_, i) => new Person(group, i, () => server.port))
  for (const one of people) one.input({ kind: 'join' })
  await vi.waitFor(() => expect(doctor.of('joined')).toHaveLength(count), patience)
  return { server, doctor, people }
}

it(`a relay process that is killed in a broadcast takes no message from any of ${count} patients, and gives none twice`, async () => {
  const { server, doctor, people } = await meeting()
  const [first, second] = relaysOf(server)
  expect([first, second].every(Number.isInteger)).toBe(true)
  doctor.input({ kind: 'say', text: 'message 1' })
  await expectTexts(people, said(1))

  for (const text of said(40).slice(1)) doctor.input({ kind: 'say', text })
  process.kill(first ?? 0, 'SIGKILL')
  await expectTexts(people, said(40))
  // Another one has come in its place, and the doctor has noticed nothing.
  await vi.waitFor(() => expect(relaysOf(server)).toHaveLength(2), patience)
  expect(relaysOf(server)).not.toContain(first)
  expect(doctor.of('live')).toHaveLength(1)

  doctor.input({ kind: 'say', text: 'message 41' })
  await expectTexts(people, said(41))
  expect(people.flatMap(one => one.events.filter(({ kind }) => kind === 'gap'))).toEqual([])
  doctor.input({ kind: 'end' })
  await vi.waitFor(() => {
    for (const one of people) expect(one.events.at(-1)).toMatchObject({ kind: 'ended' })
  }, patience)
  const relays = relaysOf(server)
  server.child.kill('SIGTERM')
  expect(await server.ended).toBe(0)
  expect(relays.filter(isLiving)).toEqual([])
}, 300_000)
