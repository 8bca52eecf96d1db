/** Which of two versions of some hashes is the one that was signed. */
import { hashAt, sameBytes } from '../hashing.js'
import { hashBytes } from '../tiles.js'

/** With more differences than this, not each of them is chosen for itself. */
const maxUnits = 6

/** Positions `from` to `to` - 1. */
interface Unit {
  readonly from: number
  readonly to: number
}

/**
 * The mixture of two lists of hashes that is accepted: all of the first, all of the second, or some hashes of each
 * where they differ in few. `groups` are widths of parts that are chosen as a whole where they differ in many.
 */
export function acceptedMix(
  first: Uint8Array,
  second: Uint8Array,
  groups: readonly number[],
  accept: (hashes: Uint8Array) => boolean,
): Uint8Array | null {
  const units = unitsOf(first, second, groups)
  const all = 2 ** units.length - 1
  for (const choice of [0, all, ...Array.from({ length: Math.max(0, all - 1) }, (_, i) => i + 1)]) {
    // Not slice(): of Node's Buffer it is a view.
    const mixed = new Uint8Array(first)
    units.forEach(({ from, to }, bit) => {
      const [start, end] = [from * hashBytes, to * hashBytes]
      if (((choice >> bit) & 1) === 1) mixed.set(second.subarray(start, end), start)
    })
    if (accept(mixed)) return mixed
  }
  return null
}

function unitsOf(first: Uint8Array, second: Uint8Array, groups: readonly number[]): readonly Unit[] {
  const positions = differences(first, second)
  if (positions.length <= maxUnits) return positions.map(from => ({ from, to: from + 1 }))
  let end = 0
  return groups
    .map(width => {
      end += width
      return { from: end - width, to: end }
    })
    .filter(({ from, to }) => positions.some(position => from <= position && position < to))
}

/** Positions at which two lists of hashes of one length differ. */
export function differences(first: Uint8Array, second: Uint8Array): readonly number[] {
  const positions: number[] = []
  for (let i = 0; i * hashBytes < first.length; i++) {
    if (!sameBytes(hashAt(first, i), hashAt(second, i))) positions.push(i)
  }
  return positions
}
