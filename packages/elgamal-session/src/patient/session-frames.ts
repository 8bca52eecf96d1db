/** What the core says to one patient, under their session. */
import {
  encodeDirect,
  encodeReceived,
  parseBlocked,
  parseDirect,
  parseFarewell,
  parseGroupKeys,
  parseNothing,
  parseReceived,
  parseTicketGrant,
} from '../conference/payloads.js'
import type { Session } from '../conference/session.js'
import { type OpenedFrame, opcodes } from '../frames.js'
import type { PatientOutbox } from './outbox.js'
import type { Reading } from './reading.js'
import type { OwnMessage } from './record.js'
import type { PatientEvent } from './types.js'

/** What frames of a session lead to. */
export interface SessionEvents {
  readonly isMember: boolean
  readonly reading: Reading
  readonly outbox: PatientOutbox
  /** The newest direct message of the doctor. */
  heard: bigint
  entered(incarnation: number): void
  headed(sequence: bigint, atMs: number): void
  /** Takes the secret over. */
  keepTicket(ticket: Uint8Array, psk: Uint8Array): void
  dropTicket(): void
  retry(reason: string, hintMs: number): void
  stayOut(event: PatientEvent): void
  blocked(seconds: number | null): void
  over(reason: 'ended' | 'removed'): void
  /** The core has them as a member no more, as they asked. */
  released(): void
  persist(): void
  send(bytes: Uint8Array): void
  event(event: PatientEvent): void
}

export class SessionFrames {
  readonly #events: SessionEvents
  #since = 0n

  constructor(events: SessionEvents) {
    this.#events = events
  }

  /** @throws ChartsealError for what the core never sends */
  take(session: Session, { header, plaintext }: OpenedFrame): void {
    switch (header.opcode) {
      case opcodes.ticket:
        this.#ticket(session, plaintext)
        return
      case opcodes.groupKey:
        this.#groupKeys(session, plaintext)
        return
      case opcodes.message:
        this.#direct(session, plaintext)
        return
      case opcodes.received:
        this.#received(plaintext)
        return
      case opcodes.disconnect:
        this.#farewell(plaintext)
        return
      case opcodes.alreadyActive:
        parseNothing(plaintext)
        this.#events.stayOut({ kind: 'taken-over' })
        return
      case opcodes.blocked:
        this.#events.blocked(parseBlocked(plaintext))
        return
      case opcodes.exit:
        parseNothing(plaintext)
        this.#events.released()
        return
    }
  }

  #ticket(session: Session, plaintext: Uint8Array): void {
    const { ticket, since, heard } = parseTicketGrant(plaintext)
    const events = this.#events
    this.#since = since
    events.keepTicket(ticket, Uint8Array.from(session.resumption.reveal()))
    session.resumption.wipe()
    this.#has(heard)
    const ids = events.outbox.skipTo(heard)
    if (ids.length > 0) events.event({ kind: 'direct-lost', ids })
  }

  /** The core has their messages up to this one. */
  #has(id: bigint): void {
    for (const one of this.#events.outbox.received(id)) {
      this.#events.event({ kind: 'direct-received', id: one })
    }
  }

  #groupKeys(session: Session, plaintext: Uint8Array): void {
    const events = this.#events
    const keys = parseGroupKeys(plaintext)
    plaintext.fill(0)
    const gaps = events.reading.take(keys, session.leafKey, this.#since)
    if (keys.after !== null) {
      events.outbox.markSent()
      events.entered(keys.incarnation)
      if (!events.isMember) return
      for (const gap of gaps) events.event({ kind: 'gap', ...gap })
      for (const message of events.outbox.messages) events.send(this.ownMessage(session, message))
    }
    events.headed(keys.head.sequence, keys.head.atMs)
  }

  ownMessage(session: Session, { id, text }: OwnMessage): Uint8Array {
    return session.seal(opcodes.message, encodeDirect({ id, text }))
  }

  /** Shown, then durable, then known there. */
  #direct(session: Session, plaintext: Uint8Array): void {
    const events = this.#events
    const { id, text } = parseDirect(plaintext)
    if (!events.isMember) return
    if (id > events.heard) {
      events.event({ kind: 'direct', id, text })
      events.heard = id
      events.persist()
    }
    events.send(session.seal(opcodes.received, encodeReceived({ direct: events.heard })))
  }

  #received(plaintext: Uint8Array): void {
    const one = parseReceived(plaintext)
    if (!('direct' in one)) return
    this.#has(one.direct)
    this.#events.persist()
  }

  #farewell(plaintext: Uint8Array): void {
    const { reason, retryMs } = parseFarewell(plaintext)
    const events = this.#events
    if (reason === 'removed') {
      events.over('removed')
      return
    }
    if (reason === 'ticket') events.dropTicket()
    events.retry(reason, retryMs)
  }
}
