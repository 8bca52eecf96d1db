/** What the parts of the core share; one core has one. */
import { encodeHex } from '@chartseal/core/encoding'
import type { Clock, Random } from '@chartseal/core/ports'
import type { ConferenceSuite } from '../conference/keys.js'
import type { Meter } from '../conference/meter.js'
import type { Session } from '../conference/session.js'
import type { Signer } from '../conference/signed-frame.js'
import { StaticKey } from '../noise.js'
import { encodeRefusal } from '../relay/refusal.js'
import { Chain } from './chain.js'
import type { Asking } from './door.js'
import { Group } from './group.js'
import { Outputs } from './outputs.js'
import type { Person } from './person.js'
import { ReplayCache } from './replay-cache.js'
import { Roster } from './roster.js'
import { TicketSealer } from './tickets.js'
import { type CoreOptions, type CorePolicy, defaultPolicy, type RefusalReason } from './types.js'

/** A hello that was answered, and not verified. */
export interface HalfOpen {
  readonly person: Person
  readonly session: Session
  readonly sinceMs: number
  /** Of the ticket that it came with; `null` after a full handshake. */
  readonly ticket: { readonly id: bigint; readonly membership: number } | null
}

/** A hello on whose keys a pool works. */
export interface Working extends Asking {
  readonly number: number
  readonly sinceMs: number
}

/** A session whose host link is gone; the relay may name its connection again. */
export interface Parked {
  readonly person: Person
  readonly session: Session
}

export interface WaitingText {
  readonly text: string
  readonly emergency: boolean
}

export interface CoreState {
  readonly id: Uint8Array
  readonly suite: ConferenceSuite
  readonly staticKey: StaticKey
  readonly signer: Signer
  readonly policy: CorePolicy
  readonly clock: Clock
  readonly random: Random
  readonly meter: Meter | undefined
  readonly out: Outputs
  readonly roster: Roster
  readonly chain: Chain
  readonly group: Group
  readonly replays: ReplayCache
  /** By connection, the oldest first. */
  readonly halfOpen: Map<number, HalfOpen>
  /** Hellos that a pool works on, by connection, the oldest first. */
  readonly working: Map<number, Working>
  readonly seats: Map<number, Person>
  readonly parked: Map<number, Parked>
  /** What was said before the relay was there for the first time; durable. */
  waiting: readonly WaitingText[]
  incarnation: number
  tickets: TicketSealer
  ticketKey: Uint8Array
  ticketsIssued: number
  /** How often something was given to a pool. */
  works: number
  memberships: number
  /** The relay of the link, or of the last one; `null` before the first. */
  instance: string | null
  /** Whether the relay's log was found to be that of this core. */
  wasLive: boolean
  /** When time was looked at last. */
  tickedMs: number
  headDueMs: number
  /** When frames that the relay did not take are given to it again. */
  publishDueMs: number
  /** The relay was told to begin its log again behind this number, and has logged nothing since; due where it could not. */
  beginning: { readonly after: bigint; readonly isDue: boolean } | null
  /** When what is parked is given up. */
  unparkMs: number
  /** Since when patients can come, and when it was looked for those who do not. */
  reachableMs: number
  absenceLookedMs: number
  compactedMs: number
  compactedSize: number
  hasOldKeys: boolean
  isOver: boolean
}

export const never: number = Number.POSITIVE_INFINITY

export function newState({ keys, policy, clock, random, meter }: CoreOptions): CoreState {
  const whole = { ...defaultPolicy, ...policy }
  const id = Uint8Array.from(keys.id)
  const ticketKey = new Uint8Array(32)
  return {
    id,
    suite: keys.suite,
    staticKey: new StaticKey(keys.suite, keys.staticKey.privateKey),
    signer: { conferenceId: id, signingKey: keys.signingKey, meter },
    policy: whole,
    clock,
    random,
    meter,
    out: new Outputs(),
    roster: new Roster(keys.suite),
    chain: new Chain(id),
    group: new Group(id, random, whole, meter),
    replays: new ReplayCache(2 * whole.maxSkewMs),
    halfOpen: new Map(),
    working: new Map(),
    seats: new Map(),
    parked: new Map(),
    waiting: [],
    incarnation: 0,
    tickets: new TicketSealer(ticketKey, id, random),
    ticketKey,
    ticketsIssued: 0,
    works: 0,
    memberships: 0,
    instance: null,
    wasLive: false,
    tickedMs: clock.nowMs(),
    headDueMs: never,
    publishDueMs: never,
    beginning: null,
    unparkMs: never,
    reachableMs: clock.nowMs(),
    absenceLookedMs: clock.nowMs(),
    compactedMs: clock.nowMs(),
    compactedSize: 0,
    hasOldKeys: false,
    isOver: false,
  }
}

/** Tickets under an older key open no more. Takes the key over. */
export function useTicketKey(state: CoreState, key: Uint8Array): void {
  state.tickets.wipe()
  state.ticketKey.fill(0)
  state.ticketKey = key
  state.tickets = new TicketSealer(key, state.id, state.random)
}

/** The end of a connection about which nothing is known, with an answer that nothing vouches for. */
export function refuse(
  { out, clock }: CoreState,
  connection: number,
  reason: RefusalReason,
  tell: 'refused' | 'busy' = 'refused',
  retryMs = 1_000,
): void {
  const frame = encodeRefusal({ reason: tell, nowMs: clock.nowMs(), retryMs })
  out.link({ kind: 'drop', connection, frame })
  out.event({ kind: 'refused', reason })
}

/** As above, but the connection stays for one more hello, which may be all right. */
export function askAgain({ out, clock }: CoreState, connection: number, reason: 'clock' | 'ticket'): void {
  const frame = encodeRefusal({ reason, nowMs: clock.nowMs(), retryMs: 0 })
  out.link({ kind: 'send', connection, frame })
  out.event({ kind: 'refused', reason })
}

export function instanceName(instance: Uint8Array): string {
  return encodeHex(instance)
}

/** A session of theirs whose link is gone is of no use any more. */
export function unpark({ parked }: CoreState, person: Person): void {
  const connection = person.parkedAt
  if (connection === null) return
  parked.get(connection)?.session.wipe()
  parked.delete(connection)
  person.parkedAt = null
}

/** Wipes what the core holds. The doctor's own keys are the caller's. */
export function wipeState(state: CoreState): void {
  state.isOver = true
  for (const { seat } of state.seats.values()) seat?.session.wipe()
  for (const { session } of [...state.halfOpen.values(), ...state.parked.values()]) session.wipe()
  for (const kept of [state.seats, state.halfOpen, state.working, state.parked]) kept.clear()
  state.staticKey.wipe()
  state.tickets.wipe()
  state.ticketKey.fill(0)
  state.roster.wipe()
  state.chain.wipe()
  state.group.wipe()
}
