/** Looks at the leaves where something differs, and finds out where each of them belongs. */
import type { Engine } from '@chartseal/core/engine'
import { ChartsealError } from '@chartseal/core/errors'
import { hashAt, sameBytes, TreeHasher } from '../hashing.js'
import type { LeafRules } from '../leaf-rules.js'
import { decoded, readBundle } from '../reader/bundle.js'
import type { TileSource } from '../reader/source.js'
import { type TreeHead, TreeReader } from '../reader/tree.js'
import { bundleIn, bundlePath, tileIn, tileWidth } from '../tiles.js'
import { named, type TreeFinding, verifyError } from '../verify-errors.js'
import { Findings } from './collect.js'
import { Placement } from './placement.js'
import type { TrustedTiles } from './trust.js'

/** What is used to look at leaves. */
export interface Means {
  readonly engine: Engine
  readonly rules: LeafRules
}

/** By the tree that was signed: a leaf belongs where its hash stands. `tiles` are in order; all others agree. */
export async function placeByTree(
  source: TileSource,
  head: TreeHead,
  tiles: AsyncIterable<TrustedTiles>,
  repaired: TileSource,
  means: Means,
): Promise<readonly TreeFinding[]> {
  const leaves = new Placer(source, head, repaired, means)
  for await (const tile of tiles) await leaves.look(tile)
  return await leaves.findings()
}

/** By the numbers that the leaves carry; `bundles` are those in which one differs from its place. */
export async function placeBySeq(
  source: TileSource,
  size: number,
  bundles: Iterable<number>,
  rules: LeafRules,
): Promise<readonly TreeFinding[]> {
  const placement = new Placement()
  let next = 0
  for (const index of bundles) {
    const start = index * tileWidth
    placement.add(next, next, start - next)
    const { leaves } = await readBundle(source, size, index)
    leaves?.forEach((leaf, i) => {
      placement.add(start + i, rules.seqOf(leaf) ?? start + i, 1)
    })
    next = start + tileIn(size, 0, index).width
  }
  placement.add(next, next, size - next)
  return placement.findings(size, 'seq')
}

class Placer {
  readonly #source: TileSource
  readonly #size: number
  readonly #tree: TreeReader
  readonly #hasher: TreeHasher
  readonly #rules: LeafRules
  readonly #placement = new Placement()
  readonly #findings = new Findings()
  /** Up to here everything was looked at. */
  #next = 0
  /** Bundles that are not there, one after the other, and perhaps none after them. */
  #absent: TrustedTiles | null = null

  constructor(source: TileSource, head: TreeHead, repaired: TileSource, { engine, rules }: Means) {
    this.#rules = rules
    this.#source = source
    this.#size = head.size
    this.#tree = new TreeReader(repaired, head, engine)
    this.#hasher = new TreeHasher(engine)
  }

  async look(tile: TrustedTiles): Promise<void> {
    const { from, to, hashes } = tile
    if (from > this.#next) this.#inPlace(this.#next, from)
    this.#next = to
    if (tile.isAbsent) return this.#isAbsent(tile)
    if (to - from > tileWidth) return this.#inPlace(from, to)
    const { leaves, problem } = await readBundle(this.#source, this.#size, from / tileWidth)
    if (leaves !== null) {
      this.#tellAbsent()
      await this.#lookAt(from, leaves, hashes)
    } else if (problem === null) {
      this.#isAbsent(tile)
    } else {
      const path = bundleIn(this.#size, from / tileWidth)
      const damaged = verifyError('verify/bundle-damaged', { path, ...named(tile), reason: problem })
      this.#findings.add(damaged, from)
      this.#inPlace(from, to)
    }
  }

  async findings(): Promise<readonly TreeFinding[]> {
    if (this.#next < this.#size) this.#inPlace(this.#next, this.#size)
    // Bundles that are absent at the end are not told: the end was cut off, or as many leaves before it.
    const first = this.#absent
    const leaves = first === null ? null : await this.#partial(first.from / tileWidth)
    if (first !== null && leaves !== null) await this.#lookAt(first.from, leaves, first.hashes)
    if (first === null) await this.#lookBeyond()
    return [...this.#findings.list(), ...this.#placement.findings(this.#size, 'tree')]
  }

  /** In order, or told already. */
  #inPlace(from: number, to: number): void {
    this.#tellAbsent()
    this.#placement.add(from, from, to - from)
  }

  #isAbsent(tile: TrustedTiles): void {
    this.#absent = this.#absent === null ? tile : { ...this.#absent, to: tile.to }
  }

  #tellAbsent(): void {
    const absent = this.#absent
    if (absent === null) return
    this.#absent = null
    const path = bundleIn(this.#size, absent.from / tileWidth)
    this.#findings.addMissing('verify/bundle-missing', path, 0, absent)
    this.#placement.add(absent.from, absent.from, absent.to - absent.from)
  }

  /** Leaves that were pushed over the end; those of a log that goes on growing are no concern here. */
  async #lookBeyond(): Promise<void> {
    const [index, width] = [Math.floor(this.#size / tileWidth), this.#size % tileWidth]
    const full = width === 0 ? null : await this.#source.read(bundlePath(index, tileWidth))
    const leaves = full === null ? await this.#partial(index) : decoded(full).leaves
    for (const [i, leaf] of (leaves ?? []).entries()) {
      if (i < width) continue
      const home = await this.#homeOf(leaf, this.#hasher.leafHashes([leaf]))
      if (home !== null) this.#placement.add(index * tileWidth + i, home, 1)
    }
  }

  /** The widest partial bundle that stands in the place of one. */
  async #partial(index: number): Promise<readonly Uint8Array[] | null> {
    for (let width = tileWidth - 1; width > 0; width--) {
      const bytes = await this.#source.read(bundlePath(index, width))
      if (bytes !== null) return decoded(bytes).leaves
    }
    return null
  }

  async #lookAt(start: number, leaves: readonly Uint8Array[], hashes: Uint8Array | null): Promise<void> {
    if (hashes === null) {
      this.#placement.add(start, start, leaves.length)
      return
    }
    const own = this.#hasher.leafHashes(leaves)
    for (const [i, leaf] of leaves.entries()) {
      const hash = hashAt(own, i)
      const isHere = sameBytes(hash, hashAt(hashes, i))
      this.#placement.add(start + i, isHere ? start + i : await this.#homeOf(leaf, hash), 1)
    }
  }

  /** A leaf that was not changed carries the number of its place, and there stands its hash. */
  async #homeOf(leaf: Uint8Array, hash: Uint8Array): Promise<number | null> {
    const seq = this.#rules.seqOf(leaf) ?? this.#size
    if (seq >= this.#size) return null
    try {
      return sameBytes(await this.#tree.hash(0, seq), hash) ? seq : null
    } catch (error) {
      if (error instanceof ChartsealError) return null
      throw error
    }
  }
}
