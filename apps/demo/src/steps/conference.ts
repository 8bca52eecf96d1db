/** Step: a doctor and patients in a conference, over TCP on this machine. */
import { encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import { crowd, expectHeard, type Play } from '../conference/play.js'
import { Relay } from '../conference/relay.js'
import { makePerson, type Person, Room, type Seat } from '../conference/room.js'
import { present } from '../present.js'
import type { Stage } from '../story.js'
import { count } from '../words.js'
import type { World } from '../world.js'
import { attackConference } from './conference-attacks.js'
import type { People } from './keys.js'

const blockMs = 120_000

export async function holdConference(stage: Stage, world: World, clinic: People): Promise<void> {
  const people = Array.from({ length: world.patients }, (_, i) => makePerson(world.io, `Patient_${i + 1}`))
  const room = await Room.open(world.io, people)
  const relay = await Relay.open(room.host.port)
  try {
    const seats = await everybodyJoins(stage, room, relay, people)
    const record = (action: string): Promise<void> =>
      clinic.trail.record(clinic.doctorName, action, clinic.patient.id)
    const play: Play = { stage, record, room, relay, people, seats }
    await firstBroadcast(play)
    await attackConference(play, world)
    await oneIsBlocked(play)
    await oneIsThereTwice(play)
    await oneLeaves(play)
    await theBlockedReturn(play)
    tellPerformance(play)
    await theDoctorEnds(play)
  } finally {
    await room.close()
    await relay.close()
    for (const person of people) person.key.privateKey.wipe()
  }
}

async function everybodyJoins(
  stage: Stage,
  room: Room,
  relay: Relay,
  people: readonly Person[],
): Promise<readonly Seat[]> {
  stage.note(
    `The doctor listens on 127.0.0.1 port ${room.host.port}; Patient_1 comes by way of an eavesdropper`,
  )
  const seats: Seat[] = []
  for (const [i, person] of people.entries()) {
    seats.push(await room.enter(person, i === 0 ? relay.port : room.host.port))
  }
  const inside = room.host.members
  stage.check(
    `${crowd(inside)} joined, each with the pinned key`,
    seats.every(seat => seat.guest.reason === null) && inside.length === people.length,
  )
  return seats
}

async function firstBroadcast(play: Play): Promise<void> {
  const text = 'Good morning, everybody'
  await expectHeard(play, text, [])
  const recorded = encodeHex(play.relay.fromDoctor)
  const silent = recorded.length > 0 && !recorded.includes(encodeHex(encodeUtf8(text)))
  play.stage.check(
    `the eavesdropper has ${count(recorded.length / 2, 'byte')}, and none of these words`,
    silent,
  )
}

async function oneIsBlocked(play: Play): Promise<void> {
  const { stage, room } = play
  const [person, seat] = at(play, 1)
  room.host.block(person.id)
  await seat.guest.ended
  await play.record(`blocked ${person.id} in the conference`)
  stage.check(`${person.id} is blocked by the doctor and out`, seat.guest.reason === 'blocked')
  await expectHeard(play, 'Somebody was blocked', [person.id])
  stage.answer(
    `${person.id} comes back at once`,
    'blocked',
    await room.refusalAfter(() => room.enter(person)),
  )
}

async function oneIsThereTwice(play: Play): Promise<void> {
  const { stage, room } = play
  const [person, seat] = at(play, 2)
  const reason = await room.refusalAfter(() => room.enter(person))
  stage.answer(`a second connection with the key of ${person.id}`, 'duplicate', reason)
  await seat.guest.ended
  stage.check(
    `both connections of ${person.id} are blocked: one of them is a thief's`,
    seat.guest.reason === 'blocked',
  )
  await expectHeard(play, 'Somebody was there twice', ['Patient_2', person.id])
}

async function oneLeaves(play: Play): Promise<void> {
  const [person, seat] = at(play, 3)
  await seat.guest.leave()
  await play.room.until('the exit', () => !play.room.host.members.includes(person.id))
  play.stage.check(`${person.id} says goodbye and is out`, seat.guest.reason === 'left')
  await expectHeard(play, 'Somebody has left', ['Patient_2', 'Patient_3', person.id])
}

/** Waiting two minutes would be dull: the clock of everybody is turned forward. */
async function theBlockedReturn(play: Play): Promise<void> {
  const { stage, room } = play
  stage.note('Two minutes pass (everybody turns the clock forward)')
  room.wait(blockMs + 1000)
  const [blocked] = at(play, 1)
  const seat = await room.enter(blocked)
  stage.check(`${blocked.id} may come in again`, seat.guest.reason === null)
  await expectHeard(play, 'Welcome back', ['Patient_3', 'Patient_4'])
}

function tellPerformance({ stage, room, seats }: Play): void {
  const { host } = room
  const rows = (list: ReturnType<typeof host.performance>): string =>
    list.map(row => `${row.primitive} ${row.calls} × ${row.averageMs.toFixed(1)} ms`).join(', ')
  stage.note(`Calls × average time at the doctor: ${rows(host.performance())}`)
  const { id, guest } = present(seats.at(-1))
  stage.note(`Calls × average time at ${id}: ${rows(guest.performance())}`)
}

async function theDoctorEnds({ stage, room, people, record }: Play): Promise<void> {
  const { inside } = room
  await room.close()
  await record(`held a conference with ${people.length} patients`)
  stage.check(
    `the doctor ends the conference, and ${count(inside.length, 'patient')} ${inside.length === 1 ? 'is' : 'are'} told`,
    inside.length > 0 && inside.every(seat => seat.guest.reason === 'disconnected'),
  )
}

function at({ people, seats }: Play, index: number): readonly [Person, Seat] {
  return [present(people[index]), present(seats[index])]
}
