/** The machine of a patient: what it does with each input. */
import { VerifyingKey } from '@chartseal/core/ed25519'
import { ChartsealError, coreError } from '@chartseal/core/errors'
import type { Clock } from '@chartseal/core/ports'
import { encodeNothing, encodeReceived, encodeVerification } from '../conference/payloads.js'
import type { Session } from '../conference/session.js'
import { isSigned, parseNotice } from '../conference/signed-frame.js'
import { decodeHeader, frameKindOf, type Header, opcodes } from '../frames.js'
import { BackOff } from './back-off.js'
import { Dial, refusalIn } from './dial.js'
import { Liveness } from './liveness.js'
import { PatientOutbox } from './outbox.js'
import { type Gap, Reading } from './reading.js'
import { Receipts } from './receipts.js'
import { encodePatientRecord, type PatientRecord, parsePatientRecord } from './record.js'
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
const fresh: PatientRecord = { place: null, ticket: null, heard: 0n, nextId: 1n, outbox: [] }

/** What `ConferencePatient` keeps to itself. */
export class PatientMachine implements SessionEvents {
  readonly #options: PatientOptions
  readonly #policy: PatientPolicy
  readonly #clock: Clock
  readonly #doctor: VerifyingKey
  readonly #dial: Dial
  readonly #backOff: BackOff
  readonly #liveness: Liveness
  readonly reading: Reading
  readonly outbox: PatientOutbox
  readonly #frames: SessionFrames
  #out: PatientOutput[] = []
  #phase: PatientPhase = 'idle'
  #session: Session | null = null
  #by: 'handshake' | 'ticket' = 'handshake'
  #incarnation = 0
  heard: bigint
  #live = false
  #deadlineMs = never
  readonly #receipts: Receipts
  /** A connection was asked for, although nothing is to be done before it is there. */
  #isExpected = false

  /** @throws ChartsealError `conference/bad-record`; `key/invalid` for a pinned signing key that is none */
  constructor(options: PatientOptions) {
    const { keys, clock, random, meter } = options
    const doctor = VerifyingKey.of(keys.doctorSigning)
    if (doctor === null) throw coreError('key/invalid', {})
    const record = options.record === null ? fresh : parsePatientRecord(options.record)
    this.#options = options
    this.#policy = { ...defaultPatientPolicy, ...options.policy }
    this.#clock = clock
    this.#doctor = doctor
    this.#dial = new Dial(keys, random, meter, record.ticket)
    this.#backOff = new BackOff(this.#policy, random)
    this.#liveness = new Liveness(this.#policy)
    this.reading = new Reading({ conferenceId: keys.id, doctor, meter, place: record.place })
    this.outbox = new PatientOutbox(record.outbox, record.nextId)
    this.heard = record.heard
    this.#receipts = new Receipts(this.reading.sequence)
    this.#frames = new SessionFrames(this)
  }

