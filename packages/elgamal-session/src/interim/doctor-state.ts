/** State, events and effects of the doctor: values only. */
import type { AeadKey, SecretBytes } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import type { EncryptionKeyPair, SigningKeyPair } from '../elgamal.js'
import type { Notice } from './frames.js'
import type { Fingerprint, ParticipantId } from './parse-ids.js'
import type { Primitives } from './primitives.js'
import type { Parties } from './transcript.js'

/** What every step is given from outside. */
export interface Environment {
  /** Milliseconds since 1970. */
  readonly nowMs: number
  readonly random: Random
  readonly primitives: Primitives
}

export interface DoctorLimits {
  readonly maxConnections: number
  /** Connections that have not finished their handshake. */
  readonly maxHalfOpen: number
  readonly handshakeTimeoutMs: number
}

export const defaultDoctorLimits: DoctorLimits = {
  maxConnections: 256,
  maxHalfOpen: 32,
  handshakeTimeoutMs: 10_000,
}

export interface DoctorSettings {
  readonly id: ParticipantId
  readonly key: SigningKeyPair
  /** Who may join, and the pinned key of each; one key belongs to one id. */
  readonly enrolled: ReadonlyMap<ParticipantId, Fingerprint>
  readonly limits?: DoctorLimits
}

/** A number that the transport gave to a connection, never used twice. */
export type ConnectionId = number

export type Connection =
  | { readonly phase: 'opened'; readonly sinceMs: number }
  | {
      readonly phase: 'greeted'
      readonly sinceMs: number
      readonly pair: EncryptionKeyPair
      readonly parties: Parties
    }
  | Authenticated

/** `proven`: the pinned key has signed. `member`: the session key was confirmed, too. */
export interface Authenticated {
  readonly phase: 'proven' | 'member'
  readonly sinceMs: number
  readonly id: ParticipantId
  readonly sessionKey: AeadKey
}

export interface DoctorState {
  readonly id: ParticipantId
  readonly key: SigningKeyPair
  readonly fingerprint: Fingerprint
  readonly enrolled: ReadonlyMap<ParticipantId, Fingerprint>
  readonly limits: DoctorLimits
  /** Stands where the seed has the doctor's private key: enters every group key. */
  readonly conferenceSecret: SecretBytes
  readonly epoch: number
  /** After the event `end` nothing happens any more, and its secret is wiped. */
  readonly ended: boolean
  readonly connections: ReadonlyMap<ConnectionId, Connection>
  readonly blockedUntilMs: ReadonlyMap<ParticipantId, number>
  /** Hashes of signed requests, and when they are too old to be accepted anyway. */
  readonly seenUntilMs: ReadonlyMap<string, number>
}

export type DoctorEvent =
  | { readonly kind: 'opened'; readonly connection: ConnectionId }
  /** The body of one frame. */
  | { readonly kind: 'received'; readonly connection: ConnectionId; readonly body: Uint8Array }
  | { readonly kind: 'closed'; readonly connection: ConnectionId }
  | { readonly kind: 'broadcast'; readonly text: string }
  | { readonly kind: 'block'; readonly id: ParticipantId }
  | { readonly kind: 'end' }
  /** Time passes; at least once a second is enough. */
  | { readonly kind: 'tick' }

export type LeaveReason = 'exit' | 'closed' | 'blocked' | 'duplicate' | 'ended' | 'misbehaved'

/** Why a connection is refused: one of these, or the code of the error that its frame gave. */
export type RefusalReason =
  | 'full'
  | 'timeout'
  | 'unexpected'
  | 'stranger'
  | 'stale'
  | 'replayed'
  | 'blocked'
  | 'duplicate'
  | 'bad-verifier'
  | 'bad-secret'

export type DoctorEffect =
  | { readonly kind: 'send'; readonly connection: ConnectionId; readonly bytes: Uint8Array }
  | { readonly kind: 'close'; readonly connection: ConnectionId }
  /** No state to come uses this secret. */
  | { readonly kind: 'wipe'; readonly secret: SecretBytes }
  | { readonly kind: 'joined'; readonly id: ParticipantId }
  | { readonly kind: 'left'; readonly id: ParticipantId; readonly reason: LeaveReason }
  | { readonly kind: 'blocked'; readonly id: ParticipantId; readonly untilMs: number }
  | { readonly kind: 'refused'; readonly connection: ConnectionId; readonly reason: string }
  | { readonly kind: 'rekeyed'; readonly epoch: number; readonly members: readonly ParticipantId[] }
  | { readonly kind: 'broadcast'; readonly epoch: number; readonly members: readonly ParticipantId[] }

/** The next state, and what is to be done in this order. */
export interface DoctorStep {
  readonly state: DoctorState
  readonly effects: readonly DoctorEffect[]
}

export const noticeTexts: Readonly<Record<Notice, string>> = {
  disconnected: 'The connection was ended.',
  refused: 'This id is not available.',
  blocked: 'You are blocked for two minutes.',
}
