/**
 * The blocks that a node keeps. A block goes through four steps: judged, appended to the log, taken into memory, written
 * to the index. What is told to others is what the index has; a write that failed is repeated before anything else.
 */
import { encodeHex } from '@chartseal/core/encoding'
import type { AppendLog } from '@chartseal/core/ports'
import { applyBlock } from '../v2/apply.js'
import { toBinary } from '../v2/binary.js'
import type { Block } from '../v2/block.js'
import { medianTimeHeaders, medianTimePast, type ReadHeader } from '../v2/header.js'
import type { LedgerState } from '../v2/ledger-state.js'
import type { IndexChange, LedgerIndex, TreeNode } from '../v2/ports.js'
import type { Roster } from '../v2/roster.js'
import type { SealKeeper, SealNews } from '../v2/seal.js'
import { treeStep } from '../v2/tree-step.js'
import { changeOf, joined, type Step } from './chain-step.js'
import { type ChainTree, type KeptBlock, keptBlock, type NodeChanges } from './chain-tree.js'
import type { States } from './states.js'

export interface ChainParts {
  readonly log: AppendLog
  readonly index: LedgerIndex
  readonly keeper: SealKeeper
  readonly tree: ChainTree
  readonly states: States
  /** Headers below the floor, the newest first: as many as the median time needs, or all. */
  readonly below: readonly ReadHeader[]
  /** How deep the floor lies where nothing is final; `null` where the seal decides. */
  readonly undoDepth: number | null
}

/** What the index has, and others are told. */
export interface Published {
  readonly tip: KeptBlock
  readonly floor: KeptBlock
}

/** What became of the chain in one write. */
export interface Advance extends Omit<Step, 'change'> {
  readonly before: Published
  readonly after: Published
}

/** A block that was judged, and what it does. */
export interface Judged {
  readonly block: Block
  readonly state: LedgerState
  /** After the block. */
  readonly roster: Roster
  readonly changes: NodeChanges
  readonly nodes: readonly TreeNode[]
}

export class Chain {
  readonly #parts: ChainParts
  #below: readonly ReadHeader[]
  #published: Published
  /** The tip after the last step, written or not. */
  #tip: KeptBlock
  /** What was told to conflict with what was final. */
  #conflict: ReadHeader | null = null
  /** In memory, and not in the index yet. */
  #unwritten: Step[] = []

  constructor(parts: ChainParts) {
    this.#parts = parts
    this.#below = parts.below
    this.#published = { tip: parts.tree.best, floor: parts.tree.floor }
    this.#tip = parts.tree.best
  }

  get published(): Published {
    return this.#published
  }

  get tree(): ChainTree {
    return this.#parts.tree
  }

  stateOf(block: KeptBlock): Promise<LedgerState> {
    return this.#parts.states.of(block)
  }

