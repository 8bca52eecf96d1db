import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { patience, runsOf } from '@chartseal/testkit'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { Doctor, type Group, newGroup, Person } from './conference-people.js'
import { expectTexts, roomy, said, ticketOf } from './conference-server.js'
import { upTo } from './conference-world.js'
import { type Broker, natsName, type RelayProcess, startBroker, startRelay } from './relay-process.js'
import { Caller, runServer, type ServerProcess, startServer } from './server-process.js'

const count = runsOf(120, 24)
async function expectEnd(people: readonly Person[]): Promise<void> {
  await vi.waitFor(() => {
    const left = people.filter(one => !one.events.some(({ kind }) => kind === 'ended')).length
    if (left > 0) throw new Error(`${left} of ${people.length} do not know that it has ended`)
  }, patience)
}

interface Meeting {
  readonly broker: Broker
  readonly flags: readonly string[]
  server(): ServerProcess
  readonly relays: RelayProcess[]
  readonly doctor: Doctor
  readonly group: Group
  say(first: number, last: number): void
  /** Everybody of the group; one in four comes to the server itself, the others to the relays. */
  people(): readonly Person[]
  personAt(index: number, relay: number): Person
  /** The server is killed, and starts again on what it has on the disk; the doctor comes back. */
  restarted(): Promise<void>
}

async function meeting(): Promise<Meeting> {
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-relays-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const key = join(folder, 'relay.key')
  runServer('relay-key', ['--out', key])
  const broker = await startBroker()
  const flags = ['--nats-url', broker.url, '--relay-key', key, ...roomy]
  const data = join(folder, 'clinic')
  let server = await startServer(data, flags)
  onTestFinished(() => void server.child.kill('SIGKILL'))
  const relays = await Promise.all(upTo(3).map(() => startRelay(flags)))
  const caller = new Caller(server)
  onTestFinished(() => caller.agent.destroy())
  await caller.enrol(server.invitations[0] ?? '')
  const group = newGroup(count)
  const doctor = new Doctor(group)
  doctor.start(server.port, await ticketOf(caller, group))
  await vi.waitFor(() => expect(doctor.of('live')).toHaveLength(1), patience)
  const personAt = (index: number, relay: number): Person =>
    new Person(group, index, () => relays[relay]?.port ?? server.port)
  return {
    broker,
    flags,
    server: () => server,
    relays,
    doctor,
    group,
    say(first, last) {
      for (const text of said(first, last)) doctor.input({ kind: 'say', text })
    },
    people: () => group.seats.map((_, i) => personAt(i, i % 4)),
    personAt,
    async restarted() {
      server.child.kill('SIGKILL')
      await server.ended
      server = await startServer(data, flags)
      caller.port = server.port
      doctor.attach(server.port, await ticketOf(caller, group))
    },
  }
}

async function allJoined({ doctor }: Meeting, people: readonly Person[]): Promise<void> {
  for (const one of people) one.input({ kind: 'join' })
  await vi.waitFor(() => expect(doctor.of('joined')).toHaveLength(people.length), patience)
}

describe(`a server and three relays, by way of ${natsName}`, () => {
  it('lose nothing and double nothing for a doctor and their patients while the bus and a relay are killed', async () => {
    const world = await meeting()
    const { broker, doctor, relays, flags, say, server, personAt, group } = world
    const people = world.people()
    await allJoined(world, people)
    say(1, 5)
    await expectTexts(people, said(1, 5))

    // The bus is killed while the doctor speaks, and goes on speaking.
    say(6, 10)
    await broker.kill()
    say(11, 15)
    await expectTexts(
      people.filter((_, i) => i % 4 === 3),
      said(1, 15),
    )
    await broker.startAgain()
    say(16, 20)
    await expectTexts(people, said(1, 20))

    // So is a relay, whose patients come to another one, or to itself when it is there again.
    say(21, 25)
    relays[0]?.child.kill('SIGKILL')
    await relays[0]?.ended
    relays[0] = await startRelay(flags)
    say(26, 30)
    await expectTexts(people, said(1, 30))

    // One that is told to end tells its patients to come again.
    const [, leaving] = relays
    leaving?.child.kill('SIGTERM')
    expect(await leaving?.ended).toBe(0)
    relays.splice(1, 1, ...relays.slice(2))
    say(31, 35)
    await expectTexts(people, said(1, 35))
    expect(people.flatMap(one => one.events.filter(({ kind }) => kind === 'gap'))).toEqual([])

    // A direct message, an end, and who comes to a relay when it is over.
    people[0]?.input({ kind: 'say', text: 'to you alone' })
    await vi.waitFor(
      () => expect(doctor.of('direct').map(({ text }) => text)).toEqual(['to you alone']),
      patience,
    )
    const late = personAt(1, 0)
    doctor.input({ kind: 'end' })
    await expectEnd(people)
    late.input({ kind: 'join' })
    await expectEnd([late])
    for (const one of [server(), ...relays]) expect(one.printed()).not.toContain(group.id)
  })

  it('go on where the server was killed, and started again', async () => {
    const world = await meeting()
    const people = world.people().filter((_, i) => i % 4 !== 3)
    await allJoined(world, people)
    world.say(1, 5)
    await expectTexts(people, said(1, 5))
    world.say(6, 10)
    await world.restarted()
    world.say(11, 15)
    await expectTexts(people, said(1, 15))
  })
})
