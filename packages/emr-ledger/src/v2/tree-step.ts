/** Which nodes a step from one state tree to another adds, and which it leaves behind. */
import { fromBinary } from './binary.js'
import type { TreeNode } from './ports.js'
import type { StateTree } from './state-tree.js'
import { type InnerNode, type LeafNode, type Node, sizeOfNode, writeNode } from './tree-node.js'

export interface TreeStep {
  /** To be stored before the state is: each is new to the tree, none of the store's need be. */
  readonly added: readonly TreeNode[]
  /** Hashes of what the tree before has and that after has not. */
  readonly dropped: readonly Uint8Array[]
}

/**
 * The step from `before` to a tree that was made of it by `with`, or back. In one tree a hash stands once, so what
 * both have is in neither list; a leaf that only moved is.
 * @throws RangeError where the two differ in what one of them has not loaded
 */
export function treeStep(before: StateTree, after: StateTree): TreeStep {
  const old = new Map<string, LeafNode | InnerNode>()
  const fresh = new Map<string, LeafNode | InnerNode>()
  collect(before.top, after.top, old, fresh)
  const added = stored([...fresh.values()].filter(({ hash }) => !old.has(hash)))
  const dropped: Uint8Array[] = []
  for (const hash of old.keys()) if (!fresh.has(hash)) dropped.push(fromBinary(hash))
  return { added, dropped }
}

/** In one piece of memory: one of its own for each of so few bytes takes longer than filling it. */
function stored(nodes: readonly (LeafNode | InnerNode)[]): readonly TreeNode[] {
  const memory = new Uint8Array(nodes.reduce((size, node) => size + sizeOfNode(node), 0))
  let at = 0
  return nodes.map(node => {
    const bytes = memory.subarray(at, at + sizeOfNode(node))
    at += bytes.length
    writeNode(node, bytes)
    return { hash: fromBinary(node.hash), bytes }
  })
}

type Found = Map<string, LeafNode | InnerNode>

/** Walks both at once, past what they share. */
function collect(before: Node | null, after: Node | null, old: Found, fresh: Found): void {
  if (before === after || (before !== null && before.hash === after?.hash)) return
  note(before, old)
  note(after, fresh)
  const [left, right] = [childrenOf(before), childrenOf(after)]
  if (left === null && right === null) return
  collect(left?.[0] ?? null, right?.[0] ?? null, old, fresh)
  collect(left?.[1] ?? null, right?.[1] ?? null, old, fresh)
}

function note(node: Node | null, found: Found): void {
  if (node === null || node.kind === 'empty') return
  if (node.kind === 'stub') throw new RangeError('where the trees differ they must be loaded')
  found.set(node.hash, node)
}

const childrenOf = (node: Node | null): readonly [Node, Node] | null =>
  node?.kind === 'inner' ? [node.left, node.right] : null
