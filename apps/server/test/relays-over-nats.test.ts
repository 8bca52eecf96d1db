import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { patience, runsOf } from '@chartseal/testkit'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Person } from './conference-people.js'
import { upTo } from './conference-world.js'
import { expectEnd, expectNoGap, expectTexts, type Meeting, meeting, roomy, said } from './meeting-world.js'
import { type Broker, natsName, type RelayProcess, startBroker, startRelay } from './relay-process.js'
import { runServer } from './server-process.js'

const count = runsOf(120, 24)

interface MeetingOverNats extends Meeting {
  readonly broker: Broker
  readonly relayFlags: readonly string[]
  readonly relays: RelayProcess[]
  /** Everybody of the group; one in four comes to the server itself, the others to the relays. */
  people(): readonly Person[]
  personAt(index: number, relay: number): Person
}

async function meetingOverNats(): Promise<MeetingOverNats> {
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-relays-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const key = join(folder, 'relay.key')
  runServer('relay-key', ['--out', key])
  const broker = await startBroker()
  const flags = ['--nats-url', broker.url, '--relay-key', key]
  const relayFlags = [...flags, ...roomy]
  const world = await meeting(count, flags)
  const relays = await Promise.all(upTo(3).map(() => startRelay(relayFlags)))
  const personAt = (index: number, relay: number): Person =>
    world.person(index, () => relays[relay]?.port ?? world.server().port)
  return {
    ...world,
    broker,
    relayFlags,
    relays,
    people: () => world.group.seats.map((_, i) => personAt(i, i % 4)),
    personAt,
  }
}

describe(`a server and three relays, by way of ${natsName}`, () => {
  it('lose nothing and double nothing for a doctor and their patients while the bus and a relay are killed', async () => {
    const world = await meetingOverNats()
    const { broker, doctor, relays, relayFlags, say, server, personAt, group } = world
    const people = world.people()
    await world.allJoined(people)
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
    relays[0] = await startRelay(relayFlags)
    say(26, 30)
    await expectTexts(people, said(1, 30))

    // One that is told to end tells its patients to come again.
    const [, leaving] = relays
    leaving?.child.kill('SIGTERM')
    expect(await leaving?.ended).toBe(0)
    relays.splice(1, 1, ...relays.slice(2))
    say(31, 35)
    await expectTexts(people, said(1, 35))
    expectNoGap(people)

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
    const world = await meetingOverNats()
    const people = world.people().filter((_, i) => i % 4 !== 3)
    await world.allJoined(people)
    world.say(1, 5)
    await expectTexts(people, said(1, 5))
    world.say(6, 10)
    await world.killed()
    await world.attached()
    world.say(11, 15)
    await expectTexts(people, said(1, 15))
  })
})
