/** Direct messages to patients: kept until their device has received them, or they leave. */
import { encodeDirect } from '../conference/payloads.js'
import { requireText } from '../conference/text.js'
import { opcodes } from '../frames.js'
import type { Person } from './person.js'
import type { CoreState } from './state.js'

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

/** Whoever had another device before is sent no number a second time. */
export function numberFrom({ out }: CoreState, person: Person, next: bigint): void {
  if (next <= person.nextDirect) return
  person.nextDirect = next
  out.persist({ t: 'told', patient: person.id, id: next - 1n })
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
