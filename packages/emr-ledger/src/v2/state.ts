/** What the records of a ledger add up to: docs/spec/ledger-v2.md, "State". */
import type { Roster } from './roster.js'

export type PrescriptionStatus = 'ready' | 'partly' | 'dispensed' | 'cancelled' | 'replaced'

/** One leaf of the state tree, under SHA-256 of the txid. Expiry is no status: it is judged by `validUntil`. */
export interface PrescriptionState {
  readonly status: PrescriptionStatus
  /** kid of the prescriber, 32 bytes. */
  readonly prescriber: Uint8Array
  readonly quantity: number
  readonly dispensed: number
  readonly validUntil: bigint
  /** txid of the newest change, or of the prescription. */
  readonly last: Uint8Array
  /** txid of the record that replaced it; `null` while there is none. */
  readonly replacedBy: Uint8Array | null
}

/** Reads of a state; a value. What was not loaded is asked for by `need`. */
export interface StateReader {
  /** 32 bytes. */
  readonly root: Uint8Array
  roster(): Promise<Roster>
  prescription(txid: Uint8Array): Promise<PrescriptionState | null>
  /** The number that the next record of this signer must have: 1 for one who never signed. */
  nextSeq(kid: Uint8Array): Promise<bigint>
}
