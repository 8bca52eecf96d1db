/** What goes into a patient of a conference and what comes out of it: values only. */
import type { Clock, Random } from '@chartseal/core/ports'
import type { SeatKeys } from '../conference/keys.js'
import type { Meter } from '../conference/meter.js'

export interface PatientOptions {
  readonly keys: SeatKeys
  /** The newest one that was persisted; `null` for the first time. */
  readonly record: Uint8Array | null
  readonly policy?: Partial<PatientPolicy>
  readonly clock: Clock
  readonly random: Random
  readonly meter?: Meter
}

export interface PatientPolicy {
  /** Without a head for so long the conference is not live. */
  readonly liveMs: number
  /** From the connection to the group key. */
  readonly handshakeTimeoutMs: number
  /** Frames that the head says there are, and that did not come: then another connection is tried. */
  readonly missingMs: number
  /** Of the full-jitter back-off. */
  readonly firstRetryMs: number
  readonly maxRetryMs: number
  /** Whoever is refused because the doctor is not there tries again within so long, however often that was so. */
  readonly hostRetryMs: number
}

export type PatientInput =
  /** Joins, or comes again after a block, another device's take-over or an exit. */
  | { readonly kind: 'join' }
  /** The connection that `connect` asked for is there. */
  | { readonly kind: 'connected' }
  /** One frame. */
  | { readonly kind: 'received'; readonly bytes: Uint8Array }
  /** The connection is lost, or could not be made. */
  | { readonly kind: 'lost' }
  /** At `nextTickMs` or earlier; each 250 ms does. */
  | { readonly kind: 'tick' }
  /** To the doctor alone: kept until the doctor's core has it, over lost connections and crashes. */
  | { readonly kind: 'say'; readonly text: string }
  /** Out of the conference: nothing more is shown. The core is told now, or whenever there is a connection, and answers. */
  | { readonly kind: 'leave' }
  /** The process ends and they stay a member: secrets in memory are wiped. */
  | { readonly kind: 'close' }

/** In order; what follows a `persist` waits until that is durable. */
export type PatientOutput =
  /** In place of the record before it. It holds a secret. */
  | { readonly kind: 'persist'; readonly record: Uint8Array }
  /** A new connection, after so long; a later wish replaces an earlier one. */
  | { readonly kind: 'connect'; readonly afterMs: number }
  /** On the newest connection. */
  | { readonly kind: 'send'; readonly bytes: Uint8Array }
  /** Closes the connection; `lost` need not be reported for it. */
  | { readonly kind: 'close' }
  | { readonly kind: 'event'; readonly event: PatientEvent }

export type PatientEvent =
  /** In the group: for the first time, or again. */
  | { readonly kind: 'joined'; readonly by: 'handshake' | 'ticket' }
  /** To all, signed by the doctor; each once but after a crash, when the last ones may come again. */
  | {
      readonly kind: 'message'
      readonly sequence: bigint
      readonly text: string
      readonly emergency: boolean
      /** When the doctor's core made it, by its clock. */
      readonly atMs: number
    }
  /** From the doctor to this patient alone. */
  | { readonly kind: 'direct'; readonly id: bigint; readonly text: string }
  /** One of their own: durable here, and received by the doctor's core. */
  | { readonly kind: 'direct-sent'; readonly id: bigint }
  | { readonly kind: 'direct-received'; readonly id: bigint }
  /** They left before the doctor's core had it, or the conference ended. */
  | { readonly kind: 'direct-lost'; readonly ids: readonly bigint[] }
  /** Whether everything that the doctor said until a moment ago is here; `sinceMs` by this device's clock. */
  | { readonly kind: 'live'; readonly live: boolean; readonly sinceMs: number }
  /** Messages that are missing for good, both ends included. */
  | { readonly kind: 'gap'; readonly from: bigint; readonly to: bigint; readonly reason: GapReason }
  /** The connection is lost; another one is tried after so long. */
  | { readonly kind: 'reconnecting'; readonly afterMs: number; readonly reason: string }
  /** By the doctor's word; `untilMs` by this device's clock, `null` until lifted. */
  | { readonly kind: 'blocked'; readonly untilMs: number | null }
  /** Another device with this key is in the conference: this one does not come back by itself. */
  | { readonly kind: 'taken-over' }
  /** They want to be out, which is durable here; until the core has answered they are a member there who may be away. */
  | { readonly kind: 'leaving' }
  /** Out, and the core knows it, or never had them. */
  | { readonly kind: 'left' }
  /** The doctor ended the conference, or removed this patient from it; signed or from the session. */
  | { readonly kind: 'ended'; readonly reason: 'ended' | 'removed' }

/**
 * `not-member`: said while they were out. `not-kept`: longer ago than the log goes back. `withheld`: the relay did not
 * deliver them when asked again. `replaced`: the doctor goes on from another history, as after a restored backup.
 */
export type GapReason = 'not-member' | 'not-kept' | 'withheld' | 'replaced'

/** `idle`: not asked to join. `outside`: blocked, displaced or left. */
export type PatientPhase = 'idle' | 'connecting' | 'greeting' | 'proving' | 'member' | 'outside' | 'ended'

export interface PatientStatus {
  readonly phase: PatientPhase
  readonly live: boolean
  /** They left, and the core has not answered. */
  readonly leaving: boolean
  /** The newest message or commit that is here. */
  readonly sequence: bigint
  /** Own messages that the doctor's core does not have yet. */
  readonly waiting: number
  /** When the next `tick` has something to do, in milliseconds since 1970. */
  readonly nextTickMs: number
}

export const defaultPatientPolicy: PatientPolicy = {
  liveMs: 45_000,
  handshakeTimeoutMs: 15_000,
  missingMs: 10_000,
  firstRetryMs: 500,
  maxRetryMs: 30_000,
  hostRetryMs: 5_000,
}
