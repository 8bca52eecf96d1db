/** What a commit does to the keys of the controller. */
import type { Random } from '@chartseal/core/ports'
import { childBits, type FreshNode } from './commit-codec.js'
import { type Advance, advancedKeys } from './derive.js'
import { mark, type NodeLevel } from './node-level.js'
import { arity, keyBytes } from './shape.js'
import { wrapBytes, wrapKey } from './wrap.js'

/** What the wraps of one commit are bound to. */
export interface CommitPlace {
  readonly conferenceId: Uint8Array
  readonly epoch: number
}

/** Keys that are derived in one step; it bounds what is in memory beside the tree. */
const advancesAtOnce = 256

/** Gives each changed node of a level its next key. */
export function renewKeys(nodes: NodeLevel, level: number, random: Random): void {
  nodes.changed = Array.from(Uint32Array.from(nodes.changed).sort())
  const [advanced, fresh]: [number[], number[]] = [[], []]
  for (const index of nodes.changed) {
    const marks = nodes.marksAt(index)
    if (nodes.membersAt(index) === 0) nodes.clear(index)
    else if ((marks & mark.live) === 0) nodes.marks[index] = marks | mark.live | mark.newborn | mark.fresh
    if ((nodes.marksAt(index) & mark.fresh) !== 0) fresh.push(index)
    else if (nodes.membersAt(index) > 0) advanced.push(index)
  }
  makeFresh(nodes, fresh, random)
  for (let at = 0; at < advanced.length; at += advancesAtOnce)
    advance(nodes, level, advanced.slice(at, at + advancesAtOnce))
}

function makeFresh(nodes: NodeLevel, indexes: readonly number[], random: Random): void {
  const keys = random.bytes(indexes.length * keyBytes)
  for (const [i, index] of indexes.entries())
    nodes.replaceKey(index, keys.subarray(i * keyBytes, (i + 1) * keyBytes))
  keys.fill(0)
}

function advance(nodes: NodeLevel, level: number, indexes: readonly number[]): void {
  const advances: readonly Advance[] = indexes.map(index => ({
    level,
    index,
    version: nodes.versionAt(index) + 1,
    key: nodes.keyAt(index),
  }))
  for (const [i, key] of advancedKeys(advances).entries()) {
    nodes.replaceKey(indexes[i] ?? 0, key)
    key.fill(0)
  }
}

/**
 * The nodes of a level whose key somebody had and must not have any more, wrapped under those children that have
 * members of before; newcomers are given their path.
 */
export function wrapFresh(
  nodes: NodeLevel,
  level: number,
  children: NodeLevel,
  place: CommitPlace,
): readonly FreshNode[] {
  return nodes.changed.filter(index => isReplaced(nodes.marksAt(index))).map(index => wrapOne(index))

  function wrapOne(index: number): FreshNode {
    const places = [0, 1, 2, 3].filter(child => isKnown(children.marksAt(arity * index + child)))
    const wraps = new Uint8Array(places.length * wrapBytes)
    for (const [i, child] of places.entries()) {
      const childKey = children.keyAt(arity * index + child)
      const bound = { ...place, level, index, version: nodes.versionAt(index), child }
      wraps.set(wrapKey(childKey, nodes.keyAt(index), bound), i * wrapBytes)
    }
    return { index, children: childBits(places), wraps }
  }
}

const isReplaced = (marks: number): boolean => (marks & mark.fresh) !== 0 && (marks & mark.newborn) === 0

const isKnown = (marks: number): boolean => (marks & mark.live) !== 0 && (marks & mark.newborn) === 0

/** The next commit begins anew. */
export function settle(nodes: NodeLevel): void {
  for (const index of nodes.changed) nodes.marks[index] = nodes.marksAt(index) & mark.live
  nodes.changed = []
}
