/**
 * The state tree, a value: a step gives a new tree that shares all nodes but the changed ones with the old. Loaded from a
 * store as far as it is needed. docs/spec/ledger-v2.md, "State tree".
 */
import { defaultEngine, type Engine } from '@chartseal/core/engine'
import { fromBinary, toBinary } from './binary.js'
import {
  bitOf,
  emptyNode,
  hashBytes,
  hasKey,
  haveOneKey,
  type InnerNode,
  keyBits,
  keyBytes,
  type LeafNode,
  leafBit,
  leafValue,
  type Node,
  NodeHasher,
  nodeAt,
  nodeOfBytes,
  type TreeEntry,
} from './tree-node.js'

export type { TreeEntry } from './tree-node.js'

/** Where nodes are loaded from, by their hash; `LedgerIndex` is one. */
export interface TreeNodes {
  /** The bytes as they were added, `null` for a hash that is not there. */
  node(hash: Uint8Array): Promise<Uint8Array | null>
}

const noNodes: TreeNodes = { node: async () => null }

/** Where a node stands that is not loaded: at the top, or below one that is. */
interface Gap {
  readonly over: InnerNode | null
  readonly side: 'left' | 'right'
  readonly hash: string
}

/** The state of a ledger as a tree of hashes, and a value: changing it gives another one. */
export class StateTree {
  #top: Node
  readonly #nodes: TreeNodes
  readonly #hasher: NodeHasher

  private constructor(top: Node, nodes: TreeNodes, hasher: NodeHasher) {
    this.#top = top
    this.#nodes = nodes
    this.#hasher = hasher
  }

  /** Without leaves. */
  static empty(nodes: TreeNodes = noNodes, engine: Engine = defaultEngine()): StateTree {
    return new StateTree(emptyNode, nodes, new NodeHasher(engine))
  }

  /** The tree of this root, of which nothing is loaded yet. @throws RangeError unless it has 32 bytes */
  static at(root: Uint8Array, nodes: TreeNodes, engine: Engine = defaultEngine()): StateTree {
    requireHash('root', root)
    return new StateTree(nodeAt(toBinary(root)), nodes, new NodeHasher(engine))
  }

