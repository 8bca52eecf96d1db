/** What a signer says in one record of the ledger: docs/spec/ledger-v2.md, "Claims". */
import type { Roster } from './roster.js'

export type RecordKind = 'prescribe' | 'cancel' | 'replace' | 'dispense' | 'roster'

interface CommonClaims {
  /** SHA-256 of the genesis, 32 bytes. */
  readonly ledger: Uint8Array
  /** The signer's key id: SHA-256 JWK thumbprint (RFC 7638), 32 bytes. */
  readonly signer: Uint8Array
  /** Numbers the records of this signer: 1, 2, 3 … without gaps. */
  readonly seq: bigint
  /** Seconds since 1970-01-01T00:00:00Z; nothing is judged by it. */
  readonly authoredOn: bigint
}

/** What a prescription commits to; the content itself stays off the ledger. */
export interface Order {
  /** HMAC-SHA-256(rs, "subject" ‖ 0x00 ‖ patient id), 32 bytes. */
  readonly subject: Uint8Array
  /** HMAC-SHA-256(rs, "body" ‖ 0x00 ‖ bytes as stored), 32 bytes. */
  readonly body: Uint8Array
  /** Where the sealed body may be had, a CID or URL; empty where it travels by another way. At most 256 bytes. */
  readonly reference: string
  /** Seconds; from this median time on it has expired. */
  readonly validUntil: bigint
  /** How many units may be dispensed, 1 to 2^32 - 1. */
  readonly quantity: number
}

/** A change of a prescription names the prescription, and the txid of the last change before it. */
export interface Change {
  /** txid of the record that prescribed, 32 bytes. */
  readonly prescription: Uint8Array
  /** txid of the newest change of it, or of the prescription itself, 32 bytes. */
  readonly previous: Uint8Array
}

export interface PrescribeClaims extends CommonClaims, Order {
  readonly kind: 'prescribe'
}

export interface CancelClaims extends CommonClaims, Change {
  readonly kind: 'cancel'
}

/** Ends a prescription, and is a new one itself. */
export interface ReplaceClaims extends CommonClaims, Change, Order {
  readonly kind: 'replace'
}

export interface DispenseClaims extends CommonClaims, Change {
  readonly kind: 'dispense'
  /** Units given out now, 1 to 2^32 - 1. */
  readonly quantity: number
}

/** The next roster, signed by a quorum of the registrars of the one in force; `signer` is one of them. */
export interface RosterClaims extends CommonClaims {
  readonly kind: 'roster'
  readonly roster: Roster
}

export type Claims = PrescribeClaims | CancelClaims | ReplaceClaims | DispenseClaims | RosterClaims
