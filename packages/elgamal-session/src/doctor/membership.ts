/** Coming in, going out, blocks: what follows from a proof, from an order of the doctor, and from nothing else. */
import { equal } from '@chartseal/core/bytes'
import { ChartsealError } from '@chartseal/core/errors'
import {
  encodeBlocked,
  encodeFarewell,
  encodeNothing,
  encodeTicketGrant,
  parseVerification,
  type Verification,
} from '../conference/payloads.js'
import { type Opcode, opcodes } from '../frames.js'
import { isUsable } from './door.js'
import { sendGroupKeys } from './group-keys.js'
import { forgetOutbox, receivedDirect, sendOutbox } from './outbox.js'
import type { Person } from './person.js'
import { highestOf, lowerOf, received } from './received.js'
import type { BlockedUntil } from './records.js'
import { commitNow } from './speech.js'
import { type CoreState, type HalfOpen, refuse, unpark } from './state.js'
import type { CoreEvent, LeaveReason } from './types.js'

/** Opcode 10. Until here nothing that came was anybody's. */
export function onVerification(
  state: CoreState,
  connection: number,
  half: HalfOpen,
  frame: Uint8Array,
): void {
  const opened = half.session.open(frame)
  // A frame that does not open is one that anybody could have slipped in.
  if (opened === null) {
    state.out.event({ kind: 'refused', reason: 'proof' })
    return
  }
  state.halfOpen.delete(connection)
  if (state.roster.byKey(half.person.key) !== half.person) {
    farewell(state, connection, half, opcodes.disconnect, encodeFarewell({ reason: 'removed', retryMs: 0 }))
    return
  }
  const proof = opened.header.opcode === opcodes.verification ? proofOf(half, opened.plaintext) : null
  if (proof === null) {
    half.session.wipe()
    refuse(state, connection, 'proof')
    block(state, half.person, 'misbehaved')
    return
  }
  enter(state, connection, half, proof)
}

/** `null` for what breaks the rules of the frame. */
function proofOf({ session }: HalfOpen, plaintext: Uint8Array): Verification | null {
  try {
    const proof = parseVerification(plaintext)
    return equal(proof.handshakeHash, session.handshakeHash) ? proof : null
  } catch (error) {
    if (error instanceof ChartsealError) return null
    throw error
  }
}

function enter(state: CoreState, connection: number, half: HalfOpen, proof: Verification): void {
  const { person, ticket } = half
  const nowMs = state.clock.nowMs()
  if (proof.isGoodbye && (ticket === null || !person.isMember || isUsable(person, ticket))) {
    goodbye(state, connection, half)
    return
  }
  if (person.isBlocked(nowMs)) {
    const seconds = person.secondsLeft(nowMs)
    farewell(state, connection, half, opcodes.blocked, encodeBlocked(seconds))
    return
  }
  if (ticket !== null && !isUsable(person, ticket)) {
    farewell(state, connection, half, opcodes.disconnect, encodeFarewell({ reason: 'ticket', retryMs: 0 }))
    return
  }
  const isSecond = person.seat !== null && ticket === null
  if (isSecond && state.policy.duplicates === 'block-both') {
    block(state, person, 'duplicate')
    const seconds = person.secondsLeft(nowMs)
    farewell(state, connection, half, opcodes.blocked, encodeBlocked(seconds))
    return
  }
  takeSeat(state, connection, half, proof, nowMs)
}

/** They left while they were away; where another connection of theirs is, it is out, too. */
function goodbye(state: CoreState, connection: number, half: HalfOpen): void {
  const { person } = half
  const last = { opcode: opcodes.alreadyActive, plaintext: encodeNothing() }
  if (person.isMember) leave(state, person, 'exit', 0, last)
  farewell(state, connection, half, opcodes.exit, encodeNothing())
}

/** The last frame of a session, and the end of its connection. */
function farewell(
  { out }: CoreState,
  connection: number,
  { session }: Pick<HalfOpen, 'session'>,
  opcode: Opcode,
  plaintext: Uint8Array,
): void {
  out.link({ kind: 'drop', connection, frame: session.seal(opcode, plaintext) })
  session.wipe()
}

function takeSeat(
  state: CoreState,
  connection: number,
  half: HalfOpen,
  proof: Verification,
  nowMs: number,
): void {
  const { person, session, ticket } = half
  const { out, seats, group } = state
  if (ticket !== null) {
    person.usedTicket = ticket.id
    out.persist({ t: 'used', patient: person.id, ticket: ticket.id })
  }
  const isNew = !person.isMember
  if (isNew) newMember(state, person)
  const wasTaken = displace(state, person)
  unpark(state, person)
  person.seat = { connection, session }
  seats.set(connection, person)
  state.roster.connected++
  person.changedMs = nowMs
  person.behind = false
  group.seat(person, nowMs)
  receivedDirect(state, person, proof.heard)
  if (person.nextDirect <= proof.heard) person.nextDirect = proof.heard + 1n
  welcome(state, person, proof.sequence)
  out.event(arrival(person.name, isNew, ticket === null ? 'handshake' : 'ticket'))
  if (wasTaken && ticket === null) out.event({ kind: 'taken-over', patient: person.name })
}

function arrival(patient: string, isNew: boolean, by: 'handshake' | 'ticket'): CoreEvent {
  return isNew ? { kind: 'joined', patient } : { kind: 'returned', patient, by }
}