  /** Headers that end with this block, the newest first: as many as the median time needs, or all. */
  headersTo(block: KeptBlock): readonly ReadHeader[] {
    const headers: ReadHeader[] = []
    for (let at: KeptBlock | undefined = block; at !== undefined; at = this.tree.get(at.parentKey)) {
      headers.push(at.header)
      if (headers.length === medianTimeHeaders) return headers
    }
    return [...headers, ...this.#below].slice(0, medianTimeHeaders)
  }

  /** The earliest that a block on this one may say. */
  async medianTimeAt(block: KeptBlock): Promise<bigint> {
    const { clock } = await (await this.stateOf(block)).roster()
    return medianTimePast(this.headersTo(block), clock)
  }

  /** The time that a block on this one has when the clock says `time`: never below the earliest. */
  async timeOn(block: KeptBlock, time: bigint): Promise<bigint> {
    const earliest = await this.medianTimeAt(block)
    if (time < earliest) return earliest
    return time
  }

  /** The earliest that a block on this one may say, which stands on `parent`. */
  medianTimeAfter({ header }: Pick<Block, 'header'>, parent: KeptBlock, { clock }: Roster): bigint {
    return medianTimePast([header, ...this.headersTo(parent)], clock)
  }

  /**
   * Judges everything of a block but its seal. Nothing changes.
   * @param verified as of `applyBlock`
   * @throws ChartsealError as `applyBlock`
   */
  async judge(
    block: Pick<Block, 'header' | 'records'>,
    parent: KeptBlock,
    verified: ReadonlySet<string>,
  ): Promise<Omit<Judged, 'block'>> {
    const before = await this.stateOf(parent)
    const applied = await applyBlock(before, this.headersTo(parent), block, { verified })
    const { added, dropped } = treeStep(before.tree, applied.state.tree)
    const { state } = applied
    const changes = { fresh: added.map(({ hash }) => hash), dropped }
    return { state, roster: await state.roster(), nodes: added, changes }
  }

  /** Appends a block that was judged, seal and all, and resolves once the index has it. */
  async append(judged: Judged): Promise<Advance> {
    const entry = await this.#parts.log.append(judged.block.bytes)
    await this.link(judged, entry)
    return this.flush()
  }

  /** Takes a block of the log into memory: nothing that may fail stands before it waits to be written. */
  async link({ block, state, roster, changes, nodes }: Judged, entry: number): Promise<void> {
    const { keeper, states, tree } = this.#parts
    const { header, records } = block
    const kept = keptBlock(block, entry, changes)
    states.put(kept, state)
    const news = keeper.add(block, roster)
    tree.add(kept)
    this.#follow(news, {
      blocks: [{ id: header.id, header, entry, weight: weightIn(keeper, kept) }],
      nodes,
      records: records.map(({ txid }, place) => ({ txid, block: header.id, place })),
      entries: entry + 1,
    })
    await this.#raise()
  }

  /** What votes and evidence have changed. Resolves once the index has it. */
  async heed(news: SealNews): Promise<Advance> {
    if (news.final !== null || news.weightier.length > 0) this.#follow(news, {})
    await this.#raise()
    return this.flush()
  }

  /** The log has so many entries that are looked at; nothing stands on the last of them. */
  skip(entries: number): void {
    this.#unwritten.push({ change: { entries }, undone: [], done: [], settled: [], conflict: null })
  }

  /** How many changes wait to be written. */
  get waiting(): number {
    return this.#unwritten.length
  }

  /** Writes what is not in the index yet, all at once. @throws what the index throws; then nothing is told */
  async flush(): Promise<Advance> {
    const { index, states, keeper, tree } = this.#parts
    const waiting = [...this.#unwritten]
    const [before, after] = [this.#published, { tip: tree.best, floor: tree.floor }]
    const advance = { ...joined(waiting), before, after }
    if (waiting.length === 0) return advance
    if (before.floor !== after.floor) await keeper.settle()
    await index.write(changeOf(waiting, advance, keeper))
    states.written(advance.done.length)
    this.#unwritten = this.#unwritten.slice(waiting.length)
    this.#published = after
    return advance
  }

  /** The tip to follow now. */
  #follow(news: SealNews, change: IndexChange): void {
    const { tree } = this.#parts
    const target = this.#target()
    if (target !== null || news.weightier.length > 0) tree.choose(target ?? tree.floor)
    const { undone, done } = tree.way(this.#tip, tree.best)
    const conflict = this.#newConflict()
    this.#unwritten.push({ change, undone, done, conflict, settled: [] })
    this.#tip = tree.best
  }

  /** Where the floor is to be, `null` where it is. */
  #target(): KeptBlock | null {
    const { tree, keeper, undoDepth } = this.#parts
    if (undoDepth !== null) return null
    const block = tree.get(keeper.final.id)
    return block !== undefined && block !== tree.floor && tree.isOn(block, tree.floor) ? block : null
  }

  /** The height of what the seal calls final and does not stand on what was, once for each. */
  #newConflict(): bigint | null {
    const { tree, keeper, undoDepth } = this.#parts
    const { final } = keeper
    if (undoDepth !== null || final === this.#conflict || final.height < tree.floor.header.height) return null
    const block = tree.get(final.id)
    if (block !== undefined && tree.isOn(block, tree.floor)) return null
    this.#conflict = final
    return final.height
  }

  /** The block of the chain so far below its tip; `null` while the floor is hardly below that: moving it costs. */
  #deep(depth: bigint): KeptBlock | null {
    const { tree } = this.#parts
    const height = tree.best.header.height - depth
    const step = depth / 4n + 1n
    return height < tree.floor.header.height + step ? null : tree.ancestor(tree.best, height)
  }

  /** Brings the floor to where it is to be; tried again with the next step when it fails. */
  async #raise(): Promise<void> {
    const { tree, keeper, undoDepth } = this.#parts
    const floor = undoDepth === null ? this.#target() : this.#deep(BigInt(undoDepth))
    if (floor === null) return
    const { path, dead } = tree.leaving(floor)
    const dropped = await this.#droppedBy(path, dead, tree.above(floor))
    const passed = [tree.floor, ...path.slice(0, -1)].map(({ header }) => header).reverse()
    this.#below = [...passed, ...this.#below].slice(0, medianTimeHeaders)
    tree.raise(floor)
    if (undoDepth !== null) keeper.rebase(floor.header.id)
    this.#unwritten.push({ change: { dropped }, undone: [], done: [], settled: path, conflict: null })
  }

  /** Nodes that no kept state has once these blocks have left the tree. */
  async #droppedBy(
    path: readonly KeptBlock[],
    dead: readonly KeptBlock[],
    alive: readonly KeptBlock[],
  ): Promise<readonly Uint8Array[]> {
    const dropped = new Map<string, Uint8Array>()
    for (const block of dead) for (const hash of (await this.#changesOf(block)).fresh) note(dropped, hash)
    // Two branches that say the same have the same nodes.
    if (dead.length > 0) {
      for (const block of [...path, ...alive])
        for (const hash of (await this.#changesOf(block)).fresh) dropped.delete(toBinary(hash))
    }
    for (const block of path) for (const hash of (await this.#changesOf(block)).dropped) note(dropped, hash)
    return [...dropped.values()]
  }

  /** Those of a block of an earlier run are made again. */
  async #changesOf(block: KeptBlock): Promise<NodeChanges> {
    if (block.changes !== null) return block.changes
    const parent = this.tree.get(block.parentKey)
    if (parent === undefined) throw new Error('internal: a block without its parent')
    return (await this.judge(block, parent, verifiedOf(block))).changes
  }
}

/** wtxids of records that were verified before they came into the log. */
export function verifiedOf({ records }: Pick<Block, 'records'>): ReadonlySet<string> {
  return new Set(records.map(({ wtxid }) => encodeHex(wtxid)))
}

/** What a block weighs; nothing where the seal has forgotten it. */
export function weightIn(keeper: SealKeeper, { header }: KeptBlock): bigint {
  return keeper.has(header.id) ? keeper.weight(header.id) : -1n
}

function note(found: Map<string, Uint8Array>, hash: Uint8Array): void {
  found.set(toBinary(hash), hash)
}
