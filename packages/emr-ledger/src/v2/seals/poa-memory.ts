/** What the seal of voting sealers has to know of a chain: docs/spec/ledger-v2.md, "Seals". */
import type { Member } from '../roster.js'

/** One who seals: a part of a member. */
export type Sealer = Pick<Member, 'kid' | 'algorithm' | 'publicKey'>

/** Sealers by kid, and the SHA-256 of their deterministic CBOR. */
export interface SealerSet {
  readonly hash: Uint8Array
  readonly sealers: readonly Sealer[]
}

/** The sealers that were in force for the blocks from `from` on. */
export interface SealerSpan {
  readonly from: bigint
  readonly set: SealerSet
}

export interface PoaMemory {
  readonly kind: 'poa'
  readonly id: Uint8Array
  readonly height: bigint
  readonly slot: bigint
  /** How many blocks before and with this one stand in consecutive slots, at most 3. */
  readonly run: number
  /** Height of the last block that this chain itself shows to be final, by the votes that its seals carry. */
  readonly finalHeight: bigint
  /** Height of the last block with records; 0 when there is none. */
  readonly busyHeight: bigint
  /** Sets for blocks above `finalHeight`, the newest last: a block needs a quorum of each. */
  readonly spans: readonly SealerSpan[]
}
