/** What a grant list says. Byte table: docs/spec/envelope-v2.md. */
import type { WrapName } from '../recipients/recipient.js'

export const maxRecipients = 10_000
/** The most that 10,000 recipients take: those with RSA keys of 16,384 bits. */
export const maxGrantListBytes: number = 24 * 2 ** 20
export const maxHistory = 1_000

/** All recipients with one kind of key, as columns: a list of 10,000 maps takes too long to read strictly. */
export interface RecipientGroup {
  readonly kem: WrapName
  /** 16 bytes for each recipient, ascending: see `hintOf`. */
  readonly hints: Uint8Array
  /** As many bytes for each as the KEM encapsulates; none for RSA-OAEP. */
  readonly encs: Uint8Array
  /** 48 bytes for each, or as many as the RSA modulus. */
  readonly cts: Uint8Array
}

/** An earlier version. Each list names all of them, so that none is forgotten when the record is taken back. */
export interface HistoryEntry {
  readonly version: number
  readonly payloadCid: string
  /** Its content key, sealed under the one of the list: what newcomers may read of the past. `null`: not given to them. */
  readonly sealedKey: Uint8Array | null
  /** The owner took it back: its payload is to be deleted, by `retireGone`. It has no key then. */
  readonly isGone: boolean
}

/** When grants hold and what for: binds honest software only. */
export interface GrantTerms {
  /** Milliseconds since 1970, inclusive; `null`: no bound. */
  readonly notBeforeMs: number | null
  readonly notAfterMs: number | null
  /** HL7 v3 PurposeOfUse codes, ascending; empty: any purpose. */
  readonly purposes: readonly string[]
}

/** What a grant list says, before it is signed. */
export interface GrantContent extends GrantTerms {
  /** Ed25519 key of the owner, 32 bytes, the same in all lists of a package. */
  readonly owner: Uint8Array
  /** 16 bytes. */
  readonly packageId: Uint8Array
  /** Of the payload and its content key, from 1. */
  readonly version: number
  /** CID version 1, raw or dag-pb. */
  readonly payloadCid: string
  /** Of the list, from 1, without gaps. */
  readonly seq: bigint
  /** Of the list before; `null` for the first. */
  readonly previousCid: string | null
  /** All versions before this one, ascending. */
  readonly history: readonly HistoryEntry[]
  readonly recipients: readonly RecipientGroup[]
}

/** A list whose form and signature were checked. */
export interface GrantList extends GrantContent {
  readonly recipientCount: number
  /** The list as it is stored and sent: CBOR ‖ signature (64). Only to be read. */
  readonly bytes: Uint8Array
}
