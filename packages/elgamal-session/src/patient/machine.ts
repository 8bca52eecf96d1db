/** The machine of a patient: what it does with each input. */
import { VerifyingKey } from '@chartseal/core/ed25519'
import { ChartsealError, coreError } from '@chartseal/core/errors'
import type { Clock } from '@chartseal/core/ports'
import { encodeNothing, encodeReceived, encodeVerification } from '../conference/payloads.js'
import type { Session } from '../conference/session.js'
import { decodeHeader, frameKindOf, type Header, opcodes } from '../frames.js'
import { Announced, type AnnouncedEvents } from './announced.js'
import { BackOff } from './back-off.js'
import { Dial, refusalIn } from './dial.js'
import { PatientOutbox } from './outbox.js'
import type { Reading } from './reading.js'
import { encodePatientRecord, type PatientRecord, parsePatientRecord, type SeatStanding } from './record.js'
import { type SessionEvents, SessionFrames } from './session-frames.js'
import {
  defaultPatientPolicy,
  type PatientEvent,
  type PatientOptions,
  type PatientOutput,
  type PatientPhase,
  type PatientPolicy,
  type PatientStatus,
} from './types.js'

const never = Number.POSITIVE_INFINITY
/** A core that started anew is not met by everybody in one moment. */
const restartSpreadMs = 3_000
/** Whoever says that it has ended proves nothing: it is tried on, but not often. The end that is signed is believed. */
const endedRetryMs = 60_000
const fresh: PatientRecord = {
  place: null,
  ticket: null,
  standing: 'out',
  heard: 0n,
  nextId: 1n,
  outbox: [],
}

/** What `ConferencePatient` keeps to itself. */
export class PatientMachine implements SessionEvents, AnnouncedEvents {
  readonly #policy: PatientPolicy
  readonly #clock: Clock
  readonly #dial: Dial
  readonly #backOff: BackOff
  readonly #announced: Announced
  readonly outbox: PatientOutbox
  readonly #frames: SessionFrames
  #out: PatientOutput[] = []
  #phase: PatientPhase = 'idle'
  #session: Session | null = null
  #by: 'handshake' | 'ticket' = 'handshake'
  heard: bigint
  #standing: SeatStanding
  #deadlineMs = never
  /** A connection was asked for, although nothing is to be done before it is there. */
  #isExpected = false

  /** @throws ChartsealError `conference/bad-record`; `key/invalid` for a pinned signing key that is none */
  constructor(options: PatientOptions) {
    const { keys, clock, random, meter } = options
    const doctor = VerifyingKey.of(keys.doctorSigning)
    if (doctor === null) throw coreError('key/invalid', {})
    const record = options.record === null ? fresh : parsePatientRecord(options.record)
    this.#policy = { ...defaultPatientPolicy, ...options.policy }
    this.#clock = clock
    this.#dial = new Dial(keys, random, meter, record.ticket)
    this.#backOff = new BackOff(this.#policy, random)
    const { place } = record
    this.#announced = new Announced({ keys, doctor, policy: this.#policy, clock, meter, place }, this)
    this.outbox = new PatientOutbox(record.outbox, record.nextId)
    this.heard = record.heard
    this.#standing = record.standing
    this.#frames = new SessionFrames(this)
  }

  get reading(): Reading {
    return this.#announced.reading
  }

  get isMember(): boolean {
    return this.#phase === 'member' && !this.#isLeaving
  }

