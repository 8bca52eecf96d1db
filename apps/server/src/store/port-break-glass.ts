/** Break-glass as a store keeps it: signed statements, their order, and who may see them. Nothing of it is ever forgotten. */
import type { Page, Put } from './port.js'

/** To which key shares of a custodian are sealed. */
export interface CustodyCard {
  readonly kid: string
  /** By the custodian's clock. */
  readonly atMs: number
  /** As the custodian signed it. */
  readonly bytes: Uint8Array
  readonly nowMs: number
}

/** An emergency set: with it custodians together open one version of one record. */
export interface NewEmergencySet {
  readonly id: string
  /** Of its statement: requests name the set by it. */
  readonly hash: string
  readonly owner: string
  /** The kid of the patient's device; empty for none. */
  readonly patient: string
  readonly package: string
  readonly version: number
  /** Root of the payload of that version; empty where this clinic does not have it. */
  readonly payload: string
  readonly isDrill: boolean
  readonly custodians: readonly string[]
  readonly bytes: Uint8Array
  readonly nowMs: number
}

export interface StoredEmergencySet extends Omit<NewEmergencySet, 'nowMs' | 'custodians'> {
  /** Grows in the order in which sets become visible. */
  readonly position: number
  readonly storedMs: number
}

export interface NewEmergency {
  readonly id: string
  readonly set: string
  readonly requester: string
  readonly decideByMs: number
  readonly accessUntilMs: number
  /** Who sees it beside officers and auditors. */
  readonly parties: readonly string[]
}

export interface StoredEmergency extends Omit<NewEmergency, 'parties'> {
  readonly position: number
  /** A restore has lost what came of it since: nothing is decided or given any more. */
  readonly isVoid: boolean
}

/** What happened to a request; the request itself is number 0. */
export interface StoredEmergencyEvent {
  readonly request: string
  /** From 0 on, without gaps. */
  readonly number: number
  readonly kind: string
  readonly by: string
  /** Of the statement. */
  readonly hash: string
  /** What the signed roster said of who signed it when it was taken; empty for no role. */
  readonly role: string
  readonly isOfficer: boolean
  /** The id of the opening of its entry in the log. */
  readonly opening: string
  readonly bytes: Uint8Array
  /** When the clinic took it. */
  readonly nowMs: number
}

/**
 * A statement that was taken and that nobody sees yet: its entry goes into the log first. Whoever finds one finishes it,
 * so the log has no entry of something that did not happen.
 */
export interface EmergencyIntent {
  /** Of the statement. */
  readonly hash: string
  /** The request that it is about, or the set that it makes. */
  readonly about: string
  readonly kind: string
  readonly role: string
  readonly isOfficer: boolean
  readonly bytes: Uint8Array
  /** The leaf: its id, 16 bytes, and what it commits to. */
  readonly leaf: Uint8Array
  readonly salt: Uint8Array
  readonly entry: Uint8Array
  readonly nowMs: number
}

/** What an event changes in the row of its request. */
export interface EmergencyMark {
  readonly openedMs?: number
  readonly closedMs?: number
  /** Nothing is to be decided any more. */
  readonly isSettled?: boolean
}

/** `gap`: another event came meanwhile. */
export type EmergencyPut = Put | 'gap'

export interface QueuePage extends Page {
  /** Whose; left out for all. */
  readonly party?: string
}

export interface BreakGlass {
  /** A newer one replaces the one before; an older or another one of the same time is `conflict`. */
  putCard(card: CustodyCard): Promise<Put>
  /** Of devices that have not ended, by kid behind `afterKid`. */
  cards(page: {
    readonly afterKid?: string
    readonly limit: number
  }): Promise<readonly (CustodyCard & { readonly role: string })[]>
  putSet(set: NewEmergencySet): Promise<Put>
  findSet(id: string): Promise<StoredEmergencySet | null>
  findSetByHash(hash: string): Promise<StoredEmergencySet | null>
  /** By position; with a party those that it owns, keeps a share of, or is the patient of. */
  sets(page: QueuePage): Promise<readonly StoredEmergencySet[]>
  /** Whether the owner has made another set for the same package later. */
  hasNewerSet(set: Pick<StoredEmergencySet, 'package' | 'owner' | 'position'>): Promise<boolean>
  /** The newest rehearsal in which a record was opened. */
  lastDrill(): Promise<StoredEmergency | null>
  /** With its first event. */
  ask(emergency: NewEmergency, first: StoredEmergencyEvent): Promise<Put>
  find(id: string): Promise<StoredEmergency | null>
  partiesOf(id: string): Promise<readonly string[]>
  /** How many of a requester wait for a decision at `nowMs`. */
  undecided(requester: string, nowMs: number): Promise<number>
  /** How many a requester has asked since then, whatever became of them. */
  askedSince(requester: string, sinceMs: number): Promise<number>
  /** In their order. */
  events(id: string): Promise<readonly StoredEmergencyEvent[]>
  /** Of two with one number one gets it; the other is `gap`. */
  addEvent(event: StoredEmergencyEvent, mark: EmergencyMark): Promise<EmergencyPut>
  /** Before its entry goes into the log; the same hash again does nothing. */
  intend(intent: EmergencyIntent): Promise<void>
  /** In the order in which they were taken; with `about` those of one request or set. */
  intents(about?: string): Promise<readonly EmergencyIntent[]>
  /** Requests with events whose entries are this leaf of the log or later ones, by leaf. */
  entriesFrom(page: {
    readonly log: string
    readonly from: number
    readonly limit: number
  }): Promise<readonly { readonly id: string; readonly leafIndex: number }[]>
  /** Tells everybody who waits that something came of a request. */
  announce(id: string): Promise<void>
  /** Once it is seen. */
  dropIntent(hash: string): Promise<void>
  /** By position, behind `after`; with a party those that it sees. */
  queue(page: QueuePage): Promise<readonly StoredEmergency[]>
}
