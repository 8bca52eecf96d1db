/**
 * What the server keeps, in the clinic's own words. Two engines implement it (SQLite, PostgreSQL) and pass one contract
 * suite. Times are milliseconds since 1970 and come in as arguments; bytes are opaque and copied on the way in and out;
 * ids are printable ASCII without the space, of 1 to 128 characters.
 */

import type { LedgerIndex } from '@chartseal/emr-ledger'
import type { BreakGlass } from './port-break-glass.js'
import type { Conferences } from './port-conferences.js'
import type { Blobs, Links, Packages } from './port-records.js'

export type * from './port-break-glass.js'
export type * from './port-conferences.js'
export type * from './port-records.js'

/** What a write under an id of the client's choice did. `same`: this id and these bytes were there before. */
export type Put = 'stored' | 'same' | 'conflict'

export interface Page {
  /** Entries behind this position; from the beginning when it is missing. */
  readonly after?: number
  /** 1 to 500. */
  readonly limit: number
}

/** At least one when there is one, then as many as `maxBytes` of their content hold. */
export interface SizedPage extends Page {
  readonly maxBytes: number
}

/** Small values under names: texts, mostly JSON. */
export interface Settings {
  get(name: string): Promise<string | null>
  set(name: string, value: string): Promise<void>
  /** Sets it unless it is set, and gives what it is now. */
  settle(name: string, value: string): Promise<string>
}

export interface Invitation {
  /** SHA-256 of the token, 32 bytes. The token itself is nowhere. */
  readonly hash: Uint8Array
  readonly role: string
  readonly createdMs: number
  readonly expiresMs: number
}

export interface StoredInvitation extends Invitation {
  /** The key id that it let in; `null` while it is free. */
  readonly usedBy: string | null
  readonly usedMs: number | null
}

export interface Invitations {
  add(invitation: Invitation): Promise<Put>
  find(hash: Uint8Array): Promise<StoredInvitation | null>
  /**
   * Uses it for `kid`. Of two at once one gets it. The same kid again: `same`, also when it has expired meanwhile. At
   * `expiresMs` it is expired.
   */
  use(
    hash: Uint8Array,
    kid: string,
    nowMs: number,
  ): Promise<'used' | 'same' | 'taken' | 'expired' | 'unknown'>
  /** Those that nobody used, expired ones too, by the time they were made. */
  open(): Promise<readonly StoredInvitation[]>
}

export interface Device {
  readonly kid: string
  readonly role: string
  /** The public keys, as the device signed them. */
  readonly keys: Uint8Array
  /** Its mailbox. */
  readonly box: string
  readonly addedMs: number
}

export interface StoredDevice extends Device {
  /** `null`: it may sign requests. */
  readonly endedMs: number | null
}

export interface Devices {
  /** Makes its mailbox too. The same kid with the same keys and role is `same`, whatever box and time; it stays as it was. */
  add(device: Device): Promise<Put>
  find(kid: string): Promise<StoredDevice | null>
  /** Its links end with it, and its packages are given to nobody. False when there is no such device, or it had ended. */
  end(kid: string, nowMs: number): Promise<boolean>
  /** By kid, behind `afterKid`. */
  list(page: { readonly afterKid?: string; readonly limit: number }): Promise<readonly StoredDevice[]>
}

export interface RosterVersion {
  /** From 1 on, without gaps. */
  readonly seq: number
  readonly bytes: Uint8Array
  readonly storedMs: number
}

export interface Roster {
  /** `gap`: the one before it is not there. Of two different ones under one seq, one gets it. */
  add(version: RosterVersion): Promise<Put | 'gap'>
  latest(): Promise<RosterVersion | null>
  find(seq: number): Promise<RosterVersion | null>
}

export interface SlotStep {
  readonly slot: string
  readonly step: string
  readonly bytes: Uint8Array
  readonly expiresMs: number
}

/** How many steps one slot takes, and all of them together. */
export interface SlotLimits {
  readonly steps: number
  readonly all: number
}

/** Where two devices that pair leave each other sealed bytes. At `expiresMs` a step is gone. */
export interface Slots {
  /**
   * Once per step; the same bytes again are `same`, also after they were taken. `full`: it has as many others as one slot
   * takes; `all-full`: all slots together have.
   */
  put(step: SlotStep, nowMs: number, limits: SlotLimits): Promise<Put | 'full' | 'all-full'>
  /** Gives a step out once. `taken`: somebody had it before. */
  take(slot: string, step: string, nowMs: number): Promise<Uint8Array | 'taken' | 'missing'>
}

export interface Deposit {
  readonly box: string
  readonly id: string
  /** Who signed it; left out or empty for nobody. */
  readonly sender?: string
  readonly bytes: Uint8Array
  readonly nowMs: number
}

export interface Share {
  /** Until they are purged, so acknowledged ones too. */
  readonly maxMessages: number
  /** Of one that was acknowledged at most 32 are held. */
  readonly maxBytes: number
}

/** How much one box may hold. Where a share is left out, it is all of the box. */
export interface BoxLimits extends Share {
  /** Of each device that signs. */
  readonly ofSender?: Share
  /** Of everybody together who does not sign. */
  readonly ofUnsigned?: Share
}

export interface Deposited {
  readonly put: Put
  /** Where it stands in its box. */
  readonly position: number
  /** When it was stored first. */
  readonly storedMs: number
}

export interface StoredMessage {
  readonly id: string
  /** Grows in the order in which messages become visible, so that a reader who goes on behind the last misses none. */
  readonly position: number
  /** Empty where nobody signed. */
  readonly sender: string
  /** Of one that was acknowledged at most 32: see {@link Mailboxes.compare}. */
  readonly bytes: Uint8Array
  readonly storedMs: number
  /** Whether its owner was given it before. */
  readonly isGiven: boolean
  readonly acknowledgedMs: number | null
}

