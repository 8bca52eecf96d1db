/** Hellos: what is refused before any key is used, and the answer, which proves nothing yet. */
import { concat, equal } from '@chartseal/core/bytes'
import { type Hello, parseHello, prologueOf } from '../conference/hello.js'
import { measured } from '../conference/meter.js'
import { encodeWelcome } from '../conference/payloads.js'
import { Session } from '../conference/session.js'
import { maxTextBytes } from '../conference/text.js'
import { encodeHeader, flags, type Header, headerBytes, opcodes } from '../frames.js'
import {
  finishHandshake,
  type HandshakeWork,
  publicKeyBytesOf,
  type WorkedHandshake,
  wipeWorked,
  workHandshake,
} from '../noise.js'
import { encodeRefusal } from '../relay/refusal.js'
import type { Person } from './person.js'
import { askAgain, type CoreState, refuse } from './state.js'
import type { Ticket } from './tickets.js'
import type { Worked } from './types.js'

/** Whoever finds no room comes again after half of it to one and a half, so that those of one moment do not come in one moment. */
const busyRetryMs = 5_000
/** Devices that come at one time, and tries that were cut off. */
const maxHalfOpenOfOne = 4
/** Of the room of a pool; the rest is for those who come back with a ticket. */
const roomOfStrangers = 0.75

/** The first frame of a connection. Anything but a hello is of a session that another core had: they come again. */
export function onHello(state: CoreState, connection: number, frame: Uint8Array, header: Header): void {
  if (state.working.delete(connection)) {
    // One hello at a time: who does not wait for the answer is nobody that we know.
    refuse(state, connection, 'malformed')
    return
  }
  if (header.opcode !== opcodes.hello) {
    const again = encodeRefusal({ reason: 'restart', nowMs: state.clock.nowMs(), retryMs: 0 })
    state.out.link({ kind: 'drop', connection, frame: again })
    return
  }
  const hello = helloOf(state, frame, header)
  if (hello === null) {
    refuse(state, connection, 'malformed')
    return
  }
  const nowMs = state.clock.nowMs()
  if (Math.abs(nowMs - hello.sentAtMs) > state.policy.maxSkewMs) {
    askAgain(state, connection, 'clock')
    return
  }
  if (state.halfOpen.size >= state.policy.maxHalfOpen) {
    refuseForNow(state, connection)
    return
  }
  if (state.replays.has(ephemeralOf(state, hello), nowMs)) {
    refuse(state, connection, 'replayed')
    return
  }
  const prologue = prologueOf(frame.subarray(0, headerBytes), state.id, hello.sentAtMs)
  if (hello.ticket === null) handshake(state, connection, hello, prologue)
  else resumption(state, connection, hello, hello.ticket, prologue)
}

function helloOf(state: CoreState, frame: Uint8Array, header: Header): Hello | null {
  if (header.suite !== state.suite || header.epoch !== 0 || header.sequence !== 0n) return null
  const hello = parseHello(frame, header.flags)
  return hello !== null && equal(hello.conferenceId, state.id) ? hello : null
}

/** There is no room. */
function refuseForNow(state: CoreState, connection: number): void {
  const [drawn = 0] = state.random.bytes(1)
  refuse(state, connection, 'busy', 'busy', Math.round(busyRetryMs * (0.5 + drawn / 256)))
}

/** IKpsk2. */
function handshake(state: CoreState, connection: number, hello: Hello, prologue: Uint8Array): void {
  const { suite } = state
  const work: HandshakeWork = { pattern: 'IKpsk2', suite, prologue, message: hello.message, psk: null }
  begin(state, connection, { hello, ticket: null }, work)
}

/** NNpsk0, with a ticket that is taken at the proof and not before. */
function resumption(
  state: CoreState,
  connection: number,
  hello: Hello,
  bytes: Uint8Array,
  prologue: Uint8Array,
): void {
  const ticket = state.tickets.open(bytes)
  if (ticket === null || ownerOf(state, ticket) === null) {
    ticket?.psk.fill(0)
    askAgain(state, connection, 'ticket')
    return
  }
  const { suite } = state
  const { message } = hello
  begin(
    state,
    connection,
    { hello, ticket },
    { pattern: 'NNpsk0', suite, prologue, message, psk: ticket.psk },
  )
}

/** Whom a ticket lets in: a member of the same membership, not used, not too old. */
function ownerOf(state: CoreState, ticket: Ticket): Person | null {
  const person = state.roster.byKey(ticket.patient)
  const ageMs = state.clock.nowMs() - ticket.issuedMs
  const isYoung = ageMs <= state.policy.ticketLifeMs && ageMs >= -state.policy.maxSkewMs
  return person !== null && isYoung && isUsable(person, ticket) ? person : null
}

/** Also asked at the proof, as two may come with one ticket. */
export function isUsable(person: Person, ticket: Pick<Ticket, 'id' | 'membership'>): boolean {
  return person.membership === ticket.membership && person.isMember && ticket.id > person.usedTicket
}

/** A hello that may be answered when its keys are agreed on. */
export interface Asking {
  readonly hello: Pick<Hello, 'message'>
  readonly ticket: Ticket | null
}

