/** From the root down: which stored tiles are those that were signed, and what the damaged ones were. */
import { concat } from '@chartseal/core/bytes'
import type { Engine } from '@chartseal/core/engine'
import { readBundle } from '../reader/bundle.js'
import { edgeTiles, hashBytes, leavesBelow, pathOf, type TileAt, tileWidth } from '../reader/geometry.js'
import { hashAt, sameBytes, TreeHasher } from '../reader/hashing.js'
import type { TileSource } from '../reader/source.js'
import { readTile, type TreeHead } from '../reader/tree.js'
import { type TreeFinding, verifyError } from '../verify-errors.js'
import { acceptedMix, differences } from './mixes.js'
import type { ScanResult } from './scan.js'

/** Tiles of level 0 that need a look at their leaves. `hashes` are those that were signed; `null`: nobody knows. */
export interface TrustedTiles {
  /** Leaves `from` to `to` - 1: of one tile, or of several that nobody knows. */
  readonly from: number
  readonly to: number
  readonly hashes: Uint8Array | null
}

interface Versions {
  readonly stored: Uint8Array | null
  /** What the leaves make. */
  readonly made: Uint8Array | null
}

export class Trust {
  readonly findings: TreeFinding[] = []
  /** What damaged and missing tiles were, by path. */
  readonly repaired: Map<string, Uint8Array> = new Map()
  readonly #source: TileSource
  readonly #head: TreeHead
  readonly #scan: ScanResult
  readonly #hasher: TreeHasher
  readonly #dirty: ReadonlySet<string>

  constructor(source: TileSource, head: TreeHead, scan: ScanResult, engine: Engine) {
    this.#source = source
    this.#head = head
    this.#scan = scan
    this.#hasher = new TreeHasher(engine)
    this.#dirty = dirtyTiles(scan)
  }

  /** The edge that was signed, if stored tiles and leaves together can tell it; else whether they contradict the root. */
  async edge(): Promise<readonly Uint8Array[] | 'mismatch' | 'unknown'> {
    const tiles = edgeTiles(this.#head.size)
    const versions = await Promise.all(tiles.map(tile => this.#versions(tile)))
    const widths = tiles.map(tile => tile.width)
    const stored = joined(versions.map(({ stored, made }) => stored ?? made))
    const made = joined(versions.map(({ stored, made }) => made ?? stored))
    if (stored === null || made === null) return 'unknown'
    const whole = acceptedMix(stored, made, widths, hashes =>
      sameBytes(this.#hasher.rootOfEdges(parts(hashes, widths)), this.#head.root),
    )
    if (whole === null) return 'mismatch'
    const edges = parts(whole, widths)
    tiles.forEach((tile, i) => {
      this.#judge(tile, versions[i]?.stored ?? null, edges[i] ?? whole)
    })
    return edges
  }

  /** In the order of their leaves. */
  async *tilesBelow(edge: readonly Uint8Array[]): AsyncGenerator<TrustedTiles, void, undefined> {
    for (const [i, tile] of edgeTiles(this.#head.size).entries())
      yield* this.#below(tile, edge[i] ?? new Uint8Array())
  }

  async *#below(tile: TileAt, hashes: Uint8Array): AsyncGenerator<TrustedTiles, void, undefined> {
    if (tile.level === 0) {
      if (this.#dirty.has(key(tile))) yield { ...leavesBelow(tile), hashes }
      return
    }
    for (let i = 0; i < tile.width; i++) {
      const child = { level: tile.level - 1, index: tile.index * tileWidth + i, width: tileWidth }
      const wanted = hashAt(hashes, i)
      const made = this.#scan.levels.differing.get(tile.level)?.get(child.index)
      if (!this.#dirty.has(key(child)) && (made === undefined || sameBytes(made, wanted))) continue
      const trusted = await this.#settle(child, wanted)
      if (trusted !== null) yield* this.#below(child, trusted)
      else yield { ...leavesBelow(child), hashes: null }
    }
  }

  /** The hashes of a full tile whose root was signed. */
  async #settle(tile: TileAt, wanted: Uint8Array): Promise<Uint8Array | null> {
    const { stored, made } = await this.#versions(tile)
    const [first, second] = [stored ?? made, made ?? stored]
    // What is missing was told by the scan.
    if (first === null || second === null) return null
    const accept = (hashes: Uint8Array): boolean => sameBytes(this.#hasher.rootOf(hashes), wanted)
    const trusted = acceptedMix(first, second, [tile.width], accept)
    if (trusted !== null) this.#judge(tile, stored, trusted)
    else this.findings.push(verifyError('verify/range-damaged', leavesBelow(tile)))
    return trusted
  }

  #judge(tile: TileAt, stored: Uint8Array | null, trusted: Uint8Array): void {
    const wrong = stored === null ? [] : differences(stored, trusted)
    const [hash] = wrong
    if (stored !== null && hash === undefined) return
    const path = pathOf(tile)
    this.repaired.set(path, trusted)
    // One that is missing was told by the scan.
    if (hash !== undefined)
      this.findings.push(verifyError('verify/tile-damaged', { path, hash, count: wrong.length }))
  }

  async #versions(tile: TileAt): Promise<Versions> {
    const bytes = await readTile(this.#source, tile)
    const stored = bytes?.length === tile.width * hashBytes ? bytes : null
    return { stored, made: tile.level === 0 ? await this.#leafHashes(tile) : this.#made(tile, stored) }
  }

  async #leafHashes({ index, width }: TileAt): Promise<Uint8Array | null> {
    const { leaves } = await readBundle(this.#source, this.#head.size, index)
    return leaves?.length === width ? this.#hasher.leafHashes(leaves) : null
  }

  #made({ level, index, width }: TileAt, stored: Uint8Array | null): Uint8Array | null {
    const differing = this.#scan.levels.differing.get(level)
    const hashes = stored === null ? new Uint8Array(width * hashBytes) : new Uint8Array(stored)
    for (let i = 0; i < width; i++) {
      const own = differing?.get(index * tileWidth + i)
      if (own !== undefined) hashes.set(own, i * hashBytes)
      else if (stored === null) return null
    }
    return hashes
  }
}

/** A source that answers with the tiles as they were. */
export function repairedSource(source: TileSource, repaired: ReadonlyMap<string, Uint8Array>): TileSource {
  return { read: async path => repaired.get(path) ?? (await source.read(path)) }
}

const key = ({ level, index }: { readonly level: number; readonly index: number }): string =>
  `${level}/${index}`

/** Tiles in which, or below which, something differs. */
function dirtyTiles({ suspects, levels }: ScanResult): ReadonlySet<string> {
  const dirty = new Set<string>()
  const mark = (level: number, index: number): void => {
    for (let [l, i] = [level, index]; !dirty.has(key({ level: l, index: i })) && l < maxLevels; l++) {
      dirty.add(key({ level: l, index: i }))
      i = Math.floor(i / tileWidth)
    }
  }
  for (const index of suspects) mark(0, index)
  for (const [level, differing] of levels.differing) {
    for (const index of differing.keys()) mark(level, Math.floor(index / tileWidth))
  }
  return dirty
}

/** 256^7 > 2^53. */
const maxLevels = 8

function joined(arrays: readonly (Uint8Array | null)[]): Uint8Array | null {
  const known = arrays.filter(array => array !== null)
  return known.length === arrays.length ? concat(...known) : null
}

function parts(hashes: Uint8Array, widths: readonly number[]): readonly Uint8Array[] {
  let end = 0
  return widths.map(width => {
    end += width * hashBytes
    return hashes.subarray(end - width * hashBytes, end)
  })
}