  get status(): PatientStatus {
    return {
      phase: this.#phase,
      live: this.#live,
      sequence: this.reading.sequence,
      waiting: this.outbox.messages.length,
      nextTickMs: Math.min(
        this.#deadlineMs,
        this.#receipts.dueMs,
        this.#session === null ? never : this.#liveness.nextMs,
      ),
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

  join(): void {
    if (this.#phase !== 'idle' && this.#phase !== 'outside') return
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
    this.send(this.#dial.begin(this.#clock.nowMs(), this.#liveness.aheadMs))
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
        this.#head(bytes, header)
        return
      case 'signed':
        header.opcode === opcodes.disconnect ? this.#end(bytes, header) : this.#read(bytes, header)
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
    this.#liveness.begin(welcome.nowMs - sentMs)
    const { sequence } = this.reading
    const proof = { handshakeHash: session.handshakeHash, sequence, heard: this.heard }
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

  /** Signed by the doctor: where the chain stands. */
  #head(bytes: Uint8Array, { sequence }: Header): void {
    const head = parseNotice(bytes)
    const { id } = this.#options.keys
    if (this.#phase !== 'member' || head === null) return
    if (!isSigned('head', bytes, id, this.#doctor, this.#options.meter)) return
    if (head.incarnation > this.#incarnation) {
      this.#startedAnew()
      return
    }
    if (this.reading.isForeign({ sequence, hash: head.hash })) {
      this.#resync()
      return
    }
    this.#liveness.heard(sequence, head.atMs, this.#clock.nowMs())
    this.#judgeLive()
  }

  #startedAnew(): void {
    this.reconnect('restart', this.#backOff.within(restartSpreadMs))
  }

  /** Another session, which says where things stand. */
  #resync(): void {
    this.reconnect('missing', this.#backOff.nextMs())
  }

  /** Signed, and it names the newest frame: what does not come any more is said. */
  #end(bytes: Uint8Array, { sequence }: Header): void {
    const { keys, meter } = this.#options
    if (!isSigned('end', bytes, keys.id, this.#doctor, meter)) return
    const { place } = this.reading
    if (place !== null) this.#sayGap({ from: place.sequence + 1n, to: sequence, reason: 'not-kept' })
    this.over('ended')
  }

  #read(bytes: Uint8Array, header: Header): void {
    if (this.#phase !== 'member') return
    const result = this.reading.read(bytes, header)
    if (result.kind === 'ignored') return
    if (result.kind === 'trouble') {
      this.#resync()
      return
    }
    this.#liveness.progressed()
    if (result.gap !== null) this.#sayGap(result.gap)
    if (result.message !== null) this.event({ kind: 'message', ...result.message })
    if (this.#receipts.isDueFor(result.message?.emergency ?? false, this.#clock.nowMs())) this.#acknowledge()
    this.#judgeLive()
  }

  #sayGap(gap: Gap): void {
    if (gap.from <= gap.to) this.event({ kind: 'gap', ...gap })
  }

  /** Durable here first, and then known there. */
  #acknowledge(): void {
    const { sequence } = this.reading
    if (!this.#receipts.take(sequence, this.#clock.nowMs())) return
    this.persist()
    const session = this.#session
    if (session !== null) this.send(session.seal(opcodes.received, encodeReceived({ sequence })))
  }

  #judgeLive(): void {
    const nowMs = this.#clock.nowMs()
    const live = this.#phase === 'member' && this.#liveness.isLive(this.reading.sequence, nowMs)
    if (live === this.#live) return
    this.#live = live
    this.event({ kind: 'live', live, sinceMs: nowMs })
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
    this.#liveness.end()
    if (this.#receipts.dueMs !== never) this.#acknowledge()
    if (this.#live) {
      this.#live = false
      this.event({ kind: 'live', live: false, sinceMs: this.#clock.nowMs() })
    }
  }

  tick(): void {
    const nowMs = this.#clock.nowMs()
    const leftMs = this.#deadlineMs - nowMs
    // Also by a clock that was put back further than that.
    if (leftMs <= 0 || (leftMs < never && leftMs > 2 * this.#policy.handshakeTimeoutMs)) {
      this.reconnect('timeout', this.#backOff.nextMs())
      return
    }
    if (nowMs >= this.#receipts.dueMs) this.#acknowledge()
    if (this.#phase !== 'member') return
    this.#judgeLive()
    if (this.#liveness.isStuck(this.reading.sequence, nowMs)) this.#resync()
  }

  say(text: string): void {
    const session = this.#phase === 'member' ? this.#session : null
    const message = this.outbox.add(text, session !== null)
    this.persist()
    this.event({ kind: 'direct-sent', id: message.id })
    if (session !== null) this.send(this.#frames.ownMessage(session, message))
  }

  /** Who is not connected leaves by not coming back: the core is told nothing. */
  leave(): void {
    const session = this.#phase === 'member' ? this.#session : null
    if (session !== null) this.send(session.seal(opcodes.exit, encodeNothing()))
    this.#dial.useTicket(null)
    const ids = this.outbox.clear()
    if (ids.length > 0) this.event({ kind: 'direct-lost', ids })
    this.stayOut({ kind: 'left' })
  }

  /** Out, until somebody asks to join again. */
  stayOut(event: PatientEvent): void {
    this.#isExpected = false
    this.#disconnect()
    this.#phase = 'outside'
    this.#out.push({ kind: 'close' })
    this.persist()
    this.event(event)
  }

  /** By the doctor's word; who is blocked for some time comes back after it. */
  blocked(seconds: number | null): void {
    this.#dial.useTicket(null)
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
    this.#incarnation = incarnation
    this.#phase = 'member'
    this.#deadlineMs = never
    this.#receipts.begin(this.reading.sequence)
    this.#backOff.succeeded()
    this.persist()
    if (isNew) this.event({ kind: 'joined', by: this.#by })
  }

  /** What the session says about the head counts as one. */
  headed(sequence: bigint, atMs: number): void {
    this.#liveness.heard(sequence, atMs, this.#clock.nowMs())
    if (this.#phase === 'member') this.#judgeLive()
  }

  keepTicket(ticket: Uint8Array, psk: Uint8Array): void {
    this.#dial.useTicket({ ticket, psk })
  }

  dropTicket(): void {
    this.#dial.useTicket(null)
  }

  retry(reason: string, hintMs: number): void {
    this.reconnect(reason, this.#backOff.nextMs(hintMs))
  }

  persist(): void {
    const { place } = this.reading
    const { messages: outbox, nextId } = this.outbox
    const record = { place, ticket: this.#dial.ticket, heard: this.heard, nextId, outbox }
    this.#out.push({ kind: 'persist', record: encodePatientRecord(record) })
  }

  send(bytes: Uint8Array): void {
    this.#out.push({ kind: 'send', bytes })
  }

  event(event: PatientEvent): void {
    this.#out.push({ kind: 'event', event })
  }
}
