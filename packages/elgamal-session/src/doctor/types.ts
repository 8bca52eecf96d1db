/** What goes into the core of a conference and what comes out of it: values only. */
import type { Clock, Random } from '@chartseal/core/ports'
import type { ConferenceKeys, EnrolledPatient } from '../conference/keys.js'
import type { Meter } from '../conference/meter.js'
import type { HandshakeWork, WorkedHandshake } from '../noise.js'

export interface CoreOptions {
  readonly keys: ConferenceKeys
  /** Everybody who may come in now; `enrol` and `remove` change that later. */
  readonly patients: readonly EnrolledPatient[]
  /** The records of the journal, in order; none for a new conference. */
  readonly journal: readonly Uint8Array[]
  readonly policy?: Partial<CorePolicy>
  readonly clock: Clock
  readonly random: Random
  readonly meter?: Meter
}

export interface CorePolicy {
  /** What a second device with the same key does: takes over, or gets both blocked as the seed's text asks. */
  readonly duplicates: 'take-over' | 'block-both'
  /** How long a block lasts that is not until lifted. */
  readonly blockMs: number
  /** A hello must be this fresh; ephemeral keys are remembered for twice that. */
  readonly maxSkewMs: number
  /** From the hello to a verified opcode 10. */
  readonly handshakeTimeoutMs: number
  /** Hellos that were answered and have not been verified. */
  readonly maxHalfOpen: number
  /**
   * So many handshakes are given to a pool at a time, which answers each with `worked`; a quarter is for those who come
   * back with a ticket, the others are told to come later when it is full. 0: no pool, the core does them.
   */
  readonly maxWorking: number
  readonly ticketLifeMs: number
  /** How long the relay keeps frames, and this core the keys that open them. */
  readonly retentionMs: number
  readonly headEveryMs: number
  /** Under load, which is `loadChanges` or more that wait, a commit goes out so long after the first: longer the more members there are, up to a limit. */
  readonly commitUnderLoadMs: number
  readonly commitUnderLoadMsPerMember: number
  readonly commitUnderLoadMostMs: number
  readonly loadChanges: number
  /** Changes that a commit needs more bytes for go out at once: two such commits fit into a frame, beside a broadcast. */
  readonly commitBytes: number
  /** Without load. */
  readonly commitAtLatestMs: number
  /** Direct messages that a patient may send at once, and how long until there is room for one more. */
  readonly directBurst: number
  readonly directEveryMs: number
  /** Members who were away for so long, while they could have come, are out. */
  readonly maxAwayMs: number
}

export type CoreInput =
  /** One message of the relay; the first of a link says that it is there. */
  | { readonly kind: 'link'; readonly bytes: Uint8Array }
  /** The host link is gone; what is said meanwhile is made durable and goes out when there is one again. */
  | { readonly kind: 'detached' }
  /** Time passes: at {@link CoreTimes.nextTickMs} or earlier; each 100 ms does. */
  | { readonly kind: 'tick' }
  /** Somebody new; or somebody known by name with a new key, who thereby leaves and may come in again. */
  | { readonly kind: 'enrol'; readonly patients: readonly EnrolledPatient[] }
  /** Out for good. */
  | { readonly kind: 'remove'; readonly patient: string }
  /** What a pool made of a `work`, in any order. */
  | ({ readonly kind: 'worked' } & Worked)
  | { readonly kind: 'say'; readonly text: string; readonly emergency?: boolean }
  | { readonly kind: 'direct'; readonly patient: string; readonly text: string }
  /** The doctor was shown this patient's direct messages up to an id: they do not come again after a new start. */
  | { readonly kind: 'shown'; readonly patient: string; readonly id: bigint }
  /** For `policy.blockMs`, or until lifted. */
  | { readonly kind: 'block'; readonly patient: string; readonly untilLifted?: boolean }
  | { readonly kind: 'unblock'; readonly patient: string }
  /** The end of the conference: all are told, and nothing is done any more. The caller destroys journal and keys. */
  | { readonly kind: 'end' }
  /** The process ends and the conference does not: secrets are wiped, patients come back when a core is there again. */
  | { readonly kind: 'close' }

/** In order; what follows a `persist` or `replace` waits until that is durable. */
export type CoreOutput =
  /** To be appended to the journal. */
  | { readonly kind: 'persist'; readonly record: Uint8Array }
  /** In place of the whole journal, atomically: shorter, and without keys that are no longer needed. */
  | { readonly kind: 'replace'; readonly records: readonly Uint8Array[] }
  /** One message for the relay; none before its first, and none after `detached`. */
  | { readonly kind: 'link'; readonly bytes: Uint8Array }
  | { readonly kind: 'event'; readonly event: CoreEvent }
  /** For a pool. */
  | ({ readonly kind: 'work' } & Work)

/** A handshake to be worked on in another place; its psk is the pool's to wipe. */
export interface Work {
  readonly connection: number
  readonly number: number
  /** Of somebody who comes back: before all others. */
  readonly isUrgent: boolean
  readonly work: HandshakeWork
}

/** The same one, done: `null` where the message did not open, or nobody could work on it. */
export interface Worked {
  readonly connection: number
  readonly number: number
  /** The core takes it over, and wipes it. */
  readonly worked: WorkedHandshake | null
  /** How long that took, for the meter; 0 where nobody worked on it. */
  readonly elapsedMs: number
}

