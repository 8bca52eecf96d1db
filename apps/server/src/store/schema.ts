import type { BreakGlassSchema } from './schema-break-glass.js'
import type { LedgerSchema } from './schema-ledger.js'
import type { RecordsSchema } from './schema-records.js'

/** The tables, as both engines have them. Times are milliseconds; truth is 0 or 1. */
export interface Schema extends RecordsSchema, LedgerSchema, BreakGlassSchema {
  settings: { name: string; value: string }
  invitations: {
    hash: Uint8Array
    role: string
    created_ms: number
    expires_ms: number
    used_by: string | null
    used_ms: number | null
  }
  devices: {
    kid: string
    role: string
    box: string
    added_ms: number
    ended_ms: number | null
    keys: Uint8Array
  }
  roster: { seq: number; stored_ms: number; bytes: Uint8Array }
  slots: { slot: string; step: string; expires_ms: number; taken: number; bytes: Uint8Array }
  boxes: {
    id: string
    owner: string
    /** Of the newest message. Its row is locked while a message is stored, so positions become visible in their order. */
    last_position: number
    /** Messages until they are purged, and the bytes of them that are held. */
    kept: number
    kept_bytes: number
  }
  /** What of a box is one sender's; `''` is everybody who did not sign. */
  shares: { box: string; sender: string; kept: number; kept_bytes: number }
  messages: {
    box: string
    id: string
    position: number
    stored_ms: number
    acknowledged_ms: number | null
    size_bytes: number
    /** Of one that was acknowledged the SHA-256 stands for more than 32. */
    bytes: Uint8Array
    sender: string
    /** 1 once its owner was given it. */
    given: number
  }
  nonces: { kid: string; nonce: string; expires_ms: number }
  openings: {
    id: string
    log: string
    leaf_index: number
    /** Sorted, with a space between two. */
    parties: string
    salt: Uint8Array | null
    entry: Uint8Array
  }
  conferences: {
    id: string
    owner: string
    made_ms: number
    until_ms: number
    ended_ms: number | null
    /** Of the server that its host came to last. */
    place: string
    /** SHA-256 of the newest one; `null` once it was used. */
    ticket: Uint8Array | null
    ticket_expires_ms: number
    /** By which its host has ended it; `null` for none. */
    last_frame: Uint8Array | null
  }
  /** Who writes the logs: one row. */
  log_writer: { one: number; number: number; holder: string; begun_ms: number }
  /** How far each log was confirmed, by its origin. */
  log_ends: { log: string; writer: number; size: number; root: Uint8Array }
  /** The newest step that a program must know to go on with these tables: one row. */
  store_needs: { one: number; step: string }
  opening_parties: { party: string; log: string; leaf_index: number; id: string }
}

export type TableName = keyof Schema
