/** A patient's way to the doctor's core: connections, one after the other, and the session of the newest one. */
import type { Clock, Random } from '@chartseal/core/ports'
import type { SeatKeys } from '../conference/keys.js'
import type { Meter } from '../conference/meter.js'
import type { Session } from '../conference/session.js'
import { BackOff } from './back-off.js'
import { Dial, type NewSession, refusalIn } from './dial.js'
import type { KeptTicket } from './record.js'
import type { PatientOutput, PatientPhase, PatientPolicy } from './types.js'

const never = Number.POSITIVE_INFINITY
/** A core that started anew is not met by everybody in one moment. */
const restartSpreadMs = 3_000
/** Whoever says that it has ended proves nothing: it is tried on, but not often. The end that is signed is believed. */
const endedRetryMs = 60_000

export interface WayOptions {
  readonly keys: SeatKeys
  readonly policy: PatientPolicy
  readonly clock: Clock
  readonly random: Random
  readonly meter: Meter | undefined
  readonly ticket: KeptTicket | null
}

export interface WayEvents {
  /** The core's clock ahead of this device's, as far as a session has said. */
  readonly aheadMs: number
  put(output: PatientOutput): void
  /** The session is gone. */
  detach(): void
}

export class Way {
  phase: PatientPhase = 'idle'
  session: Session | null = null
  by: 'handshake' | 'ticket' = 'handshake'
  /** When what is awaited has not come. */
  deadlineMs: number = never
  readonly #policy: PatientPolicy
  readonly #clock: Clock
  readonly #events: WayEvents
  readonly #dial: Dial
  readonly #backOff: BackOff
  /** A connection was asked for, although nothing is to be done before it is there. */
  #isExpected = false

  constructor({ keys, policy, clock, random, meter, ticket }: WayOptions, events: WayEvents) {
    this.#policy = policy
    this.#clock = clock
    this.#events = events
    this.#dial = new Dial(keys, random, meter, ticket)
    this.#backOff = new BackOff(policy, random)
  }

  get ticket(): KeptTicket | null {
    return this.#dial.ticket
  }

  /** Takes the secret over. */
  useTicket(ticket: KeptTicket | null): void {
    this.#dial.useTicket(ticket)
  }

  /** Whether somebody is at the other end, or may be. */
  get isUnder(): boolean {
    return this.phase === 'greeting' || this.phase === 'proving' || this.phase === 'member'
  }

  /** Nobody has asked for it, or not any more. */
  get isAtRest(): boolean {
    return this.phase === 'idle' || this.phase === 'outside'
  }

  /** Now, where nothing is on its way. */
  begin(): void {
    if (!this.isAtRest) return
    this.phase = 'connecting'
    this.#connect(0)
  }

  /** They are out for so long, and come by themselves then. */
  beginAfter(ms: number): void {
    this.#connect(ms + this.#backOff.within(restartSpreadMs))
  }

  #connect(afterMs: number): void {
    this.#isExpected = true
    this.#events.put({ kind: 'connect', afterMs })
  }

  connected(): void {
    if (!this.#isExpected) return
    this.#isExpected = false
    this.phase = 'greeting'
    this.await()
    this.#send(this.#dial.begin(this.#clock.nowMs(), this.#events.aheadMs))
  }

  /** An answer has to come in time: else another connection is tried. */
  await(): void {
    this.deadlineMs = this.#clock.nowMs() + this.#policy.handshakeTimeoutMs
  }

  /** The doctor's answer to the hello; `null` for what is none. */
  answered(bytes: Uint8Array): NewSession | null {
    if (this.phase !== 'greeting') return null
    const answer = this.#dial.answered(bytes)
    if (answer === null) {
      this.reconnect('handshake', this.#backOff.nextMs())
      return null
    }
    this.session = answer.session
    this.by = answer.by
    this.phase = 'proving'
    return answer
  }

  /** What nobody vouches for. */
  refused(bytes: Uint8Array): void {
    if (this.phase !== 'greeting') {
      this.retry('relay', refusalIn(bytes)?.retryMs ?? 0)
      return
    }
    const answer = this.#dial.refused(bytes, this.#clock.nowMs())
    if (answer?.kind === 'again') this.#send(answer.frame)
    if (answer?.kind === 'later') {
      const hintMs = answer.reason === 'ended' ? endedRetryMs : answer.retryMs
      this.retry(answer.reason, hintMs)
    }
  }

  /** In the group. */
  entered(): void {
    this.phase = 'member'
    this.deadlineMs = never
    this.#backOff.succeeded()
  }

  lost(): void {
    if (!this.isUnder && !this.#isExpected) return
    this.#isExpected = false
    this.disconnect()
    this.#again('lost', this.#backOff.nextMs())
  }

  retry(reason: string, hintMs: number): void {
    this.reconnect(reason, this.#afterMs(reason, hintMs))
  }

  #afterMs(reason: string, hintMs: number): number {
    if (reason === 'no-host') return this.#backOff.forHostMs(hintMs)
    return reason === 'busy' ? this.#backOff.forRoomMs(hintMs) : this.#backOff.nextMs(hintMs)
  }

  /** The core of this session is gone. */
  startedAnew(): void {
    this.reconnect('restart', this.#backOff.within(restartSpreadMs))
  }

  /** Another session, which says where things stand. */
  resync(): void {
    this.reconnect('missing', this.#backOff.nextMs())
  }

  /** This connection is of no more use: another one, after so long. */
  reconnect(reason: string, afterMs: number): void {
    this.disconnect()
    this.#events.put({ kind: 'close' })
    this.#again(reason, afterMs)
  }

  #again(reason: string, afterMs: number): void {
    this.phase = 'connecting'
    this.#events.put({ kind: 'event', event: { kind: 'reconnecting', afterMs, reason } })
    this.#connect(afterMs)
  }

  /** No connection is wanted any more. */
  end(phase: 'outside' | 'ended'): void {
    this.#isExpected = false
    this.disconnect()
    this.phase = phase
  }

  disconnect(): void {
    this.#dial.end()
    this.session?.wipe()
    this.session = null
    this.deadlineMs = never
    this.#events.detach()
  }

  /** Whether what was awaited did not come. */
  isLate(nowMs: number): boolean {
    const leftMs = this.deadlineMs - nowMs
    // Also by a clock that was put back further than that.
    return leftMs <= 0 || (leftMs < never && leftMs > 2 * this.#policy.handshakeTimeoutMs)
  }

  tooLate(): void {
    this.reconnect('timeout', this.#backOff.nextMs())
  }

  wipe(): void {
    this.#dial.wipe()
  }

  #send(bytes: Uint8Array): void {
    this.#events.put({ kind: 'send', bytes })
  }
}
