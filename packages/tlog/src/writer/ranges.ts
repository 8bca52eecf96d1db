/** Consistency proofs of the tree that is being written, from its tiles. */
import type { Engine } from '@chartseal/core/engine'
import { consistencyRanges, nodeHash } from '@chartseal/core/merkle'
import { logError } from '../log-errors.js'
import { tilePath } from '../tiles.js'
import { hashBytes, NodeHasher, tileWidth } from './hashes.js'
import type { TreeWriter } from './tree-writer.js'

/** The proof that the first `older` of `newer` entries are the older tree; empty for none of them. */
export async function proofFromTiles(
  tree: TreeWriter,
  older: number,
  newer: number,
  engine: Engine,
): Promise<readonly Uint8Array[]> {
  if (older === 0) return []
  const ranges = consistencyRanges(older, newer)
  return Promise.all(ranges.map(({ from, to }) => rangeHash(tree, from, to - from, engine)))
}

/** The root over `count` entries from `from` on, a multiple of the largest power of two in `count`. */
async function rangeHash(tree: TreeWriter, from: number, count: number, engine: Engine): Promise<Uint8Array> {
  let largest = 1
  while (largest * 2 <= count) largest *= 2
  if (largest === count) return subtreeHash(tree, from, count, engine)
  const left = await subtreeHash(tree, from, largest, engine)
  return nodeHash(left, await rangeHash(tree, from + largest, count - largest, engine), engine)
}

async function subtreeHash(
  tree: TreeWriter,
  from: number,
  count: number,
  engine: Engine,
): Promise<Uint8Array> {
  let [level, first, width] = [0, from, count]
  while (width >= tileWidth) {
    level++
    first /= tileWidth
    width /= tileWidth
  }
  const index = Math.floor(first / tileWidth)
  const start = (first % tileWidth) * hashBytes
  const hashes = (await tree.tile(level, index))?.subarray(start, start + width * hashBytes)
  if (hashes?.length !== width * hashBytes)
    throw logError('log/damaged', { path: tilePath(level, index, tileWidth) })
  return new NodeHasher(engine).fold(hashes)
}
