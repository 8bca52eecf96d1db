/** Attacks on the conference from outside, and from the way between a patient and the server. */
import { expectHeard, type Play } from '../conference/play.js'
import { invite, leaveSeats, type Seat, timesHeard } from '../conference/room.js'
import { present } from '../present.js'
import type { World } from '../world.js'

export async function attackConference(play: Play, world: World): Promise<void> {
  const victim = present(play.seats[0])
  await strangerUnderTheName(play, world, victim)
  await changedBroadcast(play, victim)
  await repeatedBroadcast(play, victim)
}

/** Each hello has an ephemeral key of its own, which the doctor remembers for as long as its clock is taken. */
export async function attackHandshake({ stage, room, eavesdropper }: Play): Promise<void> {
  const reason = await room.refusalAfter(async () => {
    const link = await room.ways.seat.connect({ received: () => undefined, ended: () => undefined })
    link.send(eavesdropper.hello)
  })
  stage.answer('the recorded handshake of Patient_1, played again', 'replayed', reason)
}

/** With the doctor's public keys and the id of the conference, and without an invitation. */
async function strangerUnderTheName(
  { stage, room, people }: Play,
  world: World,
  victim: Seat,
): Promise<void> {
  const { people: strangers } = invite(world.io, [victim.id])
  const { id, doctorStatic, doctorSigning } = present(people[0]).keys
  const own = present(strangers[0])
  const keys = { ...own.keys, id, doctorStatic, doctorSigning }
  const reason = await room.refusalAfter(() => {
    const seat = room.sit({ id: victim.id, keys })
    void room
      .until('the refusal', () => seat.events.length > 0)
      .then(() => seat.driver.order({ kind: 'close' }))
  })
  stage.answer(`a stranger under the name of ${victim.id}`, 'stranger', reason)
  leaveSeats(strangers)
  stage.check(`${victim.id} is still in, for a stranger blocks nobody`, room.members.includes(victim.id))
}

/** What was changed is not the doctor's: it is not taken, and what is missing is asked for again. */
async function changedBroadcast(play: Play, victim: Seat): Promise<void> {
  const since = victim.events.length
  play.eavesdropper.mischief = 'flip'
  await expectHeard(play, 'One bit of this is changed for Patient_1', [])
  const reasons = victim.events
    .slice(since)
    .flatMap(event => (event.kind === 'reconnecting' ? [event.reason] : []))
  play.stage.answer('one flipped bit in a broadcast on its way', 'missing', reasons[0] ?? 'accepted')
}

async function repeatedBroadcast(play: Play, victim: Seat): Promise<void> {
  const text = 'This comes twice'
  play.eavesdropper.mischief = 'repeat'
  await expectHeard(play, text, [])
  await expectHeard(play, 'And this once', [])
  play.stage.check(`${victim.id} hears a repeated broadcast once`, timesHeard(victim, text) === 1)
}
