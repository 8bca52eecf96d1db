import type { Engine } from '@chartseal/core/engine'
import type { LeafRange } from '@chartseal/core/merkle'
import { verifyError } from '../verify-errors.js'
import {
  edgeTiles,
  hashBytes,
  leavesBelow,
  pathOf,
  span,
  type TileAt,
  tileIn,
  tileWidth,
} from './geometry.js'
import { hashAt, sameBytes, TreeHasher } from './hashing.js'
import type { TileSource } from './source.js'

/** How many leaves, and their root: what a checkpoint signs. */
export interface TreeHead {
  readonly size: number
  /** 32 bytes. */
  readonly root: Uint8Array
}

/** Tiles that are kept at hand: those of one proof, and more. */
const maxKept = 64

/**
 * The hash tiles of one tree, each proven from its root before anything of it is believed: the edge gives the root,
 * and the root over a full tile is a hash of the tile above it. Reads what is asked for only.
 */
export class TreeReader {
  readonly head: TreeHead
  readonly hasher: TreeHasher
  readonly #source: TileSource
  readonly #kept = new Map<string, Uint8Array>()
  #edges: ReadonlyMap<number, Uint8Array> | undefined

  constructor(source: TileSource, head: TreeHead, engine: Engine) {
    if (!Number.isSafeInteger(head.size) || head.size < 0) throw new RangeError('a size is needed')
    if (head.root.length !== hashBytes) throw new RangeError(`a root has ${hashBytes} bytes`)
    this.#source = source
    this.head = head
    this.hasher = new TreeHasher(engine)
  }

  /** The hashes of a tile. @throws ChartsealError `verify/tile-missing`, `verify/tile-damaged`, `verify/root-mismatch` */
  async tile(level: number, index: number): Promise<Uint8Array> {
    const tile = tileIn(this.head.size, level, index)
    if (tile.width < tileWidth) return (await this.#edge()).get(level) ?? new Uint8Array()
    const path = pathOf(tile)
    const kept = this.#kept.get(path)
    if (kept !== undefined) return kept
    const hashes = await this.#read(tile)
    const wanted = await this.hash(level + 1, index)
    if (!sameBytes(this.hasher.rootOf(hashes), wanted)) throw damaged(tile)
    this.#keep(path, hashes)
    return hashes
  }

  /** The root over the 256^level leaves from index · 256^level on. @throws as `tile` does */
  async hash(level: number, index: number): Promise<Uint8Array> {
    return hashAt(await this.tile(level, Math.floor(index / tileWidth)), index % tileWidth)
  }

  /** The root over a range as RFC 9162 2.1.1 cuts it: it begins at a multiple of a power of two not below its length. */
  async rootOver({ from, to }: LeafRange): Promise<Uint8Array> {
    const roots: Uint8Array[] = []
    for (let start = from; start < to; ) {
      const size = largestPower(to - start)
      roots.push(await this.#complete(start, size))
      start += size
    }
    return this.hasher.rootOfEdges(roots)
  }

  /** The root over 2^n leaves: within one tile. */
  async #complete(from: number, size: number): Promise<Uint8Array> {
    let level = 0
    while (span(level + 1) <= size) level++
    const first = from / span(level)
    const tile = await this.tile(level, Math.floor(first / tileWidth))
    const at = (first % tileWidth) * hashBytes
    return this.hasher.rootOf(tile.subarray(at, at + (size / span(level)) * hashBytes))
  }

  async #edge(): Promise<ReadonlyMap<number, Uint8Array>> {
    if (this.#edges !== undefined) return this.#edges
    const tiles = edgeTiles(this.head.size)
    const hashes = await Promise.all(tiles.map(tile => this.#read(tile)))
    if (!sameBytes(this.hasher.rootOfEdges(hashes), this.head.root)) {
      throw verifyError('verify/root-mismatch', { size: this.head.size })
    }
    this.#edges = new Map(tiles.map(({ level }, i) => [level, hashes[i] ?? new Uint8Array()]))
    return this.#edges
  }

  async #read(tile: TileAt): Promise<Uint8Array> {
    const hashes = await readTile(this.#source, tile)
    if (hashes === null)
      throw verifyError('verify/tile-missing', { path: pathOf(tile), ...leavesBelow(tile) })
    if (hashes.length !== tile.width * hashBytes) throw damaged(tile)
    return hashes
  }

  #keep(path: string, hashes: Uint8Array): void {
    const [oldest] = this.#kept.keys()
    if (this.#kept.size >= maxKept && oldest !== undefined) this.#kept.delete(oldest)
    this.#kept.set(path, hashes)
  }
}

/** The bytes of a tile: its own file, or the beginning of the full one, for which a partial tile may be given up. */
export async function readTile(source: TileSource, tile: TileAt): Promise<Uint8Array | null> {
  const own = await source.read(pathOf(tile))
  if (own !== null || tile.width === tileWidth) return own
  const full = await source.read(pathOf({ ...tile, width: tileWidth }))
  return full === null ? null : full.subarray(0, tile.width * hashBytes)
}

function damaged(tile: TileAt): Error {
  return verifyError('verify/tile-damaged', { path: pathOf(tile), hash: 0, count: tile.width })
}

function largestPower(limit: number): number {
  let power = 1
  while (power * 2 <= limit) power *= 2
  return power
}
