import type { Engine } from '@chartseal/core/engine'
import type { LeafRange } from '@chartseal/core/merkle'
import { hashAt, sameBytes, TreeHasher } from '../hashing.js'
import { rootOver } from '../ranges.js'
import { edgeTiles, hashBytes, leavesBelow, pathOf, type TileAt, tileIn, tileWidth } from '../tiles.js'
import { named, verifyError } from '../verify-errors.js'
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

  /** The root over a range of leaves, as the proofs of RFC 9162 2.1 need it. @throws as `tile` does */
  rootOver(range: LeafRange): Promise<Uint8Array> {
    return rootOver(range, (level, index) => this.tile(level, index), this.hasher)
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
      throw verifyError('verify/tile-missing', { path: pathOf(tile), ...named(leavesBelow(tile)) })
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
