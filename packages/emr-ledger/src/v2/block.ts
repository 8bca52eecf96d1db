/** A block as it travels and is stored: docs/spec/ledger-v2.md, "Block". */
import type { ReadHeader } from './header.js'
import type { LedgerRecord } from './record.js'

export interface Block {
  readonly bytes: Uint8Array
  readonly header: ReadHeader
  /** Deterministic CBOR of the seal rule in force; not covered by the id; at most 64 KiB. */
  readonly seal: Uint8Array
  /** At most 25, as in version 1. */
  readonly records: readonly LedgerRecord[]
}
