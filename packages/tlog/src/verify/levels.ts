/** The tree that the leaves make, built beside the tiles that are stored: what differs is kept, nothing else. */

import { hashAt, sameBytes, type TreeHasher } from '../hashing.js'
import type { TileSource } from '../reader/source.js'
import { readTile } from '../reader/tree.js'
import {
  hashBytes,
  hashesAt,
  leavesBelow,
  levelsOf,
  pathOf,
  span,
  type TileAt,
  tileIn,
  tileWidth,
} from '../tiles.js'
import { verifyError } from '../verify-errors.js'
import { Findings } from './collect.js'

/** Hashes of one level that wait for their tile to be full. */
interface Pending {
  readonly hashes: Uint8Array
  count: number
  /** Positions of hashes that neither leaves nor tiles could tell. */
  readonly unknown: Set<number>
}

/** Levels from 1 up; level 0 comes in whole tiles. */
export class Levels {
  /** By level, hashes that the leaves make and the tile has not, by their index in the level. */
  readonly differing: Map<number, Map<number, Uint8Array>> = new Map()
  /** Tiles that are missing, or not of their size. */
  readonly findings: Findings = new Findings()
  /** How many hashes differ. */
  differences = 0
  readonly #source: TileSource
  readonly #size: number
  readonly #hasher: TreeHasher
  readonly #pending: Pending[] = []
  /** Hashes of the right edge, by level; `null` when they are not known. */
  readonly #edges = new Map<number, Uint8Array | null>()

  constructor(source: TileSource, size: number, hasher: TreeHasher) {
    this.#source = source
    this.#size = size
    this.#hasher = hasher
  }

  /** The hashes of the next tile of level 0; `null` when nobody knows them. */
  async addTile(index: number, hashes: Uint8Array | null): Promise<void> {
    if (tileIn(this.#size, 0, index).width < tileWidth) this.#edges.set(0, hashes)
    else await this.#push(1, index, hashes === null ? null : this.#hasher.rootOf(hashes))
  }

  /** Nobody knows the hashes of the full tiles `from` to `to` - 1 of level 0, the next ones: they are not looked at. */
  async skipTiles(from: number, to: number): Promise<void> {
    for (let next = from; next < to; ) {
      let level = 1
      while (next % span(level) === 0 && next + span(level) <= to) level++
      await this.#push(level, next / span(level - 1), null)
      next += span(level - 1)
    }
  }

  /** To be called once, after the last tile: compares the edges of the upper levels and gives the root. */
  async close(): Promise<Uint8Array | null> {
    for (let level = 1; level < levelsOf(this.#size); level++) {
      if (hashesAt(level, this.#size) % tileWidth > 0)
        this.#edges.set(
          level,
          await this.#compare(level, Math.floor(hashesAt(level, this.#size) / tileWidth)),
        )
    }
    return this.#root(this.#edges)
  }

  /** The root over the leaves so far, of which the last ones are these hashes of level 0. */
  rootSoFar(rest: Uint8Array): Uint8Array | null {
    const edges = new Map<number, Uint8Array | null>([[0, rest]])
    for (const [level, { hashes, count, unknown }] of this.#pending.entries()) {
      edges.set(level + 1, unknown.size > 0 ? null : hashes.slice(0, count * hashBytes))
    }
    return this.#root(edges)
  }

  #root(edges: ReadonlyMap<number, Uint8Array | null>): Uint8Array | null {
    const known: Uint8Array[] = []
    for (const [, hashes] of [...edges].sort(([a], [b]) => b - a)) {
      if (hashes === null) return null
      known.push(hashes)
    }
    return this.#hasher.rootOfEdges(known)
  }

  /** The root over 256^level leaves, `index` counts them. */
  async #push(level: number, index: number, hash: Uint8Array | null): Promise<void> {
    const pending = this.#pendingAt(level)
    const place = index % tileWidth
    if (hash === null) pending.unknown.add(place)
    else pending.hashes.set(hash, place * hashBytes)
    pending.count = place + 1
    if (pending.count < tileWidth) return
    const above = Math.floor(index / tileWidth)
    const hashes = await this.#compare(level, above)
    await this.#push(level + 1, above, hashes === null ? null : this.#hasher.rootOf(hashes))
  }

  /** Takes the hashes that wait in a level, compares them with their tile and fills in what is not known from it. */
  async #compare(level: number, index: number): Promise<Uint8Array | null> {
    const pending = this.#pendingAt(level)
    const tile = tileIn(this.#size, level, index)
    const stored = this.storedTile(tile, await readTile(this.#source, tile))
    const hashes = pending.hashes.slice(0, pending.count * hashBytes)
    for (const i of pending.unknown) hashes.set(stored === null ? [] : hashAt(stored, i), i * hashBytes)
    const isKnown = pending.unknown.size === 0 || stored !== null
    if (stored === null || !sameBytes(hashes, stored)) this.#note(tile, hashes, stored, pending.unknown)
    pending.count = 0
    pending.unknown.clear()
    return isKnown ? hashes : null
  }

  #note(
    { level, index, width }: TileAt,
    hashes: Uint8Array,
    stored: Uint8Array | null,
    unknown: ReadonlySet<number>,
  ): void {
    const differing = this.differing.get(level) ?? new Map<number, Uint8Array>()
    this.differing.set(level, differing)
    for (let i = 0; i < width; i++) {
      const hash = hashAt(hashes, i)
      const differs = stored === null ? !unknown.has(i) : !sameBytes(hash, hashAt(stored, i))
      if (!differs) continue
      differing.set(index * tileWidth + i, hash)
      this.differences++
    }
  }

  /** The bytes of a tile as they are stored; `null`, with a finding, when they are missing or of another size. */
  storedTile(tile: TileAt, bytes: Uint8Array | null): Uint8Array | null {
    if (bytes?.length === tile.width * hashBytes) return bytes
    const [path, range] = [pathOf(tile), leavesBelow(tile)]
    if (bytes === null) this.findings.addMissing('verify/tile-missing', path, tile.level, range)
    else {
      const damaged = verifyError('verify/tile-damaged', { path, hash: 0, count: tile.width })
      this.findings.add(damaged, range.from)
    }
    return null
  }

  #pendingAt(level: number): Pending {
    for (let next = this.#pending.length; next < level; next++) {
      this.#pending.push({
        hashes: new Uint8Array(tileWidth * hashBytes),
        count: 0,
        unknown: new Set(),
      })
    }
    const pending = this.#pending[level - 1]
    if (pending === undefined) throw new Error('internal: levels start at 1')
    return pending
  }
}
