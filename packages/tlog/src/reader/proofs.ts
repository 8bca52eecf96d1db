import { defaultEngine, type Engine } from '@chartseal/core/engine'
import { consistencyRanges, inclusionRanges } from '@chartseal/core/merkle'
import { sameBytes } from '../hashing.js'
import { bundleIn, hashBytes, tileIn, tileWidth } from '../tiles.js'
import { verifyError } from '../verify-errors.js'
import { readBundle } from './bundle.js'
import type { TileSource } from './source.js'
import { type TreeHead, TreeReader } from './tree.js'

export interface ReadOptions {
  readonly engine?: Engine
}

/**
 * The proof that leaf `index` is in the tree of the head (RFC 9162 2.1.3.1), from O(log n) tiles that were checked
 * against its root.
 * @throws ChartsealError `verify/tile-missing`, `verify/tile-damaged`, `verify/root-mismatch`, `verify/unreadable`
 * @throws RangeError unless 0 <= index < size
 */
export async function inclusionProof(
  source: TileSource,
  index: number,
  head: TreeHead,
  { engine = defaultEngine() }: ReadOptions = {},
): Promise<readonly Uint8Array[]> {
  const ranges = inclusionRanges(index, head.size)
  const tree = new TreeReader(source, head, engine)
  const proof: Uint8Array[] = []
  for (const range of ranges) proof.push(await tree.rootOver(range))
  // A log of one leaf needs no tile for its proof: the edge is checked all the same.
  await tree.hash(0, index)
  return proof
}

/**
 * The proof that the first `older` leaves grew into the tree of the head (RFC 9162 2.1.4.1).
 * @throws as `inclusionProof` does; RangeError unless 0 < older <= size
 */
export async function consistencyProof(
  source: TileSource,
  older: number,
  head: TreeHead,
  { engine = defaultEngine() }: ReadOptions = {},
): Promise<readonly Uint8Array[]> {
  const ranges = consistencyRanges(older, head.size)
  const tree = new TreeReader(source, head, engine)
  const proof: Uint8Array[] = []
  for (const range of ranges) proof.push(await tree.rootOver(range))
  return proof
}

/** The root over the first `size` leaves of a larger tree. @throws as `inclusionProof` does */
export async function rootAt(
  source: TileSource,
  size: number,
  head: TreeHead,
  { engine = defaultEngine() }: ReadOptions = {},
): Promise<Uint8Array> {
  if (!Number.isSafeInteger(size) || size < 0 || size > head.size)
    throw new RangeError('0 <= size <= the size of the head')
  return await new TreeReader(source, head, engine).rootOver({ from: 0, to: size })
}

/**
 * The leaves `from` to `to` - 1 in their order; each is checked against the root before it is given out.
 * @throws ChartsealError `verify/bundle-missing`, `verify/bundle-damaged` and as `inclusionProof` does
 * @throws RangeError unless 0 <= from <= to <= size
 */
export async function* readLeaves(
  source: TileSource,
  from: number,
  to: number,
  head: TreeHead,
  { engine = defaultEngine() }: ReadOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  if (![from, to].every(Number.isSafeInteger) || from < 0 || from > to || to > head.size) {
    throw new RangeError('0 <= from <= to <= size')
  }
  const tree = new TreeReader(source, head, engine)
  for (let index = Math.floor(from / tileWidth); index * tileWidth < to; index++) {
    const leaves = await leavesOf(source, tree, index)
    const start = index * tileWidth
    yield* leaves.slice(Math.max(0, from - start), to - start)
  }
}

async function leavesOf(source: TileSource, tree: TreeReader, index: number): Promise<readonly Uint8Array[]> {
  const { size } = tree.head
  const { width } = tileIn(size, 0, index)
  const from = index * tileWidth
  const place = { path: bundleIn(size, index), from, last: from + width - 1 }
  const { leaves, problem } = await readBundle(source, size, index)
  if (leaves === null) {
    if (problem === null) throw verifyError('verify/bundle-missing', place)
    throw verifyError('verify/bundle-damaged', { ...place, reason: problem })
  }
  const hashes = tree.hasher.leafHashes(leaves)
  if (hashes.length !== width * hashBytes || !sameBytes(hashes, await tree.tile(0, index))) {
    throw verifyError('verify/bundle-damaged', { ...place, reason: 'its leaves are not those of the log' })
  }
  return leaves
}
