/** The seal rule of a ledger as a node lives with it: what it judges, remembers, decides and makes. */
import type { Block } from '../v2/block.js'
import type { Header } from '../v2/header.js'
import type { SealDraft, SealJudge, SealParent } from '../v2/seal.js'

/** Small durable values of the seal: votes, evidence of finality. */
export interface SealNotes {
  get(name: string): Promise<Uint8Array | null>
  /** Resolves once it is durable. */
  put(name: string, value: Uint8Array): Promise<void>
}

/** A block that the node keeps. */
export interface SealedBlock extends Pick<Block, 'header' | 'seal'> {
  readonly parent: SealParent
}

/** Our turn: what to extend, and what the seal decides of the header. */
export interface SealTurn {
  /** Id of the parent, 32 bytes; a block that the node keeps. */
  readonly parent: Uint8Array
  readonly timestamp: bigint
  readonly draft: SealDraft
}

/** What a node is sealed with; one for each node. Its memory is made again from the blocks and its notes. */
export interface Sealing {
  readonly judge: SealJudge
  /** Called once, before anything else: with the notes of this seal, and block 0. */
  start(notes: SealNotes, genesis: Pick<Block, 'header' | 'seal'>): Promise<void>
  /** A block that is durable: each once, parents first; at open those that are not final. */
  keep(block: SealedBlock): void
  /**
   * Evidence from elsewhere: a vote, a cosigned checkpoint. Resolves with whether it says anything new, once that is
   * durable. @throws ChartsealError `ledger/…` for what no honest node hands round
   */
  take(evidence: Uint8Array): Promise<boolean>
  /** What this node does of itself at this time (votes); what it gives is durable, and for every peer. */
  act(nowSeconds: bigint): Promise<readonly Uint8Array[]>
  /** What a peer needs to see what is final here, beside the blocks. */
  evidence(): readonly Uint8Array[]
  /** The newest final block among those kept, `null` where nothing is ever final. */
  final(): Uint8Array | null
  /** `null` when it is not our turn, or nobody seals here. `hasPending`: whether there is anything to seal. */
  turn(nowSeconds: bigint, tip: Uint8Array, hasPending: boolean): SealTurn | null
  /** Makes the seal; under `pow` also the nonce. `null` when it was given up. */
  seal(header: Header): Promise<{ readonly nonce: bigint; readonly seal: Uint8Array } | null>
}
