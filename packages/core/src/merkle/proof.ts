import { defaultEngine, type Engine } from '../engine.js'
import { treeRoot } from './tree.js'

/** The leaves `from` to `to` - 1; a proof holds the root of the tree over each of its ranges. */
export interface LeafRange {
  readonly from: number
  readonly to: number
}

/**
 * Which roots prove that the leaf `index` is in a tree of `size` leaves, in the order of the proof
 * (RFC 9162 2.1.3.1).
 * @throws RangeError unless 0 <= index < size
 */
export function inclusionRanges(index: number, size: number): readonly LeafRange[] {
  if (!isInclusion(index, size)) throw new RangeError('index must be from 0 to size - 1')
  return siblings(
    size,
    ({ from, to }) => to - from === 1,
    middle => index < middle,
  ).beside
}

/**
 * Which roots prove that a tree of `older` leaves grew into one of `newer`, in the order of the proof
 * (RFC 9162 2.1.4.1).
 * @throws RangeError unless 0 < older <= newer
 */
export function consistencyRanges(older: number, newer: number): readonly LeafRange[] {
  if (!isConsistency(older, newer)) throw new RangeError('older must be from 1 to newer')
  const path = siblings(
    newer,
    ({ to }) => to === older,
    middle => older <= middle,
  )
  // The old root itself is known to the verifier and left out.
  return path.end.from === 0 ? path.beside : [path.end, ...path.beside]
}

/** The proof that leaf `index` is among these, given by their hashes. @throws RangeError */
export function inclusionProof(
  leaves: readonly Uint8Array[],
  index: number,
  engine: Engine = defaultEngine(),
): readonly Uint8Array[] {
  return rootsOf(inclusionRanges(index, leaves.length), leaves, engine)
}

/** The proof that the tree over the first `older` of these leaf hashes grew into that over all. @throws RangeError */
export function consistencyProof(
  leaves: readonly Uint8Array[],
  older: number,
  engine: Engine = defaultEngine(),
): readonly Uint8Array[] {
  return rootsOf(consistencyRanges(older, leaves.length), leaves, engine)
}

export function isInclusion(index: number, size: number): boolean {
  return Number.isSafeInteger(index) && Number.isSafeInteger(size) && 0 <= index && index < size
}

export function isConsistency(older: number, newer: number): boolean {
  return Number.isSafeInteger(older) && Number.isSafeInteger(newer) && 0 < older && older <= newer
}

/** The way from the root down to `isEnd`, and the subtrees beside it, the lowest first. */
function siblings(
  size: number,
  isEnd: (range: LeafRange) => boolean,
  goesLeft: (middle: number) => boolean,
): { readonly end: LeafRange; readonly beside: readonly LeafRange[] } {
  let end: LeafRange = { from: 0, to: size }
  const beside: LeafRange[] = []
  while (!isEnd(end)) {
    const middle = end.from + leftSize(end.to - end.from)
    const [left, right] = [
      { from: end.from, to: middle },
      { from: middle, to: end.to },
    ]
    const isLeft = goesLeft(middle)
    beside.unshift(isLeft ? right : left)
    end = isLeft ? left : right
  }
  return { end, beside }
}

/** The largest power of two below `size`, for sizes that do not fit into 32 bits too. */
function leftSize(size: number): number {
  let power = 1
  while (power * 2 < size) power *= 2
  return power
}

function rootsOf(
  ranges: readonly LeafRange[],
  leaves: readonly Uint8Array[],
  engine: Engine,
): readonly Uint8Array[] {
  return ranges.map(({ from, to }) => treeRoot(leaves.slice(from, to), engine))
}
