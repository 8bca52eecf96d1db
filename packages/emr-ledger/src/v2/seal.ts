/**
 * One interface for the three seals: docs/spec/ledger-v2.md, "Seals". A judge is pure; a keeper is what one node knows
 * beyond its blocks (votes, checkpoints, what is final) and does about it. Storage, time and keys come in.
 */
import type { Block } from './block.js'
import type { Header, ReadHeader } from './header.js'
import type { Roster } from './roster.js'
import type { PoaMemory } from './seals/poa-memory.js'
import type { PowMemory } from './seals/pow-memory.js'
import type { TlogMemory } from './seals/tlog-memory.js'

/** All that a seal looks at of a block. */
export type SealedHeader = Pick<Block, 'header' | 'seal'>

/** What a seal has to know of the chain that ends with a block; a value. */
export type SealMemory = TlogMemory | PoaMemory | PowMemory

/** Everything of a header that the seal decides on. */
export interface SealDraft {
  readonly timestamp: bigint
  readonly difficulty: bigint
  /** 32 bytes. */
  readonly sealer: Uint8Array
  /** 40 bytes. */
  readonly extra: Uint8Array
}

/** How sure a block is; `reversible` says how many blocks stand on it. */
export type Finality = { readonly kind: 'final' } | { readonly kind: 'reversible'; readonly depth: number }

/** Of two tips, which to follow where finality does not decide; larger is better, equal keeps the first seen. */
export type ChainWeight = bigint

/** Says which seals are right: pure, for nodes and for whoever checks a chain. */
export interface SealJudge {
  /** The memory at block 0. */
  begin(): SealMemory
  /**
   * The seal of a block, and what its header must say on this parent; not the clock (`checkTime`).
   * @throws ChartsealError `ledger/seal…`; TypeError for the memory of another seal
   */
  check(block: SealedHeader, parent: SealMemory): void
  /** The memory at a block that was checked. `roster`: that of the state after the block. */
  after(parent: SealMemory, block: SealedHeader, roster: Roster): SealMemory
  /**
   * Refuses a block from the future: not for ever, so it is no fault of who hands it round.
   * @throws ChartsealError `ledger/early`
   */
  checkTime(header: Pick<Header, 'timestamp'>, nowSeconds: bigint): void
  /**
   * The same by the median time past that the block leaves, once its records are applied (`tlog`).
   * @throws ChartsealError `ledger/early`
   */
  checkMedianTime?(medianTime: bigint, nowSeconds: bigint): void
  /** Whether a block, whatever it stands on, shows that whoever seals has the right time again (`tlog`). */
  isTimely?(block: SealedHeader, nowSeconds: bigint): boolean
}

/** Small durable values of one node: what it has signed. Not in what is made again from the blocks. */
export interface SealNotes {
  get(name: string): Promise<Uint8Array | null>
  /** Resolves once it is durable. */
  put(name: string, value: Uint8Array): Promise<void>
}

/** The block that a keeper starts with: the last final one, or another below which nothing is given up. */
export interface SealBase {
  readonly header: ReadHeader
  /** As `SealKeeper.memory` gave it; `null` for block 0. */
  readonly memory: Uint8Array | null
}

/** Where this node may put the next block, and what the seal says of its header. */
export interface SealTurn extends SealDraft {
  /** Id of the block to build upon: not always the tip that is followed. */
  readonly parent: Uint8Array
}

/** What a block or message has changed. */
export interface SealNews {
  /** Final now, with everything below it; `null`: nothing more than before. */
  readonly final: ReadHeader | null
  /** Ids of kept blocks whose weight is another now: a reason to look again which chain to follow. */
  readonly weightier: readonly Uint8Array[]
}

/** What a node does of itself. */
export interface SealAct {
  /** For every other node; this one has taken them. */
  readonly messages: readonly Uint8Array[]
  readonly news: SealNews
}

/** One for each node, of the blocks from its last final one on. Calls come one after the other. */
export interface SealKeeper {
  readonly judge: SealJudge
  /** The last final block; under `pow` the base. */
  readonly final: ReadHeader
  /** A block whose parent is kept. @throws as `SealJudge.check`; RangeError when the parent is not kept */
  check(block: SealedHeader): void
  /**
   * A block that was checked, applied and stored durably, each once, parents first; at start those above the base.
   * `roster`: that of the state after it. @throws RangeError when the parent is not kept
   */
  add(block: SealedHeader, roster: Roster): SealNews
  /** For the next start with this block as base: to be stored together with what is final. @throws RangeError */
  memory(id: Uint8Array): Uint8Array
  /** Forgets what is below this block and what does not stand on it: where nothing becomes final of itself. */
  rebase(id: Uint8Array): void
  /** Whether a block is kept: on what is not kept any more nothing can be built. */
  has(id: Uint8Array): boolean
  /** Which tip to follow: the weightiest that is kept. @throws RangeError for a block that is not kept */
  weight(id: Uint8Array): ChainWeight
  /**
   * A vote (`poa`) or the proof of a checkpoint (`tlog`), from another node. That of a block which is not here waits for
   * it, as far as there is room.
   * @throws ChartsealError `ledger/message`: no honest node hands it round
   */
  take(message: Uint8Array): Promise<SealNews>
  /** What a node that was away asks for: votes for blocks that are not final, the newest proof of a checkpoint. */
  messages(): readonly Uint8Array[]
  /** Ids of blocks that are voted for and not here (`poa`), those that matter most first: nobody's tip may lead to them. */
  missing?(): readonly Uint8Array[]
  /** Votes for a block that stand in the seal of one on top of it, as messages (`poa`). @throws as `SealJudge.check` */
  votesIn?(child: SealedHeader, parent: ReadHeader): readonly Uint8Array[]
  /**
   * Votes and proofs that are due now: durable before they are given. Due after a block or message came, and when a
   * slot begins.
   */
  act(nowSeconds: bigint): Promise<SealAct>
  /** Whether to make a block now, `null`: not. `tip`: the block that is followed; `hasRecords`: whether any wait. */
  turn(nowSeconds: bigint, tip: Uint8Array, hasRecords: boolean): SealTurn | null
  /**
   * Seals a header with the fields of `turn`; `pow` searches the nonce. That it was sealed is durable before.
   * @throws ChartsealError `ledger/sealed-already`; the reason of `signal`; what the signer or the miner throws
   */
  seal(header: Header, options?: { readonly signal?: AbortSignal }): Promise<SealedHeader>
  /** Resolves once all that evidence of finality needs is durable: before the node stores what is final now. */
  settle(): Promise<void>
  /** What tells a light client that `final` is final (`checkFinality`); `null` while there is none. */
  finality(): { readonly header: ReadHeader; readonly evidence: Uint8Array } | null
  /**
   * Evidence of the final blocks at which those changed whose word is final, the oldest first (`poa`): a light client
   * that knows the sealers of long ago goes through it up to the newest (`followFinality`).
   */
  trail(): readonly Uint8Array[]
  /** Proofs that somebody signed two of what only one may be (`checkOffence`). */
  readonly offences: readonly Uint8Array[]
}
