/** A conference on this machine: the doctor's end, and a seat for each connection of a patient. */

import { ConferenceGuest, ConferenceHost, type GuestEvent } from '@chartseal/clinic/tcp'
import type { Clock } from '@chartseal/core/ports'
import {
  type Fingerprint,
  fingerprintOf,
  generateSigningKeyPair,
  interimGroup,
  interimPrimitives,
  type ParticipantId,
  parseParticipantId,
  type SigningKeyPair,
} from '@chartseal/elgamal-session/interim'
import type { Io } from '../io.js'
import { present } from '../present.js'
import { Watch } from './watch.js'

const loopback = '127.0.0.1'
const monotonic = { nowMs: () => performance.now() }
const handshakeTimeoutMs = 10_000

/** Somebody with a long-term key. */
export interface Person {
  readonly id: ParticipantId
  readonly key: SigningKeyPair
}

export function makePerson(io: Io, id: string): Person {
  return { id: parseParticipantId(id), key: generateSigningKeyPair(interimGroup, io.random) }
}

/** One connection of a patient, and what came over it. */
export interface Seat {
  readonly id: ParticipantId
  readonly guest: ConferenceGuest
  readonly events: readonly GuestEvent[]
}

export class Room {
  readonly #random: Io['random']
  readonly #base: Clock
  readonly #doctor: Person
  readonly #watch = new Watch()
  readonly #seats: Seat[] = []
  readonly #refusals: string[] = []
  #host: ConferenceHost | null = null
  #aheadMs = 0
  /** The clock on the wall: everybody goes by it. */
  readonly #clock: Clock = { nowMs: () => this.#base.nowMs() + this.#aheadMs }

  private constructor(io: Io, doctor: Person) {
    this.#random = io.random
    this.#base = io.clock
    this.#doctor = doctor
  }

  /** The doctor listens on a free port; the people may come in, each with the pinned key. */
  static async open(io: Io, people: readonly Person[]): Promise<Room> {
    const doctor = makePerson(io, 'GWN_Doctor_1')
    const room = new Room(io, doctor)
    room.#host = await ConferenceHost.open({
      ...doctor,
      enrolled: new Map(people.map(person => [person.id, fingerprint(person)])),
      address: loopback,
      port: 0,
      clock: room.#clock,
      random: io.random,
      monotonic,
      onEvent: event => {
        if (event.kind === 'refused') room.#refusals.push(event.reason)
        room.#watch.changed()
      },
    })
    return room
  }

  get host(): ConferenceHost {
    return present(this.#host)
  }

  /** Seats of those who are in. */
  get inside(): readonly Seat[] {
    const { members } = this.host
    return this.#seats.filter(({ id, guest }) => guest.reason === null && members.includes(id))
  }

  /** Turns the clock of everybody forward. */
  wait(ms: number): void {
    this.#aheadMs += ms
  }

  /** Connects; resolves when the patient is in, or was turned away. */
  async enter({ id, key }: Person, port: number = this.host.port): Promise<Seat> {
    const events: GuestEvent[] = []
    const guest = await ConferenceGuest.open({
      id,
      key,
      idDoctor: this.#doctor.id,
      fingerprintDoctor: fingerprint(this.#doctor),
      handshakeTimeoutMs,
      address: loopback,
      port,
      clock: this.#clock,
      random: this.#random,
      monotonic,
      onEvent: event => {
        events.push(event)
        this.#watch.changed()
      },
    })
    const seat: Seat = { id, guest, events }
    this.#seats.push(seat)
    await this.until(`${id} to come in`, () =>
      events.some(({ kind }) => kind === 'joined' || kind === 'ended'),
    )
    return seat
  }

  /** The doctor says something; gives the ids of those who heard it, once everybody has got it. */
  async say(text: string): Promise<readonly string[]> {
    const before = new Map(this.#seats.map(seat => [seat, seat.events.length]))
    const { inside } = this
    this.host.broadcast(text)
    await this.until('the broadcast', () => inside.every(seat => hasAnswer(seat, before.get(seat) ?? 0)))
    return this.#seats.filter(seat => timesHeard(seat, text) > 0).map(({ id }) => id)
  }

  /** Does something, and gives the reason for which the doctor refuses a connection after it. */
  async refusalAfter(action: () => unknown): Promise<string> {
    const before = this.#refusals.length
    await action()
    await this.until('a refusal', () => this.#refusals.length > before)
    return this.#refusals[before] ?? ''
  }

  until(what: string, condition: () => boolean): Promise<void> {
    return this.#watch.until(what, condition)
  }

  /** The doctor ends the conference; resolves when every connection is over. */
  async close(): Promise<void> {
    await this.#host?.close()
    await Promise.all(this.#seats.map(({ guest }) => guest.ended))
    this.#doctor.key.privateKey.wipe()
  }
}

function fingerprint({ key }: Person): Fingerprint {
  return fingerprintOf(key.publicKey, interimPrimitives.hash)
}

export function timesHeard({ events }: Seat, text: string): number {
  return events.filter(event => event.kind === 'message' && event.text === text).length
}

/** A message, or the refusal of a frame, since then. */
function hasAnswer({ events }: Seat, since: number): boolean {
  return events.slice(since).some(({ kind }) => kind === 'message' || kind === 'ignored')
}
