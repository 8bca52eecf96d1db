/** The machine of a patient: what it does with each input. */
import { VerifyingKey } from '@chartseal/core/ed25519'
import { ChartsealError, coreError } from '@chartseal/core/errors'
import type { Clock } from '@chartseal/core/ports'
import { encodeNothing, encodeReceived, encodeVerification } from '../conference/payloads.js'
import type { Session } from '../conference/session.js'
import { decodeHeader, frameKindOf, type Header, opcodes } from '../frames.js'
import { Announced, type AnnouncedEvents } from './announced.js'
import { PatientOutbox } from './outbox.js'
import type { Reading } from './reading.js'
import { encodePatientRecord, type PatientRecord, parsePatientRecord, type SeatStanding } from './record.js'
import { type SessionEvents, SessionFrames } from './session-frames.js'
import {
  defaultPatientPolicy,
  type PatientEvent,
  type PatientOptions,
  type PatientOutput,
  type PatientStatus,
} from './types.js'
import { Way, type WayEvents } from './way.js'

const fresh: PatientRecord = {
  place: null,
  ticket: null,
  standing: 'out',
  heard: 0n,
  nextId: 1n,
  outbox: [],
}

/** What `ConferencePatient` keeps to itself. */
export class PatientMachine implements SessionEvents, AnnouncedEvents, WayEvents {
  readonly #clock: Clock
  readonly #way: Way
  readonly #announced: Announced
  readonly outbox: PatientOutbox
  readonly #frames: SessionFrames
  #out: PatientOutput[] = []
  heard: bigint
  #standing: SeatStanding

  /** @throws ChartsealError `conference/bad-record`; `key/invalid` for a pinned signing key that is none */
  constructor(options: PatientOptions) {
    const { keys, clock, random, meter } = options
    const doctor = VerifyingKey.of(keys.doctorSigning)
    if (doctor === null) throw coreError('key/invalid', {})
    const record = options.record === null ? fresh : parsePatientRecord(options.record)
    const policy = { ...defaultPatientPolicy, ...options.policy }
    const { place, ticket } = record
    this.#clock = clock
    this.#way = new Way({ keys, policy, clock, random, meter, ticket }, this)
    this.#announced = new Announced({ keys, doctor, policy, clock, meter, place }, this)
    this.outbox = new PatientOutbox(record.outbox, record.nextId)
    this.heard = record.heard
    this.#standing = record.standing
    this.#frames = new SessionFrames(this)
  }

  get reading(): Reading {
    return this.#announced.reading
  }

  get isMember(): boolean {
    return this.#way.phase === 'member' && !this.#isLeaving
  }

