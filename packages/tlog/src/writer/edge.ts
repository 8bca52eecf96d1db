/** The right edge of the tree: the hashes of each level that fill no tile yet. */
import type { Engine } from '@chartseal/core/engine'
import { treeRoot } from '@chartseal/core/merkle'
import { hashBytes, NodeHasher, tileWidth } from './hashes.js'

/** A hash tile, full or partial, by its place (C2SP tlog-tiles). */
export interface Tile {
  readonly level: number
  readonly index: number
  readonly width: number
  readonly hashes: Uint8Array
}

export class Edge {
  readonly #engine: Engine
  readonly #nodes: NodeHasher
  readonly #levels: Uint8Array[] = []
  #size = 0

  constructor(engine: Engine) {
    this.#engine = engine
    this.#nodes = new NodeHasher(engine)
  }

  get size(): number {
    return this.#size
  }

  /** Appends leaves by their hashes; the tiles that became full, those of level 0 first. */
  append(leaves: readonly Uint8Array[]): readonly Tile[] {
    const full: Tile[] = []
    for (const leaf of leaves) {
      this.#put(0, this.#size, leaf, full)
      this.#size++
    }
    return full
  }

  #put(level: number, place: number, hash: Uint8Array, full: Tile[]): void {
    const hashes = this.#levels[level] ?? new Uint8Array(tileWidth * hashBytes)
    this.#levels[level] = hashes
    const at = place % tileWidth
    hashes.set(hash, at * hashBytes)
    if (at < tileWidth - 1) return
    const index = Math.floor(place / tileWidth)
    full.push({ level, index, width: tileWidth, hashes: hashes.slice() })
    this.#put(level + 1, index, this.#nodes.fold(hashes), full)
  }

  /** The partial tiles of a tree of this size: fresh copies. */
  partials(): readonly Tile[] {
    return this.levels().flatMap((hashes, level) => {
      const width = hashes.length / hashBytes
      const index = Math.floor(this.#size / tileWidth ** (level + 1))
      return width === 0 ? [] : [{ level, index, width, hashes: hashes.slice() }]
    })
  }

  /** The hashes of each level that fill no tile, one after the other: views. */
  levels(): readonly Uint8Array[] {
    return this.#levels.map((hashes, level) =>
      hashes.subarray(0, (Math.floor(this.#size / tileWidth ** level) % tileWidth) * hashBytes),
    )
  }

  /** The root; without leaves the hash of nothing. */
  root(): Uint8Array {
    const peaks = this.levels()
      .map(hashes => this.#nodes.peaks(hashes))
      .reverse()
      .flat()
    return treeRoot({ size: this.#size, peaks }, this.#engine)
  }
}