/** `enrolled-again`: with another shared secret, so that they come in anew; `absent`: away for longer than is allowed. */
export type LeaveReason =
  | 'exit'
  | 'blocked'
  | 'misbehaved'
  | 'duplicate'
  | 'removed'
  | 'enrolled-again'
  | 'absent'

export type CoreEvent =
  /** The relay and its log were taken: `sequence` is that of the newest frame. */
  | { readonly kind: 'live'; readonly sequence: bigint }
  | { readonly kind: 'detached' }
  /** The relay's log went on after this journal ends, as after a restored backup: older tickets count no more. */
  | { readonly kind: 'restored'; readonly sequence: bigint }
  /** The relay lost frames of its log, as after a restored backup: who does not have those up to here will not get them. */
  | { readonly kind: 'log-lost'; readonly sequence: bigint }
  /** Another core goes on with this conference: this one does nothing any more. */
  | { readonly kind: 'superseded' }
  /** The relay shows a log that the doctor's key did not sign, or that is not this conference's. */
  | { readonly kind: 'relay-refused'; readonly reason: string }
  /** A member for the first time, or again after having left. */
  | { readonly kind: 'joined'; readonly patient: string }
  /** A member who was away. */
  | { readonly kind: 'returned'; readonly patient: string; readonly by: 'handshake' | 'ticket' }
  /** The connection is lost; they stay a member. */
  | { readonly kind: 'away'; readonly patient: string }
  | { readonly kind: 'left'; readonly patient: string; readonly reason: LeaveReason }
  /** Another device of theirs took over. */
  | { readonly kind: 'taken-over'; readonly patient: string }
  /** `untilMs` is `null` until lifted. */
  | {
      readonly kind: 'blocked'
      readonly patient: string
      readonly untilMs: number | null
      readonly reason: 'order' | 'misbehaved' | 'duplicate'
    }
  | { readonly kind: 'unblocked'; readonly patient: string }
  /** A hello that was not answered, or a proof that was none: nobody knows whose it was. */
  | { readonly kind: 'refused'; readonly reason: RefusalReason }
  /** The broadcast is durable. */
  | { readonly kind: 'said'; readonly sequence: bigint; readonly emergency: boolean }
  /** The broadcast is durable, and waits until the relay has been there once. */
  | { readonly kind: 'waiting' }
  /** The conference ended before the relay was there: nobody was given these. */
  | { readonly kind: 'never-said'; readonly texts: readonly string[] }
  /** The relay made everything up to here durable. */
  | { readonly kind: 'logged'; readonly sequence: bigint }
  /** From a patient, and durable. Until the input `shown` it comes again after each new start, with the same id. */
  | { readonly kind: 'direct'; readonly patient: string; readonly id: bigint; readonly text: string }
  /** A message to a patient: made durable, received by their device, or given up as they left. */
  | { readonly kind: 'direct-sent'; readonly patient: string; readonly id: bigint }
  | { readonly kind: 'direct-received'; readonly patient: string; readonly id: bigint }
  | { readonly kind: 'direct-lost'; readonly patient: string; readonly ids: readonly bigint[] }
  | { readonly kind: 'ended' }

export type RefusalReason =
  | 'clock'
  | 'replayed'
  | 'busy'
  | 'handshake'
  | 'ticket'
  | 'stranger'
  | 'proof'
  | 'timeout'
  | 'malformed'

/** Where a patient stands. `expected`: enrolled, and has not come in or has left. */
export type MemberState = 'expected' | 'connected' | 'away' | 'blocked'

/** One line of the live list. */
export interface MemberRow {
  readonly name: string
  readonly state: MemberState
  /** The highest sequence up to which they have everything that was for them; 0n before the first. */
  readonly acknowledged: bigint
  /** `none`: none was said while they were a member. */
  readonly emergency: 'none' | 'waiting' | 'received'
  /** The relay feeds them from its log, as they read slowly. */
  readonly behind: boolean
  /** Since when they are in this state, by the core's clock; `null` for `expected` since the start. */
  readonly sinceMs: number | null
  /** Of a block; `null` until lifted, and for who is not blocked. */
  readonly blockedUntilMs: number | null
  /** Direct messages that their device has not received. */
  readonly undelivered: number
}

/** How many there are, without a walk over all. */
export interface MemberCounts {
  readonly enrolled: number
  readonly connected: number
  readonly away: number
  /** Whom the newest emergency message is for, and who has it. */
  readonly emergencyFor: number
  readonly emergencyReceived: number
}

/** What a host asks a core for beside its outputs; `ConferenceCore` is one. */
export interface CoreTimes {
  /** When the next `tick` has something to do, in milliseconds since 1970. */
  readonly nextTickMs: number
}

export const defaultPolicy: CorePolicy = {
  duplicates: 'take-over',
  blockMs: 120_000,
  maxSkewMs: 5_000,
  handshakeTimeoutMs: 10_000,
  maxHalfOpen: 20_000,
  maxWorking: 0,
  ticketLifeMs: 86_400_000,
  retentionMs: 86_400_000,
  headEveryMs: 30_000,
  commitUnderLoadMs: 250,
  commitUnderLoadMsPerMember: 0.5,
  commitUnderLoadMostMs: 5_000,
  loadChanges: 64,
  commitBytes: 400_000,
  commitAtLatestMs: 600_000,
  directBurst: 20,
  directEveryMs: 1_000,
  maxAwayMs: 86_400_000,
}
