/** One interface for the three seals: docs/spec/ledger-v2.md, "Seals". Pure: storage, time and keys come in. */
import type { Block } from './block.js'
import type { ReadHeader } from './header.js'
import type { Roster } from './roster.js'

/** The block before, and what the seal asks of the chain below it. */
export interface SealParent {
  readonly header: ReadHeader
  readonly seal: Uint8Array
  /** Ancestors, the parent first; at most as many as `depthNeeded`. */
  readonly ancestors: readonly ReadHeader[]
  /** The roster after the parent. */
  readonly roster: Roster
}

/** Everything of a header that the seal decides on. */
export interface SealDraft {
  readonly difficulty: bigint
  readonly sealer: Uint8Array
  readonly extra: Uint8Array
}

/** How sure a block is; `reversible` says by how many blocks it is buried. */
export type Finality = { readonly kind: 'final' } | { readonly kind: 'reversible'; readonly depth: number }

/** Of two tips, which to follow where finality does not decide; larger is better, equal keeps the first seen. */
export type ChainWeight = bigint

export interface SealJudge {
  readonly depthNeeded: number
  /** The seal of a header on its parent. @throws ChartsealError `ledger/seal…` */
  check(block: Pick<Block, 'header' | 'seal'>, parent: SealParent): void
  /** Weight of the chain that ends with this block, from that of its parent. */
  weight(parent: ChainWeight, block: Pick<Block, 'header' | 'seal'>): ChainWeight
}