  /** 32 bytes; zeros without leaves. */
  get root(): Uint8Array {
    return fromBinary(this.#top.hash)
  }

  /** @internal What the tree consists of; not to be changed. */
  get top(): Node {
    return this.#top
  }

  get engine(): Engine {
    return this.#hasher.engine
  }

  /**
   * Loads what is needed to read, prove or change these keys, in as many rounds as the tree is deep. This tree and those
   * made of it have it from then on; it stays the same tree.
   * @throws ChartsealError `ledger/tree-node`, and what the store throws
   */
  async load(keys: readonly Uint8Array[]): Promise<this> {
    for (const key of keys) requireHash('key', key)
    for (let gaps = this.#gaps(keys); gaps.length > 0; gaps = this.#gaps(keys))
      await Promise.all(gaps.map(gap => this.#fill(gap)))
    return this
  }

  /** The highest nodes that are missing on the ways to these keys, each once. */
  #gaps(keys: readonly Uint8Array[]): readonly Gap[] {
    const gaps: Gap[] = []
    const visit = (
      node: Node,
      some: readonly Uint8Array[],
      depth: number,
      over: Gap['over'],
      side: Gap['side'],
    ) => {
      if (some.length === 0) return
      if (node.kind === 'stub') gaps.push({ over, side, hash: node.hash })
      if (node.kind !== 'inner') return
      const [lefts, rights] = parted(some, key => bitOf(key, depth))
      visit(node.left, lefts, depth + 1, node, 'left')
      visit(node.right, rights, depth + 1, node, 'right')
    }
    visit(this.#top, keys, 0, null, 'left')
    return gaps
  }

  async #fill({ over, side, hash }: Gap): Promise<void> {
    const node = await this.#fetch(hash)
    // Whoever was faster stays: others may have gone on below it. Every tree that shares the node has the same there.
    if (over === null) this.#top = this.#top.kind === 'stub' ? node : this.#top
    else if (over[side].kind === 'stub') over[side] = node
  }

  async #fetch(hash: string): Promise<LeafNode | InnerNode> {
    return nodeOfBytes(hash, await this.#nodes.node(fromBinary(hash)), this.engine)
  }

  /**
   * A fresh copy of the value, `null` where there is none.
   * @throws RangeError for a key that was not loaded
   */
  get(key: Uint8Array): Uint8Array | null {
    requireHash('key', key)
    let node = this.#top
    for (let depth = 0; node.kind === 'inner'; depth++)
      node = bitOf(key, depth) === 0 ? node.left : node.right
    if (node.kind === 'stub') throw new RangeError('key must be loaded first')
    return node.kind === 'leaf' && hasKey(node, key) ? leafValue(node) : null
  }

  /**
   * Pure: the tree with these values under their keys, each key once. The old tree stays valid.
   * @throws RangeError for a key that was not loaded, that is there twice, or has not 32 bytes
   */
  with(entries: readonly TreeEntry[]): StateTree {
    if (entries.length === 0) return this
    for (const { key } of entries) requireHash('key', key)
    const growth = new Growth()
    const top = growth.grown(this.#top, this.#hasher.leaves(entries), 0)
    growth.hash(this.#hasher)
    return new StateTree(top, this.#nodes, this.#hasher)
  }

  /**
   * The same tree that holds only what is above `depth`, the rest to be loaded again: for who keeps a tree for long, and
   * has stored its nodes.
   */
  trimmed(depth: number): StateTree {
    return new StateTree(trimmed(this.#top, depth), this.#nodes, this.#hasher)
  }
}

/** The inner nodes that a step makes, by their depth: hashed from below, each depth at once. */
class Growth {
  readonly #made: InnerNode[][] = []

  /** What stands where `node` did once these leaves are below it. */
  grown(node: Node, leaves: readonly LeafNode[], depth: number): Node {
    const [first, ...more] = leaves
    if (first === undefined) return node
    if (node.kind === 'stub') throw new RangeError('every key must be loaded first')
    if (node.kind === 'inner') return this.#inner(node, leaves, depth)
    const isReplaced = node.kind === 'empty' || leaves.some(leaf => haveOneKey(leaf, node))
    if (!isReplaced) return this.#inner(split(node, depth), leaves, depth)
    return more.length === 0 ? first : this.#inner({ left: emptyNode, right: emptyNode }, leaves, depth)
  }

  #inner(over: Pick<InnerNode, 'left' | 'right'>, leaves: readonly LeafNode[], depth: number): InnerNode {
    if (depth === keyBits) throw new RangeError('each key must be there once')
    const [lefts, rights] = parted(leaves, leaf => leafBit(leaf, depth))
    const inner: InnerNode = {
      kind: 'inner',
      hash: emptyNode.hash,
      left: this.grown(over.left, lefts, depth + 1),
      right: this.grown(over.right, rights, depth + 1),
    }
    const made = this.#made[depth]
    if (made === undefined) this.#made[depth] = [inner]
    else made.push(inner)
    return inner
  }

  hash(hasher: NodeHasher): void {
    for (let depth = this.#made.length - 1; depth >= 0; depth--) hasher.inner(this.#made[depth] ?? [])
  }
}

/** One leaf as the children of a node at this depth. */
function split(leaf: LeafNode, depth: number): Pick<InnerNode, 'left' | 'right'> {
  return leafBit(leaf, depth) === 0 ? { left: leaf, right: emptyNode } : { left: emptyNode, right: leaf }
}

function trimmed(node: Node, depth: number): Node {
  if (node.kind === 'empty' || node.kind === 'stub') return node
  if (depth <= 0) return { kind: 'stub', hash: node.hash }
  if (node.kind === 'leaf') return node
  const { hash, left, right } = node
  return { kind: 'inner', hash, left: trimmed(left, depth - 1), right: trimmed(right, depth - 1) }
}

/** Those with bit 0, and those with bit 1. */
function parted<Item>(items: readonly Item[], bit: (item: Item) => number): readonly [Item[], Item[]] {
  const [zeros, ones]: [Item[], Item[]] = [[], []]
  for (const item of items) (bit(item) === 0 ? zeros : ones).push(item)
  return [zeros, ones]
}

function requireHash(field: string, bytes: Uint8Array): void {
  if (bytes.length !== hashBytes) throw new RangeError(`${field} must have ${keyBytes} bytes`)
}
