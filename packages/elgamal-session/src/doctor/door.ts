/** Hellos: what is refused before any key is used, and the answer, which proves nothing yet. */
import { concat, equal } from '@chartseal/core/bytes'
import { ChartsealError } from '@chartseal/core/errors'
import { SecretBytes } from '@chartseal/core/keys'
import { type Hello, parseHello, prologueOf } from '../conference/hello.js'
import { measured } from '../conference/meter.js'
import { encodeWelcome } from '../conference/payloads.js'
import { Session } from '../conference/session.js'
import { maxTextBytes } from '../conference/text.js'
import { encodeHeader, flags, type Header, headerBytes, opcodes } from '../frames.js'
import { createHandshake, type Handshake, publicKeyBytesOf } from '../noise.js'
import { encodeRefusal } from '../relay/refusal.js'
import type { Person } from './person.js'
import { askAgain, type CoreState, type HalfOpen, refuse } from './state.js'
import type { Ticket } from './tickets.js'

const busyRetryMs = 5_000
/** Devices that come at one time, and tries that were cut off. */
const maxHalfOpenOfOne = 4

/** The first frame of a connection. Anything but a hello is of a session that another core had: they come again. */
export function onHello(state: CoreState, connection: number, frame: Uint8Array, header: Header): void {
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
    refuse(state, connection, 'busy', 'busy', busyRetryMs)
    return
  }
  const ephemeral = hello.message.subarray(0, publicKeyBytesOf(state.suite))
  if (state.replays.has(ephemeral, nowMs)) {
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

/** IKpsk2. */
function handshake(state: CoreState, connection: number, hello: Hello, prologue: Uint8Array): void {
  const { suite, staticKey, random, roster } = state
  const found: { person: Person | null; isStranger: boolean } = { person: null, isStranger: false }
  const side = createHandshake({
    pattern: 'IKpsk2',
    role: 'responder',
    suite,
    staticKey,
    prologue,
    random,
    pskOf(theirStatic) {
      found.person = roster.byStatic(theirStatic)
      found.isStranger = found.person === null
      return found.person?.psk ?? null
    },
  })
  const isRead = reads(state, side, hello.message)
  const { person, isStranger } = found
  if (isRead && person !== null) answer(state, connection, hello, side, { person, ticket: null })
  else refuse(state, connection, isStranger ? 'stranger' : 'handshake')
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
  const person = ticket === null ? null : ownerOf(state, ticket)
  if (ticket === null || person === null) {
    ticket?.psk.fill(0)
    askAgain(state, connection, 'ticket')
    return
  }
  const { suite, random } = state
  using psk = new SecretBytes(ticket.psk)
  ticket.psk.fill(0)
  const side = createHandshake({ pattern: 'NNpsk0', role: 'responder', suite, prologue, random, psk })
  if (!reads(state, side, hello.message)) {
    refuse(state, connection, 'handshake')
    return
  }
  answer(state, connection, hello, side, { person, ticket })
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

function reads(state: CoreState, side: Handshake, message: Uint8Array): boolean {
  try {
    measured(state.meter, 'agree', () => side.read(message))
    return true
  } catch (error) {
    if (error instanceof ChartsealError) return false
    throw error
  }
}

function answer(
  state: CoreState,
  connection: number,
  hello: Hello,
  side: Handshake,
  { person, ticket }: Pick<HalfOpen, 'person' | 'ticket'>,
): void {
  const { suite, meter, group } = state
  const nowMs = state.clock.nowMs()
  state.replays.add(hello.message.subarray(0, publicKeyBytesOf(suite)), nowMs)
  const welcome = encodeWelcome({ nowMs, epoch: group.epoch, maxTextBytes })
  const message = measured(meter, 'agree', () => side.write(welcome))
  const session = new Session(suite, side.split(), 'doctor', meter)
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
    refuse(state, oldest, 'busy', 'busy', busyRetryMs)
  }
}

/** Ends handshakes that nobody verified in time; also by a clock that was put back further than that. */
export function expireHandshakes(state: CoreState, nowMs: number): void {
  for (const [connection, { session, sinceMs }] of state.halfOpen) {
    if (Math.abs(nowMs - sinceMs) < state.policy.handshakeTimeoutMs) return
    state.halfOpen.delete(connection)
    session.wipe()
    refuse(state, connection, 'timeout')
  }
}
