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
  readonly seal: Uint8Array
  readonly records: Block['records']
  readonly entry: number
  readonly weight: bigint
  readonly changes: NodeChanges
}

/** What leads from one tip to another: blocks to give up, newest first, and blocks to follow, oldest first. */
export interface Way {
  readonly undone: readonly KeptBlock[]
  readonly done: readonly KeptBlock[]
}

/** What a new floor leaves: the blocks from the old one up to it, and those that do not stand on it. */
export interface Raised {
  readonly path: readonly KeptBlock[]
  readonly dead: readonly KeptBlock[]
}

export class ChainTree {
  readonly #blocks = new Map<string, KeptBlock>()
  readonly #children = new Map<string, string[]>()
  #floor: KeptBlock
  #best: KeptBlock

  constructor(floor: KeptBlock) {
    this.#floor = floor
    this.#best = floor
    this.#blocks.set(floor.key, floor)
  }

  /** Below it nothing changes any more. */
  get floor(): KeptBlock {
    return this.#floor
  }

  /** The heaviest tip; of equals the one that was there first. */
  get best(): KeptBlock {
    return this.#best
  }

  get(id: Uint8Array | string): KeptBlock | undefined {
    return this.#blocks.get(typeof id === 'string' ? id : encodeHex(id))
  }

  get size(): number {
    return this.#blocks.size
  }

  /** Its parent must be here; nothing happens when the block is. */
  add(block: KeptBlock): void {
    if (this.#blocks.has(block.key)) return
    if (!this.#blocks.has(block.parentKey)) throw new Error('internal: a block without its parent')
    this.#blocks.set(block.key, block)
    this.#children.set(block.parentKey, [...(this.#children.get(block.parentKey) ?? []), block.key])
    if (isBetter(block, this.#best)) this.#best = block
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

  /** All blocks above the floor, parents first. */
  *above(): Iterable<KeptBlock> {
    const waiting = [...(this.#children.get(this.#floor.key) ?? [])]
    for (let key = waiting.shift(); key !== undefined; key = waiting.shift()) {
      const block = this.#blocks.get(key)
      if (block === undefined) continue
      yield block
      waiting.push(...(this.#children.get(key) ?? []))
    }
  }

  /** The new floor stands on the old one. What does not stand on it leaves the tree. */
  raise(to: KeptBlock): Raised {
    const path = this.way(this.#floor, to).done
    const before = [...this.above()]
    this.#floor = to
    const kept = new Set([to, ...this.above()])
    const onPath = new Set(path)
    const dead = before.filter(block => !kept.has(block) && !onPath.has(block))
    this.#keep(kept)
    return { path, dead }
  }

  #keep(kept: ReadonlySet<KeptBlock>): void {
    for (const [key, block] of this.#blocks) {
      if (kept.has(block)) continue
      this.#blocks.delete(key)
      this.#children.delete(key)
    }
    this.#best = this.#floor
    for (const block of kept) if (isBetter(block, this.#best)) this.#best = block
  }

  #parent(block: KeptBlock): KeptBlock {
    const parent = this.#blocks.get(block.parentKey)
    if (parent === undefined) throw new Error('internal: two blocks without a common ancestor')
    return parent
  }
}

const isBetter = (one: KeptBlock, other: KeptBlock): boolean =>
  one.weight === other.weight ? one.entry < other.entry : one.weight > other.weight
