/** A server in a process of its own, and a doctor and patients who meet over it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { systemClock } from '@chartseal/core/system'
import { patience } from '@chartseal/testkit'
import { expect, onTestFinished, vi } from 'vitest'
import { Doctor, type Group, newGroup, Person } from './conference-people.js'
import { upTo } from './conference-world.js'
import { Caller, type ServerProcess, startServer } from './server-process.js'

/** Limits of rates are not what many from one address are to meet. */
export const roomy = ['--network-rate', '100000', '--hello-rate', '100000'] as const

export interface ClinicProcess {
  /** The server that is there now. */
  server(): ServerProcess
  ticket(id: string): Promise<string>
  /** Kills the server, and starts it again on the same folder. */
  killed(meanwhile?: () => void): Promise<void>
}

/** With a device of a doctor. */
export async function clinicProcess(flags: readonly string[] = []): Promise<ClinicProcess> {
  const data = mkdtempSync(join(tmpdir(), 'chartseal-meeting-'))
  onTestFinished(() => rmSync(data, { recursive: true, force: true }))
  const all = [...roomy, ...flags]
  let server = await startServer(data, all)
  onTestFinished(async () => {
    server.child.kill('SIGKILL')
    await server.ended
  })
  const caller = new Caller(server)
  onTestFinished(() => caller.agent.destroy())
  await caller.enrol(server.invitations[0] ?? '')
  return {
    server: () => server,
    ticket: id => ticketOf(caller, id),
    async killed(meanwhile = () => undefined) {
      server.child.kill('SIGKILL')
      await server.ended
      meanwhile()
      server = await startServer(data, all)
      caller.port = server.port
    },
  }
}

/** What was signed just before a restart is stale, and a connection that was kept may be one of the server before. */
function ticketOf(caller: Caller, id: string): Promise<string> {
  return vi.waitFor(async () => {
    const body = encodeUtf8(JSON.stringify({ v: 1, until_ms: systemClock.nowMs() + 3_600_000 }))
    const sent = await caller.send('PUT', `/v1/conferences/${id}`, body, 'application/json')
    if (sent.status !== 200) throw new Error(`no ticket: ${sent.body}`)
    return String(JSON.parse(sent.body).ticket)
  }, patience)
}

export interface Meeting extends ClinicProcess {
  readonly group: Group
  readonly doctor: Doctor
  say(first: number, last: number): void
  /** @param port where they connect; left out, the server's */
  person(index: number, port?: () => number): Person
  /** All of them come, and are there. */
  allJoined(people: readonly Person[]): Promise<void>
  /** The doctor comes to the server that is there now. */
  attached(): Promise<void>
}

/** The doctor is there, and nobody else. */
export async function meeting(count: number, flags: readonly string[] = []): Promise<Meeting> {
  const clinic = await clinicProcess(flags)
  const group = newGroup(count)
  const doctor = new Doctor(group)
  const port = (): number => clinic.server().port
  doctor.start(port(), await clinic.ticket(group.id))
  await vi.waitFor(() => expect(doctor.of('live')).toHaveLength(1), patience)
  return {
    ...clinic,
    group,
    doctor,
    say(first, last) {
      for (const text of said(first, last)) doctor.input({ kind: 'say', text })
    },
    person: (index, where = port) => new Person(group, index, where),
    async allJoined(people) {
      for (const one of people) one.input({ kind: 'join' })
      await vi.waitFor(() => expect(doctor.of('joined')).toHaveLength(people.length), patience)
    },
    async attached() {
      doctor.attach(port(), await clinic.ticket(group.id))
    },
  }
}

export const said = (first: number, last: number): readonly string[] =>
  upTo(last, first).map(one => `message ${one}`)

export async function expectTexts(people: readonly Person[], texts: readonly string[]): Promise<void> {
  await vi.waitFor(() => {
    const late = people.filter(one => one.texts.length < texts.length).length
    if (late > 0) throw new Error(`${late} of ${people.length} have not got everything`)
  }, patience)
  for (const one of people) expect(one.texts).toEqual(texts)
}

export async function expectEnd(people: readonly Person[]): Promise<void> {
  await vi.waitFor(() => {
    const left = people.filter(one => !one.events.some(({ kind }) => kind === 'ended')).length
    if (left > 0) throw new Error(`${left} of ${people.length} do not know that it has ended`)
  }, patience)
}

export function expectNoGap(people: readonly Person[]): void {
  expect(people.flatMap(one => one.events.filter(({ kind }) => kind === 'gap'))).toEqual([])
}