  /** They want to be out, and the core may not know it. */
  get #isLeaving(): boolean {
    return this.#standing === 'leaving'
  }

  get status(): PatientStatus {
    return {
      phase: this.#phase,
      live: this.#announced.isLive,
      leaving: this.#isLeaving,
      sequence: this.reading.sequence,
      waiting: this.outbox.messages.length,
      nextTickMs: Math.min(this.#deadlineMs, this.#announced.nextMs(this.#session !== null)),
    }
  }

  get isOver(): boolean {
    return this.#phase === 'ended'
  }

  /** What the inputs since the last time led to, in order. */
  take(): readonly PatientOutput[] {
    const out = this.#out
    this.#out = []
    return out
  }

  /** Whoever comes again before the core was told that they left has not left. */
  join(): void {
    const wasLeaving = this.#isLeaving
    if (!wasLeaving && this.#phase !== 'idle' && this.#phase !== 'outside') return
    if (this.#standing !== 'in') {
      this.#standing = 'in'
      this.persist()
    }
    if (this.#phase === 'proving' || this.#phase === 'member') {
      this.reconnect('left', 0)
      return
    }
    if (this.#phase === 'idle' || this.#phase === 'outside') this.#comeIn()
  }

  #comeIn(): void {
    this.#phase = 'connecting'
    this.#connect(0)
  }

  #connect(afterMs: number): void {
    this.#isExpected = true
    this.#out.push({ kind: 'connect', afterMs })
  }

  connected(): void {
    if (!this.#isExpected) return
    this.#isExpected = false
    this.#phase = 'greeting'
    this.#deadlineMs = this.#clock.nowMs() + this.#policy.handshakeTimeoutMs
    this.send(this.#dial.begin(this.#clock.nowMs(), this.#announced.aheadMs))
  }

  received(bytes: Uint8Array): void {
    if (this.#phase !== 'greeting' && this.#phase !== 'proving' && this.#phase !== 'member') return
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
        this.#refused(bytes)
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
    if (this.#phase !== 'greeting') return
    const answer = this.#dial.answered(bytes)
    if (answer === null) {
      this.reconnect('handshake', this.#backOff.nextMs())
      return
    }
    const { session, welcome, by, sentMs } = answer
    this.#session = session
    this.#by = by
    this.#phase = 'proving'
    // By when the hello was sent, as the welcome may have been held back: heads are taken for older rather than younger.
    this.#announced.begin(welcome.nowMs - sentMs)
    const { sequence } = this.reading
    const { handshakeHash } = session
    const proof = { handshakeHash, sequence, heard: this.heard, isGoodbye: this.#isLeaving }
    this.send(session.seal(opcodes.verification, encodeVerification(proof)))
  }

  #refused(bytes: Uint8Array): void {
    if (this.#phase !== 'greeting') {
      this.retry('relay', refusalIn(bytes)?.retryMs ?? 0)
      return
    }
    const answer = this.#dial.refused(bytes, this.#clock.nowMs())
    if (answer?.kind === 'again') this.send(answer.frame)
    if (answer?.kind === 'later') {
      const hintMs = answer.reason === 'ended' ? endedRetryMs : answer.retryMs
      this.retry(answer.reason, hintMs)
    }
  }

  #inSession(bytes: Uint8Array): void {
    const session = this.#session
    const opened = session?.open(bytes) ?? null
    if (session !== null && opened !== null) this.#frames.take(session, opened)
  }

  startedAnew(): void {
    this.reconnect('restart', this.#backOff.within(restartSpreadMs))
  }

  /** Another session, which says where things stand. */
  resync(): void {
    this.reconnect('missing', this.#backOff.nextMs())
  }

  /** Durable here first, and then known there. */
  acknowledge(sequence: bigint): void {
    this.persist()
    const session = this.#session
    if (session !== null) this.send(session.seal(opcodes.received, encodeReceived({ sequence })))
  }

  lost(): void {
    const isUnder = this.#phase === 'greeting' || this.#phase === 'proving' || this.#phase === 'member'
    if (!isUnder && !this.#isExpected) return
    this.#isExpected = false
    this.#disconnect()
    this.#phase = 'connecting'
    const afterMs = this.#backOff.nextMs()
    this.event({ kind: 'reconnecting', afterMs, reason: 'lost' })
    this.#connect(afterMs)
  }

  /** This connection is of no more use: another one, after so long. */
  reconnect(reason: string, afterMs: number): void {
    this.#disconnect()
    this.#phase = 'connecting'
    this.#out.push({ kind: 'close' })
    this.event({ kind: 'reconnecting', afterMs, reason })
    this.#connect(afterMs)
  }

  #disconnect(): void {
    this.#dial.end()
    this.#session?.wipe()
    this.#session = null
    this.#deadlineMs = never
    this.#announced.detach()
  }

  tick(): void {
    const nowMs = this.#clock.nowMs()
    const leftMs = this.#deadlineMs - nowMs
    // Also by a clock that was put back further than that.
    if (leftMs <= 0 || (leftMs < never && leftMs > 2 * this.#policy.handshakeTimeoutMs)) {
      this.reconnect('timeout', this.#backOff.nextMs())
      return
    }
    this.#announced.tick(nowMs)
  }

  say(text: string): void {
    const session = this.isMember ? this.#session : null
    const message = this.outbox.add(text, session !== null)
    this.persist()
    this.event({ kind: 'direct-sent', id: message.id })
    if (session !== null) this.send(this.#frames.ownMessage(session, message))
  }

  /** Nothing is shown any more; the core is told now, or when there is a connection, and answers. */
  leave(): void {
    const ids = this.outbox.clear()
    if (ids.length > 0) this.event({ kind: 'direct-lost', ids })
    if (this.#standing === 'out') {
      this.#left()
      return
    }
    if (!this.#isLeaving) {
      this.#standing = 'leaving'
      this.persist()
      this.event({ kind: 'leaving' })
      if (this.#phase === 'member' && this.#session !== null) this.#sayGoodbye(this.#session)
    }
    if (this.#phase === 'idle' || this.#phase === 'outside') this.#comeIn()
  }

  /** Without an answer in time it is said again on another connection. */
  #sayGoodbye(session: Session): void {
    this.#deadlineMs = this.#clock.nowMs() + this.#policy.handshakeTimeoutMs
    this.send(session.seal(opcodes.exit, encodeNothing()))
  }

  /** The core has answered a goodbye. */
  released(): void {
    if (this.#isLeaving) this.#left()
  }

  #left(): void {
    this.#dial.useTicket(null)
    this.stayOut({ kind: 'left' })
  }

  /** Out, until somebody asks to join again. */
  stayOut(event: PatientEvent): void {
    this.#isExpected = false
    this.#disconnect()
    this.#phase = 'outside'
    this.#standing = 'out'
    this.#out.push({ kind: 'close' })
    this.persist()
    this.event(event)
  }

  /** By the doctor's word; who is blocked for some time comes back after it. */
  blocked(seconds: number | null): void {
    this.#dial.useTicket(null)
    if (this.#isLeaving) {
      this.#left()
      return
    }
    const untilMs = seconds === null ? null : this.#clock.nowMs() + 1_000 * seconds
    this.stayOut({ kind: 'blocked', untilMs })
    if (seconds !== null) this.#connect(1_000 * seconds + this.#backOff.within(restartSpreadMs))
  }

  over(reason: 'ended' | 'removed'): void {
    const ids = this.outbox.clear()
    this.#dial.useTicket(null)
    this.stayOut({ kind: 'ended', reason })
    if (ids.length > 0) this.event({ kind: 'direct-lost', ids })
    this.close()
  }

  close(): void {
    if (this.#session !== null) this.#disconnect()
    this.reading.wipe()
    this.#dial.wipe()
    this.#phase = 'ended'
  }

  /** The session gave keys, and said where frames begin. */
  entered(incarnation: number): void {
    const isNew = this.#phase !== 'member'
    this.#phase = 'member'
    this.#deadlineMs = never
    this.#announced.entered(incarnation)
    this.#backOff.succeeded()
    if (this.#isLeaving) {
      // They asked to be out while the proof was on its way.
      if (this.#session !== null) this.#sayGoodbye(this.#session)
      return
    }
    this.#standing = 'in'
    this.persist()
    if (isNew) this.event({ kind: 'joined', by: this.#by })
  }

  /** What the session says about the head counts as one. */
  headed(sequence: bigint, atMs: number): void {
    this.#announced.headed(sequence, atMs)
  }

  keepTicket(ticket: Uint8Array, psk: Uint8Array): void {
    this.#dial.useTicket({ ticket, psk })
  }

  dropTicket(): void {
    this.#dial.useTicket(null)
  }

  retry(reason: string, hintMs: number): void {
    const afterMs = reason === 'no-host' ? this.#backOff.forHostMs(hintMs) : this.#backOff.nextMs(hintMs)
    this.reconnect(reason, afterMs)
  }

  persist(): void {
    const { place } = this.reading
    const { messages: outbox, nextId } = this.outbox
    const { ticket } = this.#dial
    const record = { place, ticket, standing: this.#standing, heard: this.heard, nextId, outbox }
    this.#out.push({ kind: 'persist', record: encodePatientRecord(record) })
  }

  send(bytes: Uint8Array): void {
    this.#out.push({ kind: 'send', bytes })
  }

  event(event: PatientEvent): void {
    this.#out.push({ kind: 'event', event })
  }
}