/** What is said from now on is for them. */
function newMember(state: CoreState, person: Person): void {
  const { chain, roster, out } = state
  person.membership = ++state.memberships
  person.since = chain.newest.sequence
  person.acknowledged = person.since
  roster.members++
  const { id: patient, since, membership, acknowledged } = person
  out.persist({ t: 'in', patient, since, membership, acknowledged })
}

/** Ticket, keys and what they missed; then they are fed. */
function welcome(state: CoreState, person: Person, claimed: bigint): void {
  const { chain, out } = state
  const { newest, base } = chain
  const { seat, since } = person
  if (seat === null) return
  const known = lowerOf(claimed, newest.sequence)
  received(state, person, known)
  const after = highestOf(known, since, base.sequence)
  const grant = { ticket: newTicket(state, person), since, heard: person.heard }
  const { connection, session } = seat
  out.link({ kind: 'send', connection, frame: session.seal(opcodes.ticket, encodeTicketGrant(grant)) })
  sendGroupKeys(state, person, { behind: after, isStart: true })
  out.link({ kind: 'admit', connection, after })
  sendOutbox(state, person)
}

function newTicket(state: CoreState, { id, membership, seat }: Person): Uint8Array {
  if (seat === null) throw new Error('internal: a ticket comes from a session')
  const { incarnation, tickets, clock } = state
  const number = (BigInt(incarnation) << 32n) | BigInt(++state.ticketsIssued)
  const ticket = { id: number, issuedMs: clock.nowMs(), membership, incarnation }
  try {
    return tickets.seal(ticket, id, seat.session.resumption)
  } finally {
    seat.session.resumption.wipe()
  }
}

/** The connection that they had is told that another one has taken over; whether there was one. */
function displace(state: CoreState, person: Person): boolean {
  const { seat } = person
  if (seat === null) return false
  unseat(state, person)
  farewell(state, seat.connection, seat, opcodes.alreadyActive, encodeNothing())
  return true
}

/** They have no connection any more. The session is the caller's to wipe. */
export function unseat({ seats, roster }: CoreState, person: Person): void {
  if (person.seat === null) return
  seats.delete(person.seat.connection)
  person.seat = null
  person.behind = false
  roster.connected--
}

/** A member whose connection is lost stays one. */
export function onClosed(state: CoreState, connection: number): void {
  state.working.delete(connection)
  const half = state.halfOpen.get(connection)
  state.halfOpen.delete(connection)
  half?.session.wipe()
  const person = state.seats.get(connection)
  if (person === undefined) return
  person.seat?.session.wipe()
  unseat(state, person)
  person.changedMs = state.clock.nowMs()
  state.out.event({ kind: 'away', patient: person.name })
}

/** Out of the group: durable first, then the connection, then the keys of everybody else. */
export function leave(
  state: CoreState,
  person: Person,
  reason: LeaveReason,
  until: BlockedUntil,
  last: { readonly opcode: Opcode; readonly plaintext: Uint8Array } | null,
): void {
  const { out, roster, group, chain, clock } = state
  const { seat, isMember } = person
  const nowMs = clock.nowMs()
  out.persist({ t: 'out', patient: person.id, until, forGood: reason === 'removed' })
  if (person.isFor(chain.emergency) && chain.emergency > 0n) {
    roster.emergencyFor--
    if (person.acknowledged >= chain.emergency) roster.emergencyReceived--
  }
  if (isMember) roster.members--
  person.membership = 0
  person.blockedUntil = until
  person.changedMs = nowMs
  unseat(state, person)
  unpark(state, person)
  group.leave(person, nowMs)
  if (seat !== null && last !== null) farewell(state, seat.connection, seat, last.opcode, last.plaintext)
  else if (seat !== null) {
    out.link({ kind: 'drop', connection: seat.connection, frame: null })
    seat.session.wipe()
  }
  forgetOutbox(state, person)
  if (isMember) out.event({ kind: 'left', patient: person.name, reason })
  // Many may leave within one order, or between two ticks: their keys must not outgrow a frame.
  if (group.isLarge) commitNow(state)
}

/** By the doctor's order, or by what the patient's own key proves. The group's keys change at once. */
export function block(
  state: CoreState,
  person: Person,
  reason: 'order' | 'misbehaved' | 'duplicate',
  untilLifted = false,
): void {
  const { policy, clock, out } = state
  const untilMs = untilLifted ? null : clock.nowMs() + policy.blockMs
  const seconds = untilLifted ? null : Math.ceil(policy.blockMs / 1_000)
  const last = { opcode: opcodes.blocked, plaintext: encodeBlocked(seconds) }
  const wasIn = person.leaf !== null
  leave(state, person, reason === 'order' ? 'blocked' : reason, untilMs, last)
  out.event({ kind: 'blocked', patient: person.name, untilMs, reason })
  if (wasIn) commitNow(state)
}

export function unblock(state: CoreState, person: Person): void {
  if (!person.isBlocked(state.clock.nowMs())) return
  state.out.persist({ t: 'out', patient: person.id, until: 0, forGood: false })
  person.blockedUntil = 0
  person.changedMs = state.clock.nowMs()
  state.out.event({ kind: 'unblocked', patient: person.name })
}

/** Out for good, or until they are enrolled with another key. */
export function remove(state: CoreState, person: Person): void {
  const wasIn = person.leaf !== null
  const last = { opcode: opcodes.disconnect, plaintext: encodeFarewell({ reason: 'removed', retryMs: 0 }) }
  leave(state, person, 'removed', 0, last)
  state.roster.gone.add(person.key)
  state.roster.remove(person)
  if (wasIn) commitNow(state)
}
