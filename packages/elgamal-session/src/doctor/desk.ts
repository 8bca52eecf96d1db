/** Frames of members: what they have received, direct messages either way, and their exit. */
import { ChartsealError } from '@chartseal/core/errors'
import {
  encodeDirect,
  encodeFarewell,
  encodeReceived,
  parseDirect,
  parseNothing,
  parseReceived,
} from '../conference/payloads.js'
import { requireText } from '../conference/text.js'
import { type OpenedFrame, opcodes } from '../frames.js'
import { block, leave, unseat } from './membership.js'
import type { Person } from './person.js'
import type { CoreState } from './state.js'

const tooFastRetryMs = 10_000

/**
 * What does not open was made by somebody else, or comes twice: it counts for nothing. What opens was made with the
 * patient's own key, for the first time: if it breaks a rule, they are blocked.
 */
export function onMemberFrame(state: CoreState, person: Person, frame: Uint8Array): void {
  const opened = person.seat?.session.open(frame) ?? null
  if (opened === null) return
  try {
    onOpened(state, person, opened)
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error
    block(state, person, 'misbehaved')
  }
}

function onOpened(state: CoreState, person: Person, { header, plaintext }: OpenedFrame): void {
  switch (header.opcode) {
    case opcodes.received:
      return onReceived(state, person, plaintext)
    case opcodes.message:
      return onDirect(state, person, plaintext)
    case opcodes.exit:
      parseNothing(plaintext)
      return leave(state, person, 'exit', 0, null)
    default:
      return block(state, person, 'misbehaved')
  }
}

function onReceived(state: CoreState, person: Person, plaintext: Uint8Array): void {
  const one = parseReceived(plaintext)
  if ('direct' in one) return receivedDirect(state, person, one.direct)
  const newest = state.chain.newest.sequence
  received(state, person, one.sequence < newest ? one.sequence : newest)
}

/** They have everything for them up to here. */
export function received({ chain, roster }: CoreState, person: Person, sequence: bigint): void {
  const before = person.acknowledged
  if (sequence <= before) return
  person.acknowledged = sequence
  const { emergency } = chain
  if (person.isFor(emergency) && before < emergency && sequence >= emergency) roster.emergencyReceived++
}

function onDirect(state: CoreState, person: Person, plaintext: Uint8Array): void {
  const { out } = state
  const { id, text } = parseDirect(plaintext)
  if (id > person.heard) {
    if (!mayWrite(state, person)) return tooFast(state, person)
    out.event({ kind: 'direct', patient: person.name, id, text })
    person.heard = id
    out.persist({ t: 'heard', patient: person.id, id })
  }
  const { seat } = person
  if (seat === null) return
  const frame = seat.session.seal(opcodes.received, encodeReceived({ direct: person.heard }))
  out.link({ kind: 'send', connection: seat.connection, frame })
}

function mayWrite({ clock, policy }: CoreState, person: Person): boolean {
  const nowMs = clock.nowMs()
  const gained = Math.max(0, nowMs - person.allowanceMs) / policy.directEveryMs
  const allowance = Math.min(policy.directBurst, person.allowance + gained)
  person.allowanceMs = nowMs
  person.allowance = Math.max(0, allowance - 1)
  return allowance >= 1
}

/** When frames arrive is the relay's doing, so this is no reason for a block; they keep what was not answered. */
function tooFast(state: CoreState, person: Person): void {
  const { out } = state
  const { seat } = person
  if (seat === null) return
  const plaintext = encodeFarewell({ reason: 'too-fast', retryMs: tooFastRetryMs })
  const frame = seat.session.seal(opcodes.disconnect, plaintext)
  out.link({ kind: 'drop', connection: seat.connection, frame })
  unseat(state, person)
  seat.session.wipe()
  person.changedMs = state.clock.nowMs()
  out.event({ kind: 'away', patient: person.name })
}

/** @throws ChartsealError `conference/text-too-long`, `encoding/invalid` */
export function direct(state: CoreState, person: Person, text: string): void {
  requireText(text)
  const { out } = state
  const id = person.nextDirect++
  person.outbox.push({ id, text })
  out.persist({ t: 'to', patient: person.id, id, text })
  send(state, person, person.outbox.length - 1)
  out.event({ kind: 'direct-sent', patient: person.name, id })
}

/** Everything that their device has not received. */
export function sendOutbox(state: CoreState, person: Person): void {
  for (const index of person.outbox.keys()) send(state, person, index)
}

function send({ out }: CoreState, { seat, outbox }: Person, index: number): void {
  const message = outbox[index]
  if (seat === null || message === undefined) return
  const frame = seat.session.seal(opcodes.message, encodeDirect(message))
  out.link({ kind: 'send', connection: seat.connection, frame })
}

/** Their device has the direct messages up to this one. */
export function receivedDirect({ out }: CoreState, person: Person, id: bigint): void {
  const done = person.outbox.filter(one => one.id <= id)
  if (done.length === 0) return
  person.outbox = person.outbox.filter(one => one.id > id)
  out.persist({ t: 'told', patient: person.id, id })
  for (const one of done) out.event({ kind: 'direct-received', patient: person.name, id: one.id })
}

/** Who left is sent nothing any more. The record of the leaving says so, too. */
export function forgetOutbox({ out }: CoreState, person: Person): void {
  if (person.outbox.length === 0) return
  const ids = person.outbox.map(({ id }) => id)
  person.outbox = []
  out.event({ kind: 'direct-lost', patient: person.name, ids })
}
