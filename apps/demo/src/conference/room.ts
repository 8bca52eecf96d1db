/** A conference on this machine: the doctor's end, and a seat for each device of a patient. */
import {
  addAnswer,
  addInvitation,
  type ConferenceBook,
  type ConferenceSeat,
  createConference,
  driveHost,
  driveSeat,
  enrolledOf,
  type HostDriver,
  type HostEvent,
  parseInvitation,
  type SeatDriver,
  type Transport,
  takeSeat,
  wipeBook,
  wipeSeat,
} from '@chartseal/clinic/conference'
import type { Clock, Random } from '@chartseal/core/ports'
import {
  ConferenceCore,
  ConferencePatient,
  type PatientEvent,
  type PerformanceRow,
  PerformanceTable,
} from '@chartseal/elgamal-session'
import type { Io } from '../io.js'
import { present } from '../present.js'
import type { Place, Ways } from './place.js'
import { Watch } from './watch.js'

const hourMs = 3_600_000
/** So that the story need not wait. */
const policy = { headEveryMs: 500 }
const patientPolicy = { missingMs: 500, firstRetryMs: 50, maxRetryMs: 500 }
const timer = {
  after(ms: number, run: () => void) {
    const timeout = setTimeout(run, ms)
    return () => clearTimeout(timeout)
  },
}
const nowMs = (): number => performance.now()

/** Somebody who was invited, and answered. */
export interface Person {
  readonly id: string
  readonly keys: ConferenceSeat
}

/** One device of a patient, and what came to it. */
export interface Seat {
  readonly id: string
  readonly driver: SeatDriver
  readonly events: readonly PatientEvent[]
  performance(): readonly PerformanceRow[]
}

/** A conference and its patients; each step of an invitation is as the package makes it. */
export function invite(
  { clock, random }: Pick<Io, 'clock' | 'random'>,
  ids: readonly string[],
): { readonly book: ConferenceBook; readonly people: readonly Person[] } {
  const at = { nowMs: clock.nowMs(), random }
  const title = 'Morning round'
  let book = createConference({ title, suite: '25519', untilMs: at.nowMs + hourMs }, random)
  const people = ids.map(id => {
    const invited = addInvitation(book, { pair: id, name: id }, at)
    const keys = takeSeat(parseInvitation(invited.body), 'the doctor', at)
    const answer = { id: keys.id, staticKey: keys.staticKey.publicKey }
    book = addAnswer(invited.book, { pair: id, name: id }, answer, at.nowMs).book
    return { id, keys }
  })
  return { book, people }
}

export class Room {
  readonly ways: Ways
  readonly #world: { readonly clock: Clock; readonly random: Random }
  readonly #book: ConferenceBook
  readonly #watch = new Watch()
  readonly #seats: Seat[] = []
  readonly #events: HostEvent[] = []
  readonly #table = new PerformanceTable(nowMs)
  readonly core: ConferenceCore
  readonly #driver: HostDriver

  private constructor(world: { clock: Clock; random: Random }, book: ConferenceBook, ways: Ways) {
    const { clock, random } = world
    this.#world = world
    this.#book = book
    this.ways = ways
    const patients = enrolledOf(book)
    const meter = this.#table
    const started = ConferenceCore.start({ keys: book, patients, journal: [], policy, clock, random, meter })
    this.core = started.core
    this.#driver = driveHost({
      started,
      // The story ends with its process: what a real host keeps is in the command line.
      journal: { append: async () => undefined, replace: async () => undefined },
      transport: ways.host,
      timer,
      random,
      onEvent: event => {
        this.#events.push(event)
        this.#watch.changed()
      },
    })
  }

  /** The doctor is there, and whoever was invited may come in. */
  static async open(place: Place, random: Random, book: ConferenceBook): Promise<Room> {
    const { clock } = place
    const room = new Room({ clock, random }, book, await place.meet(book))
    await room.until('the relay', () => room.#events.some(({ kind }) => kind === 'live'))
    return room
  }

  get events(): readonly HostEvent[] {
    return this.#events
  }

  get members(): readonly string[] {
    return this.core
      .members()
      .filter(({ state }) => state === 'connected')
      .map(({ name }) => name)
  }

  /** Seats of those who are in. */
  get inside(): readonly Seat[] {
    return this.#seats.filter(isInside)
  }

  performance(): readonly PerformanceRow[] {
    return this.#table.rows()
  }

  order(order: Parameters<HostDriver['order']>[0]): void {
    this.#driver.order(order)
  }

  /** Connects; resolves when the patient is in, or was turned away. */
  async enter({ id, keys }: Person, way: Transport = this.ways.seat): Promise<Seat> {
    const seat = this.sit({ id, keys }, way)
    await this.until(`${id} to come in`, () =>
      seat.events.some(({ kind }) => kind === 'joined' || kind === 'blocked'),
    )
    return seat
  }

  /** Connects, whatever comes of it. */
  sit({ id, keys }: Person, way: Transport = this.ways.seat): Seat {
    const { clock, random } = this.#world
    const events: PatientEvent[] = []
    const table = new PerformanceTable(nowMs)
    const patient = new ConferencePatient({
      keys,
      record: null,
      policy: patientPolicy,
      clock,
      random,
      meter: table,
    })
    const driver = driveSeat({
      patient,
      slot: { put: async () => undefined },
      transport: way,
      timer,
      random,
      onEvent: event => {
        events.push(event)
        this.#watch.changed()
      },
    })
    driver.order({ kind: 'join' })
    const seat = { id, driver, events, performance: () => table.rows() }
    this.#seats.push(seat)
    return seat
  }

  /** The doctor says something; gives the ids of those who heard it, once everybody who is in has. */
  async say(text: string): Promise<readonly string[]> {
    const { inside } = this
    this.order({ kind: 'say', text })
    await this.until('the broadcast', () => inside.every(seat => timesHeard(seat, text) > 0))
    return this.#seats.filter(seat => timesHeard(seat, text) > 0).map(({ id }) => id)
  }

  /** Does something, and gives the reason for which the doctor refuses somebody after it. */
  async refusalAfter(action: () => unknown): Promise<string> {
    const before = this.#events.length
    await action()
    const refusal = (): string | undefined =>
      this.#events.slice(before).flatMap(event => (event.kind === 'refused' ? [event.reason] : []))[0]
    await this.until('a refusal', () => refusal() !== undefined)
    return refusal() ?? ''
  }

  until(what: string, condition: () => boolean): Promise<void> {
    return this.#watch.until(what, condition)
  }

  /** The doctor ends the conference: everybody is told. */
  async end(): Promise<void> {
    const { inside } = this
    this.order({ kind: 'end' })
    await this.#driver.over
    await this.until('the end', () => inside.every(({ events }) => events.at(-1)?.kind === 'ended'))
  }

  async close(): Promise<void> {
    this.order({ kind: 'close' })
    await this.#driver.over
    for (const { driver } of this.#seats) driver.order({ kind: 'close' })
    wipeBook(this.#book)
  }
}

export function leaveSeats(people: readonly Person[]): void {
  for (const { keys } of people) wipeSeat(keys)
}

export function timesHeard({ events }: Seat, text: string): number {
  return events.filter(event => event.kind === 'message' && event.text === text).length
}

const comings = ['joined', 'leaving', 'left', 'blocked', 'taken-over', 'ended']

function isInside({ events }: Seat): boolean {
  return present(events.findLast(({ kind }) => comings.includes(kind)) ?? { kind: 'left' }).kind === 'joined'
}
