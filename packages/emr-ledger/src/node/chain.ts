/**
 * The blocks that a node keeps. A block goes through four steps: judged, appended to the log, taken into memory, written
 * to the index. What is told to others is what the index has; a write that failed is repeated before anything else.
 */
import { equal } from '@chartseal/core/bytes'
import { encodeHex } from '@chartseal/core/encoding'
import type { AppendLog } from '@chartseal/core/ports'
import { type Applied, applyBlock } from '../v2/apply.js'
import type { Block } from '../v2/block.js'
import { medianTimeHeaders, medianTimePast, type ReadHeader } from '../v2/header.js'
import type { LedgerState } from '../v2/ledger-state.js'
import type { IndexChange, LedgerIndex, TreeNode } from '../v2/ports.js'
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
  readonly applied: Applied
  readonly changes: NodeChanges
  readonly nodes: readonly TreeNode[]
}

export class Chain {
  readonly #parts: ChainParts
  #below: readonly ReadHeader[]
  #published: Published
  /** The tip after the last step, written or not. */
  #tip: KeptBlock
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

  medianTimeAt(block: KeptBlock): bigint {
    return medianTimePast(this.headersTo(block))
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
    return { applied, nodes: added, changes: { fresh: added.map(({ hash }) => hash), dropped } }
  }

  /** Appends a block that was judged, seal and all, and resolves once the index has it. */
  async append(judged: Judged): Promise<Advance> {
    const entry = await this.#parts.log.append(judged.block.bytes)
    await this.link(judged, entry)
    return this.flush()
  }

  /** Takes a block of the log into memory. */
  async link({ block, applied, changes, nodes }: Judged, entry: number): Promise<void> {
    const { keeper, states, tree } = this.#parts
    const { header, records } = block
    const kept = keptBlock(block, entry, changes)
    states.put(kept, applied.state)
    const news = keeper.add(block, await applied.state.roster())
    tree.add(kept)
    await this.#advance(news, {
      blocks: [{ id: header.id, header, entry, weight: weightIn(keeper, kept) }],
      nodes,
      records: records.map(({ txid }, place) => ({ txid, block: header.id, place })),
      entries: entry + 1,
    })
  }

  /** What votes and evidence have changed. Resolves once the index has it. */
  async heed(news: SealNews): Promise<Advance> {
    if (news.final !== null || news.weightier.length > 0) await this.#advance(news, {})
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
    states.written()
    this.#unwritten = this.#unwritten.slice(waiting.length)
    this.#published = after
    return advance
  }

  async #advance(news: SealNews, change: IndexChange): Promise<void> {
    const { tree, keeper, undoDepth } = this.#parts
    const tip = this.#tip
    const final = this.#finalOf(news)
    if (final.block !== null || news.weightier.length > 0) tree.choose(final.block ?? tree.floor)
    const { undone, done } = tree.way(tip, tree.best)
    const floor = undoDepth === null ? final.block : this.#deep(BigInt(undoDepth))
    const step = { change, undone, done, conflict: final.conflict }
    if (floor === null || floor === tree.floor) this.#unwritten.push({ ...step, settled: [] })
    else {
      const { settled, dropped } = await this.#raise(floor)
      if (undoDepth !== null) keeper.rebase(floor.header.id)
      this.#unwritten.push({ ...step, change: { ...change, dropped }, settled })
    }
    this.#tip = tree.best
  }

  /** The block in the tree that is final now, `null` for none that was not before. */
  #finalOf({ final }: SealNews): { readonly block: KeptBlock | null; readonly conflict: bigint | null } {
    const { tree } = this.#parts
    if (final === null || this.#parts.undoDepth !== null || equal(final.id, tree.floor.header.id))
      return { block: null, conflict: null }
    const block = tree.get(final.id)
    if (block !== undefined && tree.isOn(block, tree.floor)) return { block, conflict: null }
    return { block: null, conflict: final.height }
  }

  /** The block of the chain so far below its tip, `null` where the floor is above that. */
  #deep(depth: bigint): KeptBlock | null {
    const { tree } = this.#parts
    const height = tree.best.header.height - depth
    return height <= tree.floor.header.height ? null : tree.ancestor(tree.best, height)
  }

  async #raise(
    floor: KeptBlock,
  ): Promise<{ readonly settled: readonly KeptBlock[]; readonly dropped: readonly Uint8Array[] }> {
    const { tree } = this.#parts
    const { path, dead } = tree.leaving(floor)
    const dropped = new Map<string, Uint8Array>()
    for (const block of dead) for (const hash of (await this.#changesOf(block)).fresh) note(dropped, hash)
    if (dead.length > 0) {
      for (const block of [...path, ...tree.above(floor)])
        for (const hash of (await this.#changesOf(block)).fresh) dropped.delete(encodeHex(hash))
    }
    for (const block of path) for (const hash of (await this.#changesOf(block)).dropped) note(dropped, hash)
    const passed = [tree.floor, ...path.slice(0, -1)].map(({ header }) => header).reverse()
    this.#below = [...passed, ...this.#below].slice(0, medianTimeHeaders)
    tree.raise(floor)
    return { settled: path, dropped: [...dropped.values()] }
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
  found.set(encodeHex(hash), hash)
}
