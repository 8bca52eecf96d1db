/** What a node asks of whoever runs it. Every implementation passes `ledgerIndexSuite` of the testkit. */
import type { ReadHeader } from './header.js'

/** A node of the state tree, under its hash. */
export interface TreeNode {
  /** 32 bytes. */
  readonly hash: Uint8Array
  readonly bytes: Uint8Array
}

export interface IndexedBlock {
  /** 32 bytes. */
  readonly id: Uint8Array
  readonly header: ReadHeader
  /** Where it stands in the block log, from 0; -1 for block 0, which stands in the genesis. */
  readonly entry: number
  readonly weight: bigint
}

/** Where a record is: on each branch it may be in another block. */
export interface RecordPlace {
  /** Id of the block, 32 bytes. */
  readonly block: Uint8Array
  /** In the block, from 0. */
  readonly place: number
}

export interface IndexedRecord extends RecordPlace {
  readonly txid: Uint8Array
}

/** A small thing under a name of at most 128 ASCII characters; `null` removes it. */
export interface NoteChange {
  readonly name: string
  readonly value: Uint8Array | null
}

export interface Note extends NoteChange {
  readonly value: Uint8Array
}

/** One transaction of the index: all of it, or nothing. */
export interface IndexChange {
  readonly blocks?: readonly IndexedBlock[]
  /** Nodes that are there already are left as they are. */
  readonly nodes?: readonly TreeNode[]
  /** Hashes of tree nodes that no kept state has any more; gone before `nodes` are put. */
  readonly dropped?: readonly Uint8Array[]
  readonly records?: readonly IndexedRecord[]
  /** From this height on the chain that is followed is these blocks; what it had from there on leaves it. */
  readonly followed?: { readonly from: bigint; readonly ids: readonly Uint8Array[] }
  /** Where the chain that is followed ends, and where it is final. */
  readonly tip?: Uint8Array
  readonly final?: Uint8Array
  /** Entries of the block log that are indexed. */
  readonly entries?: number
  readonly notes?: readonly NoteChange[]
}

export interface IndexHead {
  readonly tip: Uint8Array
  readonly final: Uint8Array
  readonly entries: number
}

/**
 * Rebuilt from the block log when it is missing or behind; only its notes are nowhere else. One writer; bytes are copied
 * on the way in and out.
 */
export interface LedgerIndex {
  /** Resolves once it is durable. Calls take effect in their order. */
  write(change: IndexChange): Promise<void>
  node(hash: Uint8Array): Promise<Uint8Array | null>
  /** The same of many, in their order. */
  nodes(hashes: readonly Uint8Array[]): Promise<readonly (Uint8Array | null)[]>
  block(id: Uint8Array): Promise<IndexedBlock | null>
  /** All that were indexed from this height on, branches too, by height and then entry, at most `limit`. */
  blocksFrom(height: bigint, limit: number): Promise<readonly IndexedBlock[]>
  /** The chain that is followed from this height on, by height, at most `limit`. */
  followed(height: bigint, limit: number): Promise<readonly IndexedBlock[]>
  /** Every block that has a record of this txid. */
  record(txid: Uint8Array): Promise<readonly RecordPlace[]>
  note(name: string): Promise<Uint8Array | null>
  /** The notes whose names begin with `prefix`, by name in the order of character codes. */
  notes(prefix: string): Promise<readonly Note[]>
  /** `null` for an index that never had a tip. */
  head(): Promise<IndexHead | null>
  /** Empties it, but for the notes. */
  clear(): Promise<void>
}
