/** What a node offers to the server that runs it, and what it asks of other nodes. */
import type { Engine } from '@chartseal/core/engine'
import type { AppendLog, Clock } from '@chartseal/core/ports'
import type { Genesis } from '../v2/genesis.js'
import type { ReadHeader } from '../v2/header.js'
import type { LedgerIndex, RecordPlace } from '../v2/ports.js'
import type { LedgerRecord } from '../v2/record.js'
import type { Roster } from '../v2/roster.js'
import type { Finality, SealBase, SealKeeper, SealNotes } from '../v2/seal.js'
import type { PrescriptionState } from '../v2/state.js'

/** Another node, by whatever way it is reached. What it says is checked; what it throws ends one pull. */
export interface LedgerPeer {
  tip(): Promise<PeerTip>
  /** The chain that it follows, from this height on, by height, at most `limit`. */
  headers(from: bigint, limit: number): Promise<readonly PeerHeader[]>
  /** The bytes of a block; `null` when it has none of this id. */
  block(id: Uint8Array): Promise<Uint8Array | null>
  /** Votes and evidence of finality, as `LedgerNode.evidence` gives them. */
  evidence?(): Promise<readonly Uint8Array[]>
  /** Records that wait to be sealed. */
  pending?(): Promise<readonly Uint8Array[]>
}

export interface PeerTip {
  readonly id: Uint8Array
  readonly height: bigint
}

export interface PeerHeader {
  /** 244 bytes. */
  readonly header: Uint8Array
  /** At most 64 KiB. */
  readonly seal: Uint8Array
}

export interface NodeLimits {
  /** Records that wait; 4,096 by default. */
  readonly pending: number
  /** Of one signer; 64 by default. */
  readonly pendingOfSigner: number
  /** Blocks whose parent is not here; 64 by default. */
  readonly orphans: number
  /** How far back a chain may be given up where nothing is final; 1,000 by default. */
  readonly undoDepth: number
}

/** What a keeper is made of: `openSeal` takes it as it is. */
export interface SealStart {
  readonly genesis: Genesis
  readonly block0: ReadHeader
  readonly base: SealBase
  readonly notes: SealNotes
  /** The chain that is followed, from this height on, at most so many. */
  readonly headers?: (height: bigint, limit: number) => Promise<readonly ReadHeader[]>
}

/** Makes the keeper of the seal, with the keys that this node seals with. */
export type SealOpener = (start: SealStart) => SealKeeper | Promise<SealKeeper>

export interface LedgerNodeOptions {
  /** Bytes of the genesis. */
  readonly genesis: Uint8Array
  /** The block log; the node owns it from now on. Log kind: `blockLogKind`. */
  readonly blocks: AppendLog
  readonly index: LedgerIndex
  readonly seal: SealOpener
  readonly clock: Clock
  /**
   * What the clocks of other nodes say now, in seconds, as far as they were heard: nothing is sealed by a clock that
   * differs from most of them.
   */
  readonly otherClocks?: () => readonly bigint[]
  readonly engine?: Engine
  readonly limits?: Partial<NodeLimits>
  /** Under `pow`, the depth from which on a dispensing counts here; without it none is admitted. */
  readonly dispenseDepth?: number
}

/** A block, and how sure it is. */
export interface ChainBlock {
  readonly id: Uint8Array
  readonly height: bigint
  readonly timestamp: bigint
}

export interface PlacedRecord extends RecordPlace {
  readonly record: LedgerRecord
  readonly height: bigint
  readonly finality: Finality
}

/** Where a record stands with this node. `refused`: it can never be sealed any more. */
export type RecordStatus =
  | { readonly kind: 'sealed'; readonly at: PlacedRecord }
  | { readonly kind: 'pending'; readonly isReady: boolean; readonly record: LedgerRecord }
  | { readonly kind: 'refused'; readonly code: string }

/** A prescription as the chain that is followed has it, and as it is final (`null`: not yet). */
export interface PrescriptionAnswer {
  readonly state: PrescriptionState
  readonly isExpired: boolean
  readonly asOf: ChainBlock
  readonly final: PrescriptionState | null
}

export type LedgerEvent =
  | { readonly kind: 'block'; readonly block: ChainBlock; readonly records: readonly Uint8Array[] }
  | {
      readonly kind: 'reorganised'
      readonly from: ChainBlock
      readonly to: ChainBlock
      readonly depth: number
    }
  | { readonly kind: 'final'; readonly block: ChainBlock }
  | { readonly kind: 'pending'; readonly txid: Uint8Array; readonly bytes: Uint8Array }
  | { readonly kind: 'refused'; readonly txid: Uint8Array; readonly code: string }
  /** A vote or evidence of finality, for other nodes. */
  | { readonly kind: 'evidence'; readonly bytes: Uint8Array }

/** What became of a block that was handed in. `orphan`: its parent is not here yet. */
export interface Received {
  readonly id: Uint8Array
  readonly outcome: 'kept' | 'known' | 'orphan'
}

export interface Submitted {
  readonly txid: Uint8Array
  /** Whether it was pending or sealed here before. */
  readonly isKnown: boolean
}

export interface PullResult {
  /** Blocks that were kept. */
  readonly blocks: number
  /** Records that were admitted. */
  readonly records: number
}

/** The methods of `LedgerNode`. Every call is safe beside every other. */
export interface LedgerNodeApi {
  /** 32 bytes: SHA-256 of the genesis. */
  readonly id: Uint8Array
  readonly genesis: Genesis
  readonly tip: ChainBlock
  /** Block 0 where nothing is ever final. */
  readonly final: ChainBlock
  /** Resolves once the record is durable here. @throws ChartsealError `ledger/…` */
  submit(record: Uint8Array): Promise<Submitted>
  /** Resolves once the block is durable here, or waits for its parent. @throws ChartsealError `ledger/…` */
  receive(block: Uint8Array): Promise<Received>
  /** A vote, or evidence of finality. Resolves with whether it was new. @throws ChartsealError `ledger/…` */
  vote(evidence: Uint8Array): Promise<boolean>
  /** For peers who ask what is final. */
  evidence(): readonly Uint8Array[]
  /** Proofs that sealers signed two of what only one may be (`checkOffence`). */
  offences(): readonly Uint8Array[]
  /**
   * Votes and seals where it is this node's turn; resolves with the block that it sealed.
   * @throws ChartsealError `ledger/clock`, `ledger/no-witness-time`: by this clock nothing is sealed
   */
  tick(): Promise<ChainBlock | null>
  headers(from: bigint, limit: number): Promise<readonly PeerHeader[]>
  /** By id any block that is kept, by height one of the chain that is followed. */
  block(which: Uint8Array | bigint): Promise<Uint8Array | null>
  record(txid: Uint8Array): Promise<RecordStatus | null>
  prescription(txid: Uint8Array): Promise<PrescriptionAnswer | null>
  roster(): Promise<Roster>
  /** The number that the signer's next record must have, those that wait counted. */
  nextSeq(kid: Uint8Array): Promise<bigint>
  pending(): readonly LedgerRecord[]
  /** Pulls what the peer has and this node has not. Resolves when there is nothing more. @throws what the peer throws */
  syncWith(peer: LedgerPeer): Promise<PullResult>
  /** Told after what they tell is durable. Gives back what takes the listener away. */
  subscribe(listener: (event: LedgerEvent) => void): () => void
  /** Waits for what is under way and closes the block log. */
  close(): Promise<void>
}

/** The kind that names this format in the head of a block log. */
export const blockLogKind = 'emr-ledger/v2'
