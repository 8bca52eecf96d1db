/** From the root down: which stored tiles are those that were signed, and what the damaged ones were. */
import { concat } from '@chartseal/core/bytes'
import type { Engine } from '@chartseal/core/engine'
import { hashAt, sameBytes, TreeHasher } from '../hashing.js'
import { readBundle } from '../reader/bundle.js'
import type { TileSource } from '../reader/source.js'
import { readTile, type TreeHead } from '../reader/tree.js'
import { edgeTiles, hashBytes, leavesBelow, pathOf, type Range, type TileAt, tileWidth } from '../tiles.js'
import { named, verifyError } from '../verify-errors.js'
import { Findings } from './collect.js'
import { acceptedMix, differences } from './mix.js'
import type { ScanResult } from './scan.js'

/** Tiles of level 0 that need a look at their leaves. `hashes` are those that were signed; `null`: nobody knows. */
export interface TrustedTiles {
  /** Leaves `from` to `to` - 1: of one tile, or of several that nobody knows. */
  readonly from: number
  readonly to: number
  readonly hashes: Uint8Array | null
  /** None of their bundles is there. */
  readonly isAbsent: boolean
}

interface Versions {
  readonly stored: Uint8Array | null
  /** What the leaves make. */
  readonly made: Uint8Array | null
}

export class Trust {
  readonly findings: Findings = new Findings()
  /** What damaged and missing tiles were, by path. */
  readonly repaired: Map<string, Uint8Array> = new Map()
  readonly #source: TileSource
  readonly #head: TreeHead
  readonly #scan: ScanResult
  readonly #hasher: TreeHasher
  /** Tiles in which, or below which, a hash differs. */
  readonly #differing: ReadonlySet<string>

  constructor(source: TileSource, head: TreeHead, scan: ScanResult, engine: Engine) {
    this.#source = source
    this.#head = head
    this.#scan = scan
    this.#hasher = new TreeHasher(engine)
    this.#differing = tilesAbove(scan)
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
      if (this.#isDirty(tile)) yield { ...leavesBelow(tile), hashes, isAbsent: false }
      return
    }
    for (let i = 0; i < tile.width; i++) {
      const child = { level: tile.level - 1, index: tile.index * tileWidth + i, width: tileWidth }
      const wanted = hashAt(hashes, i)
      const made = this.#scan.levels.differing.get(tile.level)?.get(child.index)
      if (!this.#isDirty(child) && (made === undefined || sameBytes(made, wanted))) continue
      if (this.#isAbsent(child)) {
        yield { ...leavesBelow(child), hashes: null, isAbsent: true }
        continue
      }
      const trusted = await this.#settle(child, wanted)
      if (trusted !== null) yield* this.#below(child, trusted)
      else yield { ...leavesBelow(child), hashes: null, isAbsent: false }
    }
  }

  #isDirty(tile: TileAt): boolean {
    const { from, to } = bundlesBelow(tile)
    return this.#differing.has(key(tile)) || this.#scan.suspects.touches(from, to)
  }

  /** Nothing of many bundles is there, and the tiles over them are sound as far as they are there. */
  #isAbsent(tile: TileAt): boolean {
    const { from, to } = bundlesBelow(tile)
    return tile.level > 0 && !this.#differing.has(key(tile)) && this.#scan.absent.covers(from, to)
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
    else {
      const range = leavesBelow(tile)
      this.findings.add(verifyError('verify/range-damaged', named(range)), range.from)
    }
    return trusted
  }

  #judge(tile: TileAt, stored: Uint8Array | null, trusted: Uint8Array): void {
    const wrong = stored === null ? [] : differences(stored, trusted)
    const [hash] = wrong
    if (stored !== null && hash === undefined) return
    const path = pathOf(tile)
    if (this.repaired.size < maxRepaired) this.repaired.set(path, trusted)
    // One that is missing was told by the scan.
    if (hash === undefined) return
    const damaged = verifyError('verify/tile-damaged', { path, hash, count: wrong.length })
    this.findings.add(damaged, leavesBelow(tile).from)
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

function tilesAbove({ levels }: ScanResult): ReadonlySet<string> {
  const above = new Set<string>()
  const mark = (level: number, index: number): void => {
    for (let [l, i] = [level, index]; !above.has(key({ level: l, index: i })) && l < maxLevels; l++) {
      above.add(key({ level: l, index: i }))
      i = Math.floor(i / tileWidth)
    }
  }
  for (const [level, differing] of levels.differing) {
    for (const index of differing.keys()) mark(level, Math.floor(index / tileWidth))
  }
  return above
}

/** Bundles `from` to `to` - 1 are below a tile. */
function bundlesBelow(tile: TileAt): Range {
  const { from, to } = leavesBelow(tile)
  return { from: from / tileWidth, to: Math.ceil(to / tileWidth) }
}

/** Tiles that are kept as they were, 8 KiB each: without one that was damaged, leaves below it have no place. */
const maxRepaired = 1024

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
