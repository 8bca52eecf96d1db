/** What a commit does to the keys of the controller. */
import type { Random } from '@chartseal/core/ports'
import { type Advance, advanceKeys } from './advance.js'
import { childCount, type FreshNode } from './commit-codec.js'
import { mark, type NodeLevel } from './node-level.js'
import { arity, keyBytes } from './shape.js'
import { type KeyWrapper, wrapBytes } from './wrap.js'

/** The nodes of all levels, each with its next key to come. */
interface Plan {
  readonly advances: Advance[]
  readonly fresh: Uint8Array[]
}

/** Gives each changed node its next key. */
export function renewKeys(levels: readonly NodeLevel[], random: Random): void {
  const plan: Plan = { advances: [], fresh: [] }
  for (let level = 0; level < levels.length; level++) {
    const nodes = levels[level]
    if (nodes === undefined) continue
    const { changed } = nodes
    changed.sort()
    for (let i = 0; i < changed.count; i++) planNode(plan, nodes, level, changed.at(i))
  }
  advanceKeys(plan.advances)
  fillIn(plan.fresh, random)
}

function fillIn(keys: readonly Uint8Array[], random: Random): void {
  if (keys.length === 0) return
  const bytes = random.bytes(keys.length * keyBytes)
  for (const [i, key] of keys.entries()) key.set(bytes.subarray(i * keyBytes, (i + 1) * keyBytes))
  bytes.fill(0)
}

/** Numbers of 32 bits; typed arrays sort by value, and in a fraction of the time. */
export const inOrder = (indexes: readonly number[]): number[] =>
  indexes.length < 2 ? [...indexes] : Array.from(new Uint32Array(indexes).sort())

function planNode({ advances, fresh }: Plan, nodes: NodeLevel, level: number, index: number): void {
  const marks = nodes.marksAt(index)
  if (nodes.membersAt(index) === 0) {
    nodes.clear(index)
    return
  }
  const version = nodes.nextVersion(index)
  if ((marks & mark.live) === 0) nodes.marks[index] = marks | mark.live | mark.newborn
  if ((marks & mark.live) === 0 || (marks & mark.fresh) !== 0) fresh.push(nodes.keyAt(index))
  else advances.push({ level, index, version, keys: nodes.keys, offset: index * keyBytes })
}

/**
 * The nodes of a level whose key somebody had and must not have any more, wrapped under those children that have
 * members of before; newcomers are given their path.
 */
export function wrapFresh(
  nodes: NodeLevel,
  level: number,
  children: NodeLevel,
  wrapper: KeyWrapper,
): readonly FreshNode[] {
  const { changed } = nodes
  let wrapped: FreshNode[] | null = null
  for (let i = 0; i < changed.count; i++) {
    const index = changed.at(i)
    if (!isReplaced(nodes.marksAt(index))) continue
    wrapped ??= []
    wrapped.push(wrapNode(nodes, { level, index }, children, wrapper))
  }
  return wrapped ?? none
}

const none: readonly FreshNode[] = []

/** It had a key; one that is newborn had none. */
const isReplaced = (marks: number): boolean =>
  (marks & (mark.live | mark.fresh | mark.newborn)) === (mark.live | mark.fresh)

const hasOldMembers = (marks: number): boolean => (marks & (mark.live | mark.newborn)) === mark.live

function wrapNode(
  nodes: NodeLevel,
  { level, index }: { readonly level: number; readonly index: number },
  childNodes: NodeLevel,
  wrapper: KeyWrapper,
): FreshNode {
  const [version, first] = [nodes.versionAt(index), arity * index]
  const children = childrenWithOldMembers(childNodes, first)
  const wraps = new Uint8Array(childCount(children) * wrapBytes)
  const key = { keys: nodes.keys, offset: index * keyBytes }
  let offset = 0
  for (let child = 0; child < arity; child++) {
    if ((children & (1 << child)) === 0) continue
    const childKey = { keys: childNodes.keys, offset: (first + child) * keyBytes }
    wrapper.wrap(childKey, key, { level, index, version, child }, { keys: wraps, offset })
    offset += wrapBytes
  }
  return { index, children, wraps }
}

function childrenWithOldMembers(nodes: NodeLevel, first: number): number {
  let children = 0
  for (let child = 0; child < arity; child++)
    if (hasOldMembers(nodes.marksAt(first + child))) children |= 1 << child
  return children
}

/** The next commit begins anew. */
export function settle(nodes: NodeLevel): void {
  const { changed } = nodes
  for (let i = 0; i < changed.count; i++) {
    const index = changed.at(i)
    nodes.marks[index] = nodes.marksAt(index) & mark.live
  }
  changed.clear()
}