  /** They want to be out, and the core may not know it. */
  get #isLeaving(): boolean {
    return this.#standing === 'leaving'
  }

  get status(): PatientStatus {
    return {
      phase: this.#way.phase,
      live: this.#announced.isLive,
      leaving: this.#isLeaving,
      sequence: this.reading.sequence,
      waiting: this.outbox.messages.length,
      nextTickMs: Math.min(this.#way.deadlineMs, this.#announced.nextMs(this.#way.session !== null)),
    }
  }

  get aheadMs(): number {
    return this.#announced.aheadMs
  }

  get isOver(): boolean {
    return this.#way.phase === 'ended'
  }

  /** What the inputs since the last time led to, in order. */
  take(): readonly PatientOutput[] {
    const out = this.#out
    this.#out = []
    return out
  }

  /** Whoever comes again before the core was told that they left has not left. */
  join(): void {
    const way = this.#way
    if (!this.#isLeaving && !way.isAtRest) return
    if (this.#standing !== 'in') {
      this.#standing = 'in'
      this.persist()
    }
    if (way.phase === 'proving' || way.phase === 'member') way.reconnect('left', 0)
    else way.begin()
  }

  connected(): void {
    this.#way.connected()
  }

  lost(): void {
    this.#way.lost()
  }

  detach(): void {
    this.#announced.detach()
  }

  received(bytes: Uint8Array): void {
    if (!this.#way.isUnder) return
    try {
      this.#frame(bytes, decodeHeader(bytes))
    } catch (error) {
      // What nobody vouches for ends nothing.
      if (!(error instanceof ChartsealError)) throw error
    }
  }

  #frame(bytes: Uint8Array, header: Header): void {
    switch (frameKindOf(header)) {
      case 'hello':
        this.#answered(bytes)
        return
      case 'clear':
        this.#way.refused(bytes)
        return
      case 'head':
        this.#announced.head(bytes, header)
        return
      case 'signed':
        if (header.opcode === opcodes.disconnect) this.#announced.end(bytes, header)
        else this.#announced.read(bytes, header)
        return
      case 'session':
        this.#inSession(bytes)
        return
    }
  }

  #answered(bytes: Uint8Array): void {
    const answer = this.#way.answered(bytes)
    if (answer === null) return
    const { session, welcome, sentMs } = answer
    // By when the hello was sent, as the welcome may have been held back: heads are taken for older rather than younger.
    this.#announced.begin(welcome.nowMs - sentMs)
    const { sequence } = this.reading
    const { handshakeHash } = session
    const proof = { handshakeHash, sequence, heard: this.heard, isGoodbye: this.#isLeaving }
    this.send(session.seal(opcodes.verification, encodeVerification(proof)))
  }

  #inSession(bytes: Uint8Array): void {
    const { session } = this.#way
    const opened = session?.open(bytes) ?? null
    if (session !== null && opened !== null) this.#frames.take(session, opened)
  }

  startedAnew(): void {
    this.#way.startedAnew()
  }

  resync(): void {
    this.#way.resync()
  }

  retry(reason: string, hintMs: number): void {
    this.#way.retry(reason, hintMs)
  }

  /** Durable here first, and then known there. */
  acknowledge(sequence: bigint): void {
    this.persist()
    const { session } = this.#way
    if (session !== null) this.send(session.seal(opcodes.received, encodeReceived({ sequence })))
  }

  tick(): void {
    const nowMs = this.#clock.nowMs()
    if (this.#way.isLate(nowMs)) this.#way.tooLate()
    else this.#announced.tick(nowMs)
  }

  say(text: string): void {
    const session = this.isMember ? this.#way.session : null
    const message = this.outbox.add(text, session !== null)
    this.persist()
    this.event({ kind: 'direct-sent', id: message.id })
    if (session !== null) this.send(this.#frames.ownMessage(session, message))
  }

  /** Nothing is shown any more; the core is told now, or when there is a connection, and answers. */
  leave(): void {
    this.#giveUpMessages()
    if (this.#standing === 'out') {
      this.#left()
      return
    }
    const { phase, session } = this.#way
    if (!this.#isLeaving) {
      this.#standing = 'leaving'
      this.persist()
      this.event({ kind: 'leaving' })
      if (phase === 'member' && session !== null) this.#sayGoodbye(session)
    }
    this.#way.begin()
  }

  #giveUpMessages(): void {
    const ids = this.outbox.clear()
    if (ids.length > 0) this.event({ kind: 'direct-lost', ids })
  }

  /** Without an answer in time it is said again on another connection. */
  #sayGoodbye(session: Session): void {
    this.#way.await()
    this.send(session.seal(opcodes.exit, encodeNothing()))
  }

  /** The core has answered a goodbye. */
  released(): void {
    if (this.#isLeaving) this.#left()
  }

  #left(): void {
    this.#giveUpMessages()
    this.#way.useTicket(null)
    this.stayOut({ kind: 'left' })
  }

  /** Out, until somebody asks to join again. */
  stayOut(event: PatientEvent): void {
    this.#way.end('outside')
    this.#standing = 'out'
    this.#out.push({ kind: 'close' })
    this.persist()
    this.event(event)
  }

  /** By the doctor's word; who is blocked for some time comes back after it. */
  blocked(seconds: number | null): void {
    this.#way.useTicket(null)
    if (this.#isLeaving) {
      this.#left()
      return
    }
    const untilMs = seconds === null ? null : this.#clock.nowMs() + 1_000 * seconds
    this.stayOut({ kind: 'blocked', untilMs })
    if (seconds !== null) this.#way.beginAfter(1_000 * seconds)
  }

  over(reason: 'ended' | 'removed'): void {
    const ids = this.outbox.clear()
    this.#way.useTicket(null)
    this.stayOut({ kind: 'ended', reason })
    if (ids.length > 0) this.event({ kind: 'direct-lost', ids })
    this.close()
  }

  close(): void {
    this.#way.end('ended')
    this.reading.wipe()
    this.#way.wipe()
  }

  /** The session gave keys, and said where frames begin. */
  entered(incarnation: number): void {
    const isNew = this.#way.phase !== 'member'
    this.#way.entered()
    this.#announced.entered(incarnation)
    if (this.#isLeaving) {
      // They asked to be out while the proof was on its way.
      if (this.#way.session !== null) this.#sayGoodbye(this.#way.session)
      return
    }
    this.#standing = 'in'
    this.persist()
    if (isNew) this.event({ kind: 'joined', by: this.#way.by })
  }

  /** What the session says about the head counts as one. */
  headed(sequence: bigint, atMs: number): void {
    this.#announced.headed(sequence, atMs)
  }

  keepTicket(ticket: Uint8Array, psk: Uint8Array): void {
    this.#way.useTicket({ ticket, psk })
  }

  dropTicket(): void {
    this.#way.useTicket(null)
  }

  persist(): void {
    const { place } = this.reading
    const { messages: outbox, nextId } = this.outbox
    const { ticket } = this.#way
    const record = { place, ticket, standing: this.#standing, heard: this.heard, nextId, outbox }
    this.#out.push({ kind: 'persist', record: encodePatientRecord(record) })
  }

  put(output: PatientOutput): void {
    this.#out.push(output)
  }

  send(bytes: Uint8Array): void {
    this.#out.push({ kind: 'send', bytes })
  }

  event(event: PatientEvent): void {
    this.#out.push({ kind: 'event', event })
  }
}
