/** Our server, the doctor's core beside it, members who look at numbers, and a sample of patients who decrypt everything. */
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock as clock } from '@chartseal/core/system'
import type { Broadcaster } from './broadcasters.js'
import type { Doctor } from './doctor.js'
import { type Listener, nextAddress } from './listener.js'
import { Member } from './member.js'
import { Patient } from './patient.js'
import { seatOf } from './people.js'
import type { Person } from './person.js'
import { Scene } from './scene.js'

export const ownName = 'chartseal'
const samplePatients = 20
const tickMs = 250
/** With what a signed and encrypted frame has besides, 1,024 bytes. */
const textBytes = 871
const frameBytes = 1_024
/** As many come at once as a relay lets come without work. */
const atOnce = 200

class MemberListener implements Listener {
  readonly #member: Member

  constructor(member: Member) {
    this.#member = member
  }

  get count(): number {
    return this.#member.received.last
  }

  get newestMs(): number {
    return this.#member.received.newestAtMs
  }

  end(): void {
    this.#member.leave()
  }
}

export interface OwnBroadcaster extends Broadcaster {
  readonly members: readonly Member[]
  readonly doctor: Doctor
  /** @throws Error when somebody of the sample did not decrypt everything, each once, in order */
  requireWhole(): void
}

async function inGroups(people: readonly Person[]): Promise<void> {
  for (let first = 0; first < people.length; first += atOnce) {
    const some = people.slice(first, first + atOnce)
    for (const one of some) one.join()
    while (some.some(one => !one.isMember)) await sleep(10)
  }
}

export async function own(count: number): Promise<OwnBroadcaster> {
  const scene = await Scene.start()
  const doctor = await scene.doctor(samplePatients)
  while (doctor.count('live') === 0) await sleep(10)
  const { source, keys } = scene.assembly
  const { port } = scene.server
  const world = () => ({ clock, from: nextAddress(), address: () => ({ port, path: scene.path }) })
  const patients = Array.from({ length: samplePatients }, (_, i) => new Patient(seatOf(source, i), world()))
  const members = Array.from({ length: count - samplePatients }, () => new Member(keys.id, world()))
  await inGroups([...patients, ...members])
  const ticking = setInterval(() => {
    for (const one of patients) one.tick()
  }, tickMs)
  return {
    name: ownName,
    doctor,
    members,
    listeners: [...members.map(one => new MemberListener(one)), ...patients.map(listenerOf)],
    publish: () => doctor.say(textBytes),
    usage: () => scene.server.usage(),
    requireWhole() {
      const isWhole = (one: Person): boolean => one.received.isWhole(doctor.last)
      if (![...patients, ...members].every(isWhole)) throw new Error('not each text once, in order')
      if (members.some(({ received }) => received.newestBytes !== frameBytes))
        throw new Error(`a frame has ${members[0]?.received.newestBytes} bytes`)
    },
    async end() {
      clearInterval(ticking)
      for (const one of [...patients, ...members]) one.leave()
      await doctor.close()
      await scene.stopped()
    },
  }
}

function listenerOf(patient: Patient): Listener {
  return {
    get count() {
      return patient.received.last
    },
    newestMs: Number.NaN,
    end: () => patient.leave(),
  }
}
