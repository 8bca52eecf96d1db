/** Attacks on the conference from outside, and from the way between a patient and the doctor. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { expectHeard, type Play } from '../conference/play.js'
import { makePerson, type Seat, timesHeard } from '../conference/room.js'
import { present } from '../present.js'
import type { World } from '../world.js'

export async function attackConference(play: Play, world: World): Promise<void> {
  const victim = present(play.seats[0])
  await strangerUnderTheName(play, world, victim)
  await recordedHandshake(play, victim)
  await changedBroadcast(play, victim)
  await repeatedBroadcast(play, victim)
}

async function strangerUnderTheName({ stage, room }: Play, world: World, victim: Seat): Promise<void> {
  const stranger = makePerson(world.io, victim.id)
  const reason = await room.refusalAfter(() => room.enter(stranger))
  stage.answer(`a stranger under the name of ${victim.id}`, 'stranger', reason)
  stranger.key.privateKey.wipe()
  stage.check(`${victim.id} is still in, for a stranger blocks nobody`, room.host.members.includes(victim.id))
}

/** The signature names the doctor's key of the connection that it was made for. */
async function recordedHandshake({ stage, room, relay }: Play, victim: Seat): Promise<void> {
  const socket = connect(room.host.port, '127.0.0.1')
  socket.on('error', () => socket.destroy())
  socket.resume()
  const reason = await room.refusalAfter(async () => {
    await once(socket, 'connect')
    socket.write(relay.fromPatient)
  })
  socket.destroy()
  stage.answer(`the recorded handshake of ${victim.id}, played again`, 'stranger', reason)
}

async function changedBroadcast(play: Play, victim: Seat): Promise<void> {
  play.relay.mischief = 'flip'
  await expectHeard(play, 'One bit of this is changed for Patient_1', [victim.id])
  play.stage.answer('one flipped bit in a broadcast on its way', 'open/failed', lastIgnored(victim))
}

async function repeatedBroadcast({ stage, room, relay }: Play, victim: Seat): Promise<void> {
  const text = 'This comes twice'
  relay.mischief = 'repeat'
  await room.say(text)
  await room.until('the repeated frame', () => victim.events.at(-1)?.kind === 'ignored')
  stage.answer('a broadcast that is repeated on its way', 'old-epoch', lastIgnored(victim))
  stage.check(`${victim.id} hears it once`, timesHeard(victim, text) === 1)
}

function lastIgnored({ events }: Seat): string {
  const last = events.filter(event => event.kind === 'ignored').at(-1)
  return last?.reason ?? 'accepted'
}
