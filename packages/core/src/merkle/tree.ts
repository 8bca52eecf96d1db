import { concat } from '../bytes.js'
import { defaultEngine, type Engine } from '../engine.js'

const leafPrefix = Uint8Array.of(0x00)
const nodePrefix = Uint8Array.of(0x01)

/** The size of every hash here. */
export const hashBytes = 32

/** The hash of one leaf's data, RFC 9162 2.1.1: the prefix keeps leaves and nodes apart. */
export function leafHash(data: Uint8Array, engine: Engine = defaultEngine()): Uint8Array {
  return engine.createSha256().update(leafPrefix).update(data).digest()
}

/** The hash of a node from those of its two children, RFC 9162 2.1.1. */
export function nodeHash(left: Uint8Array, right: Uint8Array, engine: Engine = defaultEngine()): Uint8Array {
  return engine.sha256(concat(nodePrefix, left, right))
}

/** What is needed of a tree to go on appending: the roots of its complete subtrees, the largest first. */
export interface Tree {
  /** How many leaves. */
  readonly size: number
  readonly peaks: readonly Uint8Array[]
}

export const emptyTree: Tree = { size: 0, peaks: [] }

/** Pure: the tree with one leaf more, given by its hash. */
export function extend(tree: Tree, leaf: Uint8Array, engine: Engine = defaultEngine()): Tree {
  const peaks = [...tree.peaks]
  let last = leaf
  // One merge for each complete subtree of the same size, as carries in a binary counter.
  for (let rest = tree.size; rest % 2 === 1; rest = (rest - 1) / 2) {
    last = nodeHash(peaks.pop() ?? last, last, engine)
  }
  return { size: tree.size + 1, peaks: [...peaks, last] }
}

/** The root; without leaves it is the hash of nothing. */
export function treeRoot(tree: Tree | readonly Uint8Array[], engine: Engine = defaultEngine()): Uint8Array {
  const { peaks } = 'peaks' in tree ? tree : treeOf(tree, engine)
  if (peaks.length === 0) return engine.sha256(new Uint8Array())
  return Uint8Array.from(peaks.reduceRight((right, left) => nodeHash(left, right, engine)))
}

function treeOf(leaves: readonly Uint8Array[], engine: Engine): Tree {
  return leaves.reduce((tree, leaf) => extend(tree, leaf, engine), emptyTree)
}
