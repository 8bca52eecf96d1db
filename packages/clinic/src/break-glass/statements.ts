/** What people sign in an emergency, and what they sign ahead of one. Byte tables: docs/spec/break-glass.md. */

import type { VerifyCapability } from '@chartseal/ipfs-envelope'

/** Who signs: a key of this process, or one that a browser does not give away. */
export interface Signatory {
  /** Ed25519, 32 bytes; its thumbprint is the `kid`. */
  readonly verifyingKey: Uint8Array
  /** RFC 8032 Ed25519 of exactly these bytes; 64 bytes. */
  sign(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>
}

/** A statement whose signature was checked. */
export interface Statement<Content> {
  readonly content: Content
  /** The `kid` of the device that signed it. */
  readonly by: string
  /** Deterministic CBOR ‖ signature (64): what travels and what is stored. */
  readonly bytes: Uint8Array
  /** SHA-256 of a label and the bytes, 32 bytes: its name everywhere else. */
  readonly hash: Uint8Array
}

/** A custodian: seal shares for this device to this key. Made once on each device of a custodian. */
export interface CustodyKey {
  readonly kind: 'custody-key'
  readonly origin: string
  /** X25519, 32 bytes; used for nothing but shares. */
  readonly key: Uint8Array
  readonly atMs: number
}

export interface EmergencyPolicy {
  /** How many custodians must release: at least 2. */
  readonly threshold: number
  /** How many custodians' denials deny: 1 is a veto of each. */
  readonly denials: number
  /** For so long after the request nothing is given, and each officer can deny it; 0 for at once. */
  readonly waitMs: number
  /** How many witnesses must have cosigned the log before a custodian releases. */
  readonly witnesses: number
  /** The most that a request may give custodians to decide. */
  readonly maxDecideMs: number
  /** The most that a request may give from asking to the end of access. */
  readonly maxAccessMs: number
}

/** Who has a share. Its number is the place in the list, from 1 on. */
export interface Custodian {
  readonly kid: string
  /** `sealedHashOf` the share that was sealed to their custody key, 32 bytes; the sealed share travels beside. */
  readonly share: Uint8Array
}

/** The owner of a record, ahead of time: these custodians together can open this one version of it. */
export interface EmergencySet {
  readonly kind: 'set'
  readonly origin: string
  /** 16 bytes, from the terms below: the id of the set of shares, too. */
  readonly id: Uint8Array
  /** Which version of which record can be opened; its owner is who signs the set. */
  readonly record: VerifyCapability
  /** What it is, for custodians and whoever asks; not secret, 1 to 200 bytes. */
  readonly about: string
  /** The device that is told of each opening; empty when the patient has none. */
  readonly patient: string
  /** To rehearse with: what it opens is nobody's record. */
  readonly isDrill: boolean
  readonly policy: EmergencyPolicy
  readonly custodians: readonly Custodian[]
  /** The root of the set of shares, 32 bytes. */
  readonly root: Uint8Array
  readonly createdMs: number
}

export const emergencyReasons = ['ETREAT', 'BTG'] as const
/** Codes of HL7 v3 ActReason: emergency treatment, break the glass. */
export type EmergencyReason = (typeof emergencyReasons)[number]

/** A doctor asks for one record. */
export interface EmergencyRequest {
  readonly kind: 'request'
  readonly origin: string
  /** 16 bytes. */
  readonly id: Uint8Array
  /** The hash of the set, 32 bytes. */
  readonly set: Uint8Array
  readonly reason: EmergencyReason
  /** Why, for people: 1 to 500 characters. */
  readonly text: string
  readonly createdMs: number
  /** Custodians decide before this. */
  readonly decideByMs: number
  /** Nothing is given from this on. */
  readonly accessUntilMs: number
  /** X25519, 32 bytes, of this request alone: shares are sealed to it. */
  readonly key: Uint8Array
}

/** What is said of one request. */
interface AboutRequest {
  /** The hash of the request, 32 bytes. */
  readonly request: Uint8Array
  readonly atMs: number
}

export interface Release extends AboutRequest {
  readonly kind: 'release'
  /**
   * `sealedHashOf` the share that was sealed to the key of the request, 32 bytes. The sealed share travels beside: the
   * clinic shows releases to many, and gives sealed shares to the requester alone, at opening.
   */
  readonly share: Uint8Array
}

export interface Denial extends AboutRequest {
  readonly kind: 'denial'
  /** Why, for people: at most 500 characters. */
  readonly text: string
}

/** The requester: give me what was released. */
export interface Opened extends AboutRequest {
  readonly kind: 'opened'
}

export interface Closed extends AboutRequest {
  readonly kind: 'closed'
  readonly text: string
}

export const reviewVerdicts = ['justified', 'not-justified', 'unclear'] as const
export type ReviewVerdict = (typeof reviewVerdicts)[number]

export interface Reviewed extends AboutRequest {
  readonly kind: 'reviewed'
  /** The hash of the newest event that the reviewer saw, 32 bytes: the judgement is about all up to it. */
  readonly seen: Uint8Array
  readonly verdict: ReviewVerdict
  readonly text: string
}

/** A custodian's word on a request, or in its waiting time an officer's. */
export type Vote = Release | Denial

/** What happens to a request, the request itself first. */
export type EmergencyEvent = EmergencyRequest | Vote | Opened | Closed | Reviewed

export type AnyStatement = CustodyKey | EmergencySet | EmergencyEvent
export type StatementKind = AnyStatement['kind']
