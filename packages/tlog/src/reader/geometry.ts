/** Which tiles a tree of some size has (C2SP tlog-tiles, "Merkle Tree" and "Partial Tiles"). */
import { bundlePath, tilePath, tileWidth } from '../tiles.js'

export { tileWidth } from '../tiles.js'

export const hashBytes = 32

/** A tile of a tree: hash `i` is the root over 256^level leaves from (index · 256 + i) · 256^level on. */
export interface TileAt {
  readonly level: number
  readonly index: number
  /** 1 to 256. */
  readonly width: number
}

/** How many leaves are below one hash of a level. */
export function span(level: number): number {
  return tileWidth ** level
}

/** How many hashes a level has in a tree of `size` leaves. */
export function hashesAt(level: number, size: number): number {
  return Math.floor(size / span(level))
}

/** Levels that have a hash, 0 to this - 1. */
export function levelsOf(size: number): number {
  let levels = 0
  while (hashesAt(levels, size) > 0) levels++
  return levels
}

/** The tile, as wide as it is in a tree of `size` leaves. */
export function tileIn(size: number, level: number, index: number): TileAt {
  return { level, index, width: Math.min(tileWidth, hashesAt(level, size) - index * tileWidth) }
}

/** The partial tiles, from the highest level down: their hashes, in this order, are all of the tree's right edge. */
export function edgeTiles(size: number): readonly TileAt[] {
  const tiles: TileAt[] = []
  for (let level = levelsOf(size) - 1; level >= 0; level--) {
    const width = hashesAt(level, size) % tileWidth
    if (width > 0) tiles.push({ level, index: Math.floor(hashesAt(level, size) / tileWidth), width })
  }
  return tiles
}

export function pathOf({ level, index, width }: TileAt): string {
  return tilePath(level, index, width)
}

/** The leaves below a tile, `from` to `to` - 1. */
export function leavesBelow({ level, index, width }: TileAt): { readonly from: number; readonly to: number } {
  const from = index * span(level + 1)
  return { from, to: from + width * span(level) }
}

/** How many bundles hold `size` leaves. */
export function bundlesOf(size: number): number {
  return Math.ceil(size / tileWidth)
}

/** The bundle `index` of a log of `size` leaves. */
export function bundleIn(size: number, index: number): string {
  return bundlePath(index, Math.min(tileWidth, size - index * tileWidth))
}
