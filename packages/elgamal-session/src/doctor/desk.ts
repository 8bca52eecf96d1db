/** Frames of members: what they have received, direct messages either way, and their exit. */
import { ChartsealError } from '@chartseal/core/errors'
import {
  encodeFarewell,
  encodeNothing,
  encodeReceived,
  parseDirect,
  parseNothing,
  parseReceived,
} from '../conference/payloads.js'
import { type OpenedFrame, opcodes } from '../frames.js'
import { block, leave, unseat } from './membership.js'
import { receivedDirect } from './outbox.js'
import type { Person } from './person.js'
import { lowerOf, received } from './received.js'
import type { CoreState } from './state.js'

const tooFastRetryMs = 10_000
/** Of one patient: a doctor who reads nothing is not buried. */
const maxUnshown = 64

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
      onReceived(state, person, plaintext)
      return
    case opcodes.message:
      onDirect(state, person, plaintext)
      return
    case opcodes.exit:
      parseNothing(plaintext)
      leave(state, person, 'exit', 0, { opcode: opcodes.exit, plaintext: encodeNothing() })
      return
    default:
      block(state, person, 'misbehaved')
      return
  }
}

function onReceived(state: CoreState, person: Person, plaintext: Uint8Array): void {
  const one = parseReceived(plaintext)
  if ('direct' in one) {
    receivedDirect(state, person, one.direct)
    return
  }
  received(state, person, lowerOf(one.sequence, state.chain.newest.sequence))
}

function onDirect(state: CoreState, person: Person, plaintext: Uint8Array): void {
  const { out } = state
  const { id, text } = parseDirect(plaintext)
  if (id > person.heard) {
    if (!mayWrite(state, person) || person.unshown.length >= maxUnshown) {
      tooFast(state, person)
      return
    }
    person.heard = id
    person.unshown.push({ id, text })
    out.persist({ t: 'from', patient: person.id, id, text })
    out.event({ kind: 'direct', patient: person.name, id, text })
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

/** The doctor has seen them up to this one; they need not be told again. */
export function shown({ out }: CoreState, person: Person, id: bigint): void {
  const rest = person.unshown.filter(one => one.id > id)
  if (rest.length === person.unshown.length) return
  person.unshown = rest
  out.persist({ t: 'shown', patient: person.id, id })
}
