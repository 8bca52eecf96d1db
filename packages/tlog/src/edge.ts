/** The right edge of the tree: the hashes of each level that fill no tile yet. */
import { hashAt, type TreeHasher } from './hashing.js'
import { hashBytes, hashesAt, levelsOf, type TileAt, tileWidth } from './tiles.js'

/** A hash tile, full or partial. */
export interface Tile extends TileAt {
  readonly hashes: Uint8Array
}

export class Edge {
  readonly #hasher: TreeHasher
  readonly #levels: Uint8Array[] = []
  #size = 0

  constructor(hasher: TreeHasher) {
    this.#hasher = hasher
  }

  get size(): number {
    return this.#size
  }

  /** Appends leaves by their hashes, one after the other; the tiles that became full, those of level 0 first. */
  append(leafHashes: Uint8Array): readonly Tile[] {
    const full: Tile[] = []
    for (let i = 0; i * hashBytes < leafHashes.length; i++) {
      this.#put(0, this.#size, hashAt(leafHashes, i), full)
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
    this.#put(level + 1, index, this.#hasher.rootOf(hashes), full)
  }

  /** The partial tiles of the tree as it is: fresh copies. */
  partials(): readonly Tile[] {
    return this.levels().flatMap((hashes, level) => {
      const width = hashes.length / hashBytes
      const index = Math.floor(hashesAt(level, this.#size) / tileWidth)
      return width === 0 ? [] : [{ level, index, width, hashes: hashes.slice() }]
    })
  }

  /** The hashes of each level that fill no tile, one after the other: views. */
  levels(): readonly Uint8Array[] {
    return Array.from({ length: levelsOf(this.#size) }, (_, level) => {
      const count = hashesAt(level, this.#size) % tileWidth
      return this.#levels[level]?.subarray(0, count * hashBytes) ?? new Uint8Array()
    })
  }

  /** The root; without leaves the hash of nothing. */
  root(): Uint8Array {
    return this.#hasher.rootOfEdges([...this.levels()].reverse())
  }
}
