/** What the seal of a sequencer has to know of a chain: docs/spec/ledger-v2.md, "Seals". */

export interface TlogMemory {
  readonly kind: 'tlog'
  readonly height: bigint
  readonly timestamp: bigint
}
