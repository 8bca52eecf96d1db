/** The blocks that are not final, as a tree, and which of its tips is followed. */
import { encodeHex } from '@chartseal/core/encoding'
import type { Block } from '../v2/block.js'
import type { ReadHeader } from '../v2/header.js'

/** Hashes of tree nodes, 32 bytes each. */
export interface NodeChanges {
  /** In the state after the block, not in that before. */
  readonly fresh: readonly Uint8Array[]
  /** The other way round. */
  readonly dropped: readonly Uint8Array[]
}

export interface KeptBlock {
  /** Id in hexadecimal. */
  readonly key: string
  readonly parentKey: string
  readonly header: ReadHeader
  readonly records: Block['records']
  readonly entry: number
  /** `null` for a block of an earlier run: made again when it is needed. */
  readonly changes: NodeChanges | null
}

/** What a block weighs now. */
export type WeightOf = (block: KeptBlock) => bigint

export function keptBlock(
  { header, records }: Pick<Block, 'header' | 'records'>,
  entry: number,
  changes: NodeChanges | null,
): KeptBlock {
  return { key: encodeHex(header.id), parentKey: encodeHex(header.previous), header, records, entry, changes }
}

/** What leads from one tip to another: blocks to give up, newest first, and blocks to follow, oldest first. */
export interface Way {
  readonly undone: readonly KeptBlock[]
  readonly done: readonly KeptBlock[]
}

/** The blocks from the old floor, without it, up to the new one, and those that do not stand on the new one. */
export interface Leaving {
  readonly path: readonly KeptBlock[]
  readonly dead: readonly KeptBlock[]
}

export class ChainTree {
  readonly #blocks = new Map<string, KeptBlock>()
  readonly #children = new Map<string, string[]>()
  readonly #weightOf: WeightOf
  #floor: KeptBlock
  #best: KeptBlock

  constructor(floor: KeptBlock, weightOf: WeightOf) {
    this.#floor = floor
    this.#best = floor
    this.#weightOf = weightOf
    this.#blocks.set(floor.key, floor)
  }

  /** Below it nothing changes any more. */
  get floor(): KeptBlock {
    return this.#floor
  }

  /** The heaviest tip; of equals the one that was followed, or else the one that was there first. */
  get best(): KeptBlock {
    return this.#best
  }

  get(id: Uint8Array | string): KeptBlock | undefined {
    return this.#blocks.get(typeof id === 'string' ? id : encodeHex(id))
  }

  get size(): number {
    return this.#blocks.size
  }

  /** Its parent must be here. */
  add(block: KeptBlock): void {
    if (!this.#blocks.has(block.parentKey)) throw new Error('internal: a block without its parent')
    this.#blocks.set(block.key, block)
    this.#children.set(block.parentKey, [...(this.#children.get(block.parentKey) ?? []), block.key])
    if (this.#weightOf(block) > this.#weightOf(this.#best)) this.#best = block
  }

  /** The tip that was followed when this tree was stored, where it is as heavy as any. */
  follow(id: Uint8Array): void {
    const block = this.get(id)
    if (block !== undefined && this.#weightOf(block) >= this.#weightOf(this.#best)) this.#best = block
  }

  /** After weights have changed: among those that stand on `base`. */
  choose(base: KeptBlock): void {
    let best = this.isOn(this.#best, base) ? this.#best : base
    const first = best
    for (const block of this.above(base)) {
      const [weight, most] = [this.#weightOf(block), this.#weightOf(best)]
      if (weight > most || (weight === most && best !== first && block.entry < best.entry)) best = block
    }
    this.#best = best
  }

  /** The ancestor at this height; the block itself at its own. */
  ancestor(block: KeptBlock, height: bigint): KeptBlock | null {
    let at: KeptBlock | undefined = block
    while (at !== undefined && at.header.height > height) at = this.#blocks.get(at.parentKey)
    return at?.header.height === height ? at : null
  }

  isOn(block: KeptBlock, ancestor: KeptBlock): boolean {
    return this.ancestor(block, ancestor.header.height) === ancestor
  }

  /** @throws RangeError when one of them is not here */
  way(from: KeptBlock, to: KeptBlock): Way {
    const undone: KeptBlock[] = []
    const done: KeptBlock[] = []
    let [left, right] = [from, to]
    while (left !== right) {
      if (left.header.height >= right.header.height) {
        undone.push(left)
        left = this.#parent(left)
      } else {
        done.push(right)
        right = this.#parent(right)
      }
    }
    return { undone, done: done.reverse() }
  }

  /** All blocks that stand on this one, parents first; by default all but the floor. */
  above(base: KeptBlock = this.#floor): readonly KeptBlock[] {
    const found = [...this.#childrenOf(base)]
    for (const block of found) found.push(...this.#childrenOf(block))
    return found
  }

  /** What leaves the tree once `floor` is its floor. */
  leaving(floor: KeptBlock): Leaving {
    const path = this.way(this.#floor, floor).done
    const kept = new Set([...path, ...this.above(floor)])
    return { path, dead: this.above().filter(block => !kept.has(block)) }
  }

  /** The new floor stands on the old one, and the best tip on it. What does not stand on it leaves the tree. */
  raise(floor: KeptBlock): void {
    const kept = new Set([floor, ...this.above(floor)])
    if (!kept.has(this.#best)) throw new Error('internal: the best tip must stand on the floor')
    this.#floor = floor
    for (const [key, block] of this.#blocks) {
      if (kept.has(block)) continue
      this.#blocks.delete(key)
      this.#children.delete(key)
    }
  }

  #childrenOf({ key }: KeptBlock): readonly KeptBlock[] {
    return (this.#children.get(key) ?? []).flatMap(child => this.#blocks.get(child) ?? [])
  }

  #parent(block: KeptBlock): KeptBlock {
    const parent = this.#blocks.get(block.parentKey)
    if (parent === undefined) throw new RangeError('two blocks must have an ancestor in common')
    return parent
  }
}
