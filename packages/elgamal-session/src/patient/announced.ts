/** What the doctor says to all: frames of the log, heads and the end; what is acknowledged of it, and whether it is live. */
import type { VerifyingKey } from '@chartseal/core/ed25519'
import type { Clock } from '@chartseal/core/ports'
import type { SeatKeys } from '../conference/keys.js'
import type { Meter } from '../conference/meter.js'
import type { ChainPlace } from '../conference/payloads.js'
import { isSigned, parseNotice } from '../conference/signed-frame.js'
import type { Header } from '../frames.js'
import { Liveness } from './liveness.js'
import { type Gap, Reading } from './reading.js'
import { Receipts } from './receipts.js'
import type { PatientEvent, PatientPolicy } from './types.js'

const never = Number.POSITIVE_INFINITY

export interface AnnouncedOptions {
  readonly keys: SeatKeys
  readonly doctor: VerifyingKey
  readonly policy: PatientPolicy
  readonly clock: Clock
  readonly meter: Meter | undefined
  /** The newest frame that is here; `null` before the first time. */
  readonly place: ChainPlace | null
}

/** What it leads to. */
export interface AnnouncedEvents {
  /** In the group, and listening. */
  readonly isMember: boolean
  event(event: PatientEvent): void
  /** Everything up to here was shown: made durable, and then said to the core. */
  acknowledge(sequence: bigint): void
  /** Another session, which says where things stand. */
  resync(): void
  /** The core that this session is with is gone. */
  startedAnew(): void
  over(reason: 'ended'): void
}

export class Announced {
  readonly reading: Reading
  readonly #options: AnnouncedOptions
  readonly #events: AnnouncedEvents
  readonly #liveness: Liveness
  readonly #receipts: Receipts
  #incarnation = 0
  #live = false

  constructor(options: AnnouncedOptions, events: AnnouncedEvents) {
    const { keys, doctor, meter, place, policy } = options
    this.#options = options
    this.#events = events
    this.#liveness = new Liveness(policy)
    this.reading = new Reading({ conferenceId: keys.id, doctor, meter, place })
    this.#receipts = new Receipts(this.reading.sequence)
  }

  get isLive(): boolean {
    return this.#live
  }

  get aheadMs(): number {
    return this.#liveness.aheadMs
  }

  /** When time alone leads to something. */
  nextMs(hasSession: boolean): number {
    return Math.min(this.#receipts.dueMs, hasSession ? this.#liveness.nextMs : never)
  }

  /** A session begins. */
  begin(aheadMs: number): void {
    this.#liveness.begin(aheadMs)
  }

  /** The session gave keys, and said where frames begin. */
  entered(incarnation: number): void {
    this.#incarnation = incarnation
    this.#receipts.begin(this.reading.sequence)
  }

  /** What the session says about the head counts as one. */
  headed(sequence: bigint, atMs: number): void {
    this.#liveness.heard(sequence, atMs, this.#options.clock.nowMs())
    if (this.#events.isMember) this.#judgeLive()
  }

  /** The session is gone. */
  detach(): void {
    this.#liveness.end()
    if (this.#receipts.dueMs !== never) this.#acknowledge()
    if (!this.#live) return
    this.#live = false
    this.#events.event({ kind: 'live', live: false, sinceMs: this.#options.clock.nowMs() })
  }

  tick(nowMs: number): void {
    if (nowMs >= this.#receipts.dueMs) this.#acknowledge()
    if (!this.#events.isMember) return
    this.#judgeLive()
    if (this.#liveness.isStuck(this.reading.sequence, nowMs)) this.#events.resync()
  }

  /** Signed by the doctor: where the chain stands. */
  head(bytes: Uint8Array, { sequence }: Header): void {
    const head = parseNotice(bytes)
    const { keys, doctor, meter, clock } = this.#options
    if (!this.#events.isMember || head === null) return
    if (!isSigned('head', bytes, keys.id, doctor, meter)) return
    if (head.incarnation > this.#incarnation) {
      this.#events.startedAnew()
      return
    }
    if (this.reading.isForeign({ sequence, hash: head.hash })) {
      this.#events.resync()
      return
    }
    this.#liveness.heard(sequence, head.atMs, clock.nowMs())
    this.#judgeLive()
  }

  /** Signed, and it names the newest frame: what does not come any more is said. */
  end(bytes: Uint8Array, { sequence }: Header): void {
    const { keys, doctor, meter } = this.#options
    if (!isSigned('end', bytes, keys.id, doctor, meter)) return
    const { place } = this.reading
    if (place !== null) this.#sayGap({ from: place.sequence + 1n, to: sequence, reason: 'not-kept' })
    this.#events.over('ended')
  }

  /** A frame of the log. */
  read(bytes: Uint8Array, header: Header): void {
    if (!this.#events.isMember) return
    const result = this.reading.read(bytes, header)
    if (result.kind === 'ignored') return
    if (result.kind === 'trouble') {
      this.#events.resync()
      return
    }
    this.#liveness.progressed()
    if (result.gap !== null) this.#sayGap(result.gap)
    if (result.message !== null) this.#events.event({ kind: 'message', ...result.message })
    const isUrgent = result.message?.emergency ?? false
    if (this.#receipts.isDueFor(isUrgent, this.#options.clock.nowMs())) this.#acknowledge()
    this.#judgeLive()
  }

  #sayGap(gap: Gap): void {
    if (gap.from <= gap.to) this.#events.event({ kind: 'gap', ...gap })
  }

  #acknowledge(): void {
    const { sequence } = this.reading
    if (this.#receipts.take(sequence, this.#options.clock.nowMs())) this.#events.acknowledge(sequence)
  }

  #judgeLive(): void {
    const nowMs = this.#options.clock.nowMs()
    const live = this.#events.isMember && this.#liveness.isLive(this.reading.sequence, nowMs)
    if (live === this.#live) return
    this.#live = live
    this.#events.event({ kind: 'live', live, sinceMs: nowMs })
  }
}
