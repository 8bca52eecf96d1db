/** A process of many patients, at the orders of whoever forked it: each is answered with where everybody stands. */
import { systemClock } from '@chartseal/core/system'
import type { PatientPolicy } from '@chartseal/elgamal-session'
import { Member } from './member.js'
import { Patient } from './patient.js'
import { conferenceOf, type SeatSource, seatOf } from './people.js'
import type { Person, PersonWorld } from './person.js'

/** `slow`: reads for a moment and then nothing for long, from now on. */
export type CrowdDeed = 'join' | 'leave' | 'pause' | 'resume' | 'cut' | 'slow'

export type CrowdOrder =
  /** They come from addresses of 127.0.0.0/8 in turn. */
  | {
      readonly kind: 'make'
      readonly source: SeatSource
      readonly path: string
      /** Patients of these numbers, and behind them members who decrypt nothing. */
      readonly first: number
      readonly patients: number
      readonly members: number
      readonly network: number
      /** How far their clocks are from ours. */
      readonly aheadMs: number
      /** Of patients; the package's own is the default. */
      readonly policy: Partial<PatientPolicy>
    }
  | {
      readonly kind: CrowdDeed
      readonly first: number
      readonly count: number
    }
  | { readonly kind: 'server'; readonly port: number }
  /** @param last number of the newest text */
  | { readonly kind: 'look'; readonly last: number }

export interface CrowdStatus {
  readonly people: number
  readonly members: number
  readonly ended: number
  /** Who has everything, each once, in order. */
  readonly whole: number
  readonly lost: number
  readonly doubled: number
  readonly unreadable: number
  /** How long the newest text took, one for each who has it. */
  readonly waitsMs: readonly number[]
  readonly events: { readonly [what: string]: number }
}

const tickMs = 250
const addresses = 16
/** Of each tick, so long somebody slow reads. */
const readsMs = 2
const people: Person[] = []
const slow = new Set<Person>()
let port = 0

function make(order: Extract<CrowdOrder, { kind: 'make' }>): void {
  const { source, path, first, patients, members, network, aheadMs, policy } = order
  const clock = { ...systemClock, nowMs: () => systemClock.nowMs() + aheadMs }
  const conference = conferenceOf(source)
  for (let i = 0; i < patients + members; i++) {
    const from = `127.0.${network}.${1 + (i % addresses)}`
    const world: PersonWorld = { clock, from, address: () => ({ port, path }) }
    people.push(
      i < patients ? new Patient(seatOf(source, first + i), world, policy) : new Member(conference, world),
    )
  }
}

function each(first: number, count: number, work: (one: Person) => void): void {
  for (const one of people.slice(first, first + count)) work(one)
}

function deed(one: Person, kind: CrowdDeed): void {
  if (kind === 'slow') slow.add(one)
  else one[kind]()
}

function obey(order: CrowdOrder): void {
  if (order.kind === 'look') return
  if (order.kind === 'make') make(order)
  else if (order.kind === 'server') port = order.port
  else each(order.first, order.count, one => deed(one, order.kind))
}

function readABit(one: Person): void {
  one.resume()
  setTimeout(() => one.pause(), readsMs)
}

function statusOf(last: number): CrowdStatus {
  const sum = (of: (one: Person) => number): number => people.reduce((total, one) => total + of(one), 0)
  const events: Record<string, number> = {}
  for (const one of people) for (const [what, count] of one.events) events[what] = (events[what] ?? 0) + count
  return {
    people: people.length,
    members: sum(one => Number(one.isMember)),
    ended: sum(one => Number(one.hasEnded)),
    whole: sum(one => Number(one.received.isWhole(last))),
    lost: sum(({ received }) => received.lost),
    doubled: sum(({ received }) => received.doubled),
    unreadable: sum(({ received }) => received.unreadable),
    waitsMs: people.flatMap(({ received: { last: newest, newestMs } }) =>
      newest === last && newestMs !== null ? [newestMs] : [],
    ),
    events,
  }
}

setInterval(() => {
  for (const one of people) one.tick()
  for (const one of slow) readABit(one)
}, tickMs).unref()

process.on('message', (order: CrowdOrder) => {
  obey(order)
  process.send?.(statusOf(order.kind === 'look' ? order.last : 0))
})
// Whoever forked it is gone.
process.once('disconnect', () => process.exit(0))
