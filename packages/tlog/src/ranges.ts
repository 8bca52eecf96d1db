/** Roots over ranges of leaves, from the hashes of tiles. */
import type { LeafRange } from '@chartseal/core/merkle'
import type { TreeHasher } from './hashing.js'
import { hashBytes, span, tileWidth } from './tiles.js'

/** The hashes of a tile that can be trusted; of a partial one, those that are there. */
export type TrustedTile = (level: number, index: number) => Promise<Uint8Array>

/** The root over a range as RFC 9162 2.1.1 cuts it: it begins at a multiple of a power of two not below its length. */
export async function rootOver(
  { from, to }: LeafRange,
  tile: TrustedTile,
  hasher: TreeHasher,
): Promise<Uint8Array> {
  const roots: Uint8Array[] = []
  for (let start = from; start < to; ) {
    const size = largestPower(to - start)
    roots.push(await completeRoot(start, size, tile, hasher))
    start += size
  }
  return hasher.rootOfEdges(roots)
}

/** The root over 2^n leaves: within one tile. */
async function completeRoot(
  from: number,
  size: number,
  tile: TrustedTile,
  hasher: TreeHasher,
): Promise<Uint8Array> {
  let level = 0
  while (span(level + 1) <= size) level++
  const first = from / span(level)
  const hashes = await tile(level, Math.floor(first / tileWidth))
  const at = (first % tileWidth) * hashBytes
  return hasher.rootOf(hashes.subarray(at, at + (size / span(level)) * hashBytes))
}

function largestPower(limit: number): number {
  let power = 1
  while (power * 2 <= limit) power *= 2
  return power
}
