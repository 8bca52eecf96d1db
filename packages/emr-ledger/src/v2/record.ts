/** Claims with their signatures: docs/spec/ledger-v2.md, "Record". */
import type { Claims } from './claims.js'

export interface RecordSignature {
  /** 32 bytes. */
  readonly kid: Uint8Array
  /** 64 bytes: Ed25519, or r ‖ s. */
  readonly signature: Uint8Array
}

/** A record as it was read: bytes and what they say. Parsed once; nothing of it is verified yet. */
export interface LedgerRecord {
  readonly bytes: Uint8Array
  readonly claims: Claims
  readonly claimsBytes: Uint8Array
  /** By kid, each once; one, but for a roster. */
  readonly signatures: readonly RecordSignature[]
  /** SHA-256("chartseal/ledger/v2/claims" ‖ 0x00 ‖ claims): also the digest that ES256 and ES256K sign. */
  readonly txid: Uint8Array
  /** SHA-256("chartseal/ledger/v2/record" ‖ 0x00 ‖ bytes). */
  readonly wtxid: Uint8Array
}
