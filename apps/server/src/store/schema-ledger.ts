/** The index of the prescription ledger, as both engines have it. All but the notes can be made again from its blocks. */
export interface LedgerSchema {
  ledger_blocks: {
    id: Uint8Array
    height: number
    /** Where it stands in the block log; -1 for block 0. */
    entry: number
    /** A whole number of up to 2^256, in decimal. */
    weight: string
    header: Uint8Array
  }
  /** The chain that is followed. */
  ledger_followed: { height: number; id: Uint8Array }
  ledger_nodes: { hash: Uint8Array; bytes: Uint8Array }
  ledger_records: { txid: Uint8Array; block: Uint8Array; place: number }
  ledger_notes: { name: string; value: Uint8Array }
  /** One row, or none. */
  ledger_head: { one: number; tip: Uint8Array; final: Uint8Array; entries: number }
}
