/** Step: a doctor and patients in a conference, by way of a clinic's server. */
import { encodeHex, encodeUtf8 } from '@chartseal/core/encoding'
import type { PerformanceRow } from '@chartseal/elgamal-session'
import { Eavesdropper } from '../conference/eavesdropper.js'
import { openPlace, type Place } from '../conference/place.js'
import { crowd, expectHeard, type Play } from '../conference/play.js'
import { invite, leaveSeats, type Person, Room, type Seat } from '../conference/room.js'
import { present } from '../present.js'
import type { Stage } from '../story.js'
import { count } from '../words.js'
import type { World } from '../world.js'
import { attackConference, attackHandshake } from './conference-attacks.js'
import type { People } from './keys.js'

export async function holdConference(stage: Stage, world: World, clinic: People): Promise<void> {
  const place = await openPlace(world)
  try {
    await meet(stage, world, clinic, place)
  } finally {
    await place.close()
  }
}

async function meet(stage: Stage, world: World, clinic: People, place: Place): Promise<void> {
  const ids = Array.from({ length: world.patients }, (_, i) => `Patient_${i + 1}`)
  const { random } = world.io
  const { book, people } = invite({ clock: place.clock, random }, ids)
  stage.note(`${crowd(ids)} have each an invitation with a secret of their own, and answered with a key`)
  stage.note(`${place.about} carries frames; somebody listens on the way of Patient_1`)
  const room = await Room.open(place, random, book)
  try {
    const eavesdropper = new Eavesdropper()
    const record = (action: string): Promise<void> =>
      clinic.trail.record(clinic.doctorName, action, clinic.patient.id)
    const beginning = { stage, record, room, eavesdropper, people }
    await play({ ...beginning, seats: await everybodyJoins({ ...beginning, seats: [] }) }, world)
  } finally {
    await room.close()
    leaveSeats(people)
  }
}

async function play(all: Play, world: World): Promise<void> {
  await firstBroadcast(all)
  await attackConference(all, world)
  await emergency(all)
  await oneIsBlocked(all)
  await oneComesTwice(all)
  await oneLeaves(all)
  await theBlockedReturns(all)
  tellPerformance(all)
  await theDoctorEnds(all)
}

/** The recorded handshake is played again while its clock is still right. */
async function everybodyJoins(play: Play): Promise<readonly Seat[]> {
  const { stage, room, eavesdropper, people } = play
  const [first, ...others] = people
  const seats = [await room.enter(present(first), eavesdropper.on(room.ways.seat))]
  await attackHandshake(play)
  for (const person of others) seats.push(await room.enter(person))
  stage.check(
    `${crowd(room.members)} joined, each with the pinned key`,
    room.inside.length === people.length && room.members.length === people.length,
  )
  return seats
}

async function firstBroadcast(play: Play): Promise<void> {
  const text = 'Good morning, everybody'
  await expectHeard(play, text, [])
  const recorded = encodeHex(play.eavesdropper.recorded)
  const names = play.people.map(({ id }) => id)
  const silent = [text, ...names].every(word => !recorded.includes(encodeHex(encodeUtf8(word))))
  play.stage.check(
    `the eavesdropper has ${count(recorded.length / 2, 'byte')}, and none of these words or names`,
    recorded.length > 0 && silent,
  )
}

async function emergency({ stage, room, people }: Play): Promise<void> {
  room.order({ kind: 'say', text: 'Leave the building', emergency: true })
  const seen = (): boolean => room.core.members().every(({ emergency: state }) => state === 'received')
  await room.until('everybody to have it', seen)
  stage.check(`the doctor sees that ${crowd(people.map(({ id }) => id))} have the emergency message`, seen())
}

async function oneIsBlocked(play: Play): Promise<void> {
  const { stage, room } = play
  const [{ id, keys }, seat] = at(play, 1)
  room.order({ kind: 'block', patient: id, untilLifted: true })
  await room.until('the block', () => seat.events.at(-1)?.kind === 'blocked')
  await play.record(`blocked ${id} in the conference`)
  stage.check(`${id} is blocked by the doctor and out`, !room.members.includes(id))
  await expectHeard(play, 'Somebody was blocked', [id])
  const again = await room.enter({ id, keys })
  stage.answer(`${id} comes back at once`, 'blocked', again.events.at(-1)?.kind ?? '')
}

/** The newer device goes on: whoever is there has just proved the key, and nobody else is put out for it. */
async function oneComesTwice(play: Play): Promise<void> {
  const { stage, room } = play
  const [person, seat] = at(play, 2)
  const second = await room.enter(person)
  await room.until('the older device to be told', () => seat.events.some(({ kind }) => kind === 'taken-over'))
  stage.check(
    `a second device with the key of ${person.id} takes over, and the first one is told`,
    room.inside.includes(second) && !room.inside.includes(seat),
  )
  await expectHeard(play, 'Somebody came twice', ['Patient_2'])
}

async function oneLeaves(play: Play): Promise<void> {
  const [person, seat] = at(play, 3)
  seat.driver.order({ kind: 'leave' })
  await play.room.until('the exit to be answered', () => seat.events.at(-1)?.kind === 'left')
  play.stage.check(`${person.id} says goodbye and is out`, !play.room.members.includes(person.id))
  await expectHeard(play, 'Somebody has left', ['Patient_2', person.id])
}

async function theBlockedReturns(play: Play): Promise<void> {
  const { stage, room } = play
  const [blocked] = at(play, 1)
  room.order({ kind: 'unblock', patient: blocked.id })
  const seat = await room.enter(blocked)
  stage.check(`the block is lifted, and ${blocked.id} may come in again`, room.inside.includes(seat))
  await expectHeard(play, 'Welcome back', ['Patient_4'])
  const { events } = seat
  stage.check(
    'what was said meanwhile is not for them',
    events.every(event => event.kind !== 'message' || event.text === 'Welcome back'),
  )
}

function tellPerformance({ stage, room, seats }: Play): void {
  const rows = (list: readonly PerformanceRow[]): string =>
    list
      .filter(({ calls }) => calls > 0)
      .map(row => `${row.primitive} ${row.calls} × ${row.averageMs.toFixed(1)} ms`)
      .join(', ')
  stage.note(`Calls × average time at the doctor: ${rows(room.performance())}`)
  const last = present(seats.at(-1))
  stage.note(`Calls × average time at ${last.id}: ${rows(last.performance())}`)
}

async function theDoctorEnds({ stage, room, people, record }: Play): Promise<void> {
  const { inside } = room
  await room.end()
  await record(`held a conference with ${people.length} patients`)
  stage.check(
    `the doctor ends the conference, and ${count(inside.length, 'patient')} ${inside.length === 1 ? 'is' : 'are'} told`,
    inside.length > 0 && inside.every(({ events }) => events.at(-1)?.kind === 'ended'),
  )
}

function at({ people, seats }: Play, index: number): readonly [Person, Seat] {
  return [present(people[index]), present(seats[index])]
}