/** The keys of the handshake, in this place or in a pool. */
function begin(state: CoreState, connection: number, asking: Asking, work: HandshakeWork): void {
  if (state.policy.maxWorking > 0) {
    giveAway(state, connection, asking, work)
    return
  }
  const { staticKey, random, roster } = state
  let isStranger = false
  const accepts = (theirStatic: Uint8Array): boolean => {
    isStranger = roster.byStatic(theirStatic) === null
    return !isStranger
  }
  const worked = measured(state.meter, 'agree', () => workHandshake(work, { staticKey, random, accepts }))
  work.psk?.fill(0)
  if (isStranger) refuse(state, connection, 'stranger')
  else goOn(state, connection, asking, worked)
}

/** Those who come back have a part of the room for themselves: there are none without a proof of before. */
function giveAway(state: CoreState, connection: number, asking: Asking, work: HandshakeWork): void {
  const { working, policy, clock } = state
  const isResumed = asking.ticket !== null
  const room = isResumed ? policy.maxWorking : Math.ceil(policy.maxWorking * roomOfStrangers)
  if (working.size >= room) {
    work.psk?.fill(0)
    refuseForNow(state, connection)
    return
  }
  const number = ++state.works
  working.set(connection, { ...asking, number, sinceMs: clock.nowMs() })
  state.out.work({ connection, number, isUrgent: isResumed, work })
}

/** What a pool made of a hello; nothing, if nobody waits for it any more. */
export function onWorked(state: CoreState, { connection, number, worked, elapsedMs }: Worked): void {
  if (elapsedMs > 0) state.meter?.record('agree', elapsedMs)
  const asking = state.working.get(connection)
  if (asking?.number !== number) {
    if (worked !== null) wipeWorked(worked)
    return
  }
  state.working.delete(connection)
  goOn(state, connection, asking, worked)
}

/** Where time has passed since the hello came, all that was asked then is asked again. */
function goOn(state: CoreState, connection: number, asking: Asking, worked: WorkedHandshake | null): void {
  if (worked === null) {
    refuse(state, connection, 'handshake')
    return
  }
  const { ticket, hello } = asking
  const isReplayed = state.replays.has(ephemeralOf(state, hello), state.clock.nowMs())
  const isBusy = state.halfOpen.size >= state.policy.maxHalfOpen
  const person = personOf(state, ticket, worked)
  if (person !== null && !isReplayed && !isBusy) {
    answer(state, connection, asking, worked, person)
    return
  }
  wipeWorked(worked)
  if (isReplayed) refuse(state, connection, 'replayed')
  else if (isBusy) refuseForNow(state, connection)
  else if (ticket === null) refuse(state, connection, 'stranger')
  else askAgain(state, connection, 'ticket')
}

function personOf(state: CoreState, ticket: Ticket | null, { theirStatic }: WorkedHandshake): Person | null {
  if (ticket !== null) return ownerOf(state, ticket)
  return theirStatic === null ? null : state.roster.byStatic(theirStatic)
}

const ephemeralOf = ({ suite }: CoreState, { message }: Asking['hello']): Uint8Array =>
  message.subarray(0, publicKeyBytesOf(suite))

function answer(
  state: CoreState,
  connection: number,
  { hello, ticket }: Asking,
  worked: WorkedHandshake,
  person: Person,
): void {
  const { suite, meter, group } = state
  const nowMs = state.clock.nowMs()
  state.replays.add(ephemeralOf(state, hello), nowMs)
  const payload = encodeWelcome({ nowMs, epoch: group.epoch, maxTextBytes })
  const psk = ticket === null ? person.psk : null
  const { message, secrets } = measured(meter, 'agree', () => finishHandshake(worked, { psk, payload }))
  const session = new Session(suite, secrets, 'doctor', meter)
  makeRoom(state, person)
  state.halfOpen.set(connection, { person, session, sinceMs: nowMs, ticket })
  person.asking.push(connection)
  const resume = ticket === null ? 0 : flags.resume
  const header = encodeHeader({ opcode: opcodes.hello, flags: resume, suite, epoch: 0, sequence: 0n })
  state.out.link({ kind: 'send', connection, frame: concat(header, message) })
}

/** One key begins few handshakes at a time: the newest takes the place of the oldest. */
function makeRoom(state: CoreState, person: Person): void {
  person.asking = person.asking.filter(one => state.halfOpen.get(one)?.person === person)
  while (person.asking.length >= maxHalfOpenOfOne) {
    const oldest = person.asking.shift() ?? 0
    state.halfOpen.get(oldest)?.session.wipe()
    state.halfOpen.delete(oldest)
    refuseForNow(state, oldest)
  }
}

/** Ends handshakes that nobody verified in time; also by a clock that was put back further than that. */
export function expireHandshakes(state: CoreState, nowMs: number): void {
  expireWork(state, nowMs)
  for (const [connection, { session, sinceMs }] of state.halfOpen) {
    if (Math.abs(nowMs - sinceMs) < state.policy.handshakeTimeoutMs) return
    state.halfOpen.delete(connection)
    session.wipe()
    refuse(state, connection, 'timeout')
  }
}

/** A pool that has stopped answers nobody. */
function expireWork(state: CoreState, nowMs: number): void {
  for (const [connection, { sinceMs }] of state.working) {
    if (Math.abs(nowMs - sinceMs) < state.policy.handshakeTimeoutMs) return
    state.working.delete(connection)
    refuse(state, connection, 'timeout')
  }
}
