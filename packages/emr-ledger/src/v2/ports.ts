/** What a node asks of whoever runs it. Every implementation passes `ledgerIndexSuite`. */
import type { ReadHeader } from './header.js'

/** A node of the state tree, under its hash. */
export interface TreeNode {
  /** 32 bytes. */
  readonly hash: Uint8Array
  readonly bytes: Uint8Array
}

export interface IndexedBlock {
  readonly id: Uint8Array
  readonly header: ReadHeader
  /** Where it stands in the block log, from 0. */
  readonly entry: number
  readonly weight: bigint
}

/** One transaction of the index: all of it, or nothing. */
export interface IndexChange {
  readonly blocks?: readonly IndexedBlock[]
  readonly nodes?: readonly TreeNode[]
  /** Hashes of tree nodes that no kept state has any more. */
  readonly dropped?: readonly Uint8Array[]
  /** Records of a block, by txid. */
  readonly records?: readonly { readonly txid: Uint8Array; readonly block: Uint8Array; readonly place: number }[]
  /** Where the chain that is followed ends, and where it is final. */
  readonly tip?: Uint8Array
  readonly final?: Uint8Array
  /** Entries of the block log that are indexed. */
  readonly entries?: number
  /** Small things under names: votes, evidence of finality. */
  readonly notes?: readonly { readonly name: string; readonly value: Uint8Array | null }[]
}

/** Rebuilt from the block log when it is missing or behind. */
export interface LedgerIndex {
  write(change: IndexChange): Promise<void>
  node(hash: Uint8Array): Promise<Uint8Array | null>
  block(id: Uint8Array): Promise<IndexedBlock | null>
  /** All that were indexed from this height on, by height, at most `limit`. */
  blocksFrom(height: bigint, limit: number): Promise<readonly IndexedBlock[]>
  /** Every block that has a record of this txid: one on each branch. */
  record(txid: Uint8Array): Promise<readonly { readonly block: Uint8Array; readonly place: number }[]>
  note(name: string): Promise<Uint8Array | null>
  /** `null` for an index without anything. */
  head(): Promise<{ readonly tip: Uint8Array; readonly final: Uint8Array; readonly entries: number } | null>
  /** Empties it. */
  clear(): Promise<void>
}