export interface Mailboxes {
  /** The kid of the device that owns it. */
  ownerOf(box: string): Promise<string | null>
  deposit(deposit: Deposit, limits: BoxLimits): Promise<Deposited | 'no-box' | 'full'>
  /** What is there under this id already; `null` for nothing. */
  compare(box: string, id: string, bytes: Uint8Array): Promise<Deposited | null>
  /** Whether a new one would be taken now. */
  hasRoom(deposit: Deposit, limits: BoxLimits): Promise<boolean>
  /** What is not acknowledged, by position. */
  list(box: string, page: SizedPage): Promise<readonly StoredMessage[]>
  /** Also one that was acknowledged, until it is purged. */
  find(box: string, id: string): Promise<StoredMessage | null>
  /** Remembers that the owner was given these. */
  given(box: string, ids: readonly string[]): Promise<void>
  /** False when there is no such message; true again when it was acknowledged before. Its bytes go, all but a digest. */
  acknowledge(box: string, id: string, nowMs: number): Promise<boolean>
}

export interface Nonce {
  readonly kid: string
  readonly nonce: string
  /** Until when a request with it could be accepted; at that time it is forgotten. */
  readonly expiresMs: number
}

/** Numbers of signed requests that were used once. They outlive a killed process, and a power cut only on PostgreSQL. */
export interface Nonces {
  /**
   * `full`: the key has `maxPerKey` that have not expired; `null` where the caller counts. Of two at once one is `fresh`.
   * Not for use in a transaction.
   */
  use(nonce: Nonce, nowMs: number, maxPerKey: number | null): Promise<'fresh' | 'replayed' | 'full'>
}

/** What opens one leaf of the audit log: only its parties may have it. */
export interface Opening {
  readonly id: string
  /** The origin of the log that has the leaf: a clinic may have had more than one. */
  readonly log: string
  readonly leafIndex: number
  /** `null` where the client sealed the leaf, which is then the entry. */
  readonly salt: Uint8Array | null
  readonly entry: Uint8Array
  /** Key ids, or what a client sealed the entry under. */
  readonly parties: readonly string[]
}

export interface Openings {
  /** The same again is `same`; the order of parties does not matter. */
  add(opening: Opening): Promise<Put>
  find(id: string): Promise<Opening | null>
  /**
   * Of one log, by index of the leaf, behind the leaf `after`. One that is being added meanwhile may appear before some
   * that were given: whoever wants all reads from the beginning.
   */
  ofParty(log: string, party: string, page: SizedPage): Promise<readonly Opening[]>
  /** The greatest leaf index of a log; -1 when there is none. */
  lastLeafIndex(log: string): Promise<number>
}

/** Everything that a transaction can do. */
export interface Tables {
  readonly settings: Settings
  readonly invitations: Invitations
  readonly devices: Devices
  readonly roster: Roster
  readonly slots: Slots
  readonly mailboxes: Mailboxes
  readonly nonces: Nonces
  readonly openings: Openings
  readonly blobs: Blobs
  readonly packages: Packages
  readonly links: Links
  readonly conferences: Conferences
  readonly breakGlass: BreakGlass
  /** The index of the prescription ledger. */
  readonly ledger: LedgerIndex
}

/** Something new, told after it is durable. Ids are opaque. */
export type Change =
  | { readonly kind: 'mailbox'; readonly box: string }
  | { readonly kind: 'slot'; readonly slot: string }
  | { readonly kind: 'roster' }
  /** Something came of a request of break-glass. */
  | { readonly kind: 'emergency'; readonly id: string }
  /** Some may have been missed: look at everything that you wait for. */
  | { readonly kind: 'resync' }

export interface PurgeRules {
  /** For how long what was acknowledged stays, so that a repeated deposit gives the same answer; and what waits for a
   * device that was ended. */
  readonly keepAcknowledgedMs: number
  /** For how long an invitation stays behind its expiry. */
  readonly keepInvitationsMs: number
}

export interface Purged {
  readonly messages: number
  readonly steps: number
  readonly nonces: number
  readonly invitations: number
  readonly tickets: number
  /** Links that had expired or were used up: they end, and their files go. */
  readonly links: number
  readonly refusedLinks: number
  /** Conferences that ended, or whose time was over, so long ago. */
  readonly conferences: number
}

/**
 * The one store of a clinic. Each call outside of a transaction is durable once it resolves.
 *
 * Every call may be refused with ChartsealError `store/busy` (others were faster too often; try again) or
 * `store/failed` (disk full, connection lost: whether a write that failed so took place is not known); a value that
 * neither engine would keep as it is (a float, a date, text with NUL) with a TypeError.
 */
export interface Store extends Tables {
  readonly engine: 'sqlite' | 'postgres'
  /** Whether it answers. */
  ping(): Promise<void>
  /**
   * All of `work` or nothing, as if nobody else were there. It may run several times, so it changes nothing but through
   * its argument and waits for nothing outside; a call to the store itself within it is a TypeError.
   */
  inTx<T>(work: (tables: Tables) => Promise<T>): Promise<T>
  /** Forgets what has had its time, a few hundred rows at a time; gives how many. */
  purge(nowMs: number, rules: PurgeRules): Promise<Purged>
  /** Tells what this and other servers changed; gives the function that ends it. A listener must not throw. */
  onChange(listener: (change: Change) => void): () => void
  /** Waits for what was begun. A second call does nothing. */
  close(): Promise<void>
}
