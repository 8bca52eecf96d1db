/** The one pass over a log: every leaf is hashed, every tile compared. Memory does not grow with the log. */
import type { Engine } from '@chartseal/core/engine'
import { sameBytes, TreeHasher } from '../hashing.js'
import type { LeafPass, LeafRules } from '../leaf-rules.js'
import { type ReadBundle, readBundle } from '../reader/bundle.js'
import type { TileSource } from '../reader/source.js'
import { readTile } from '../reader/tree.js'
import { bundlesOf, hashBytes, pathOf, tileIn, tileWidth } from '../tiles.js'
import type { Finding } from '../verify-errors.js'
import { maxFindings, Ranges } from './collect.js'
import { Levels } from './levels.js'

/** A finding at a leaf: it means nothing where the leaf itself was changed. */
export interface LeafFinding {
  readonly index: number
  readonly finding: Finding
}

export interface ScanResult {
  /** Of the tree that the leaves make; where leaves are missing, their tiles stand for them. `null`: not known. */
  readonly root: Uint8Array | null
  /** Of the first leaves, as many as were asked for. */
  readonly prefixRoot: Uint8Array | null
  readonly levels: Levels
  /** Bundles that are not there or not whole, and those that hash to something else than their tile. */
  readonly suspects: Ranges
  /** Those among them that are not there. */
  readonly absent: Ranges
  /** Bundles in which a leaf carries another number than that of its place. */
  readonly misnumbered: Ranges
  readonly leafFindings: readonly LeafFinding[]
  /** The first leaf whose findings were not kept, there being so many. */
  readonly leafFindingsEnd: number | null
  /** Where reading ended because there is nothing more; `null` when all was read. */
  readonly stoppedAt: number | null
  /** Where reading was given up because too much is wrong. */
  readonly gaveUpAt: number | null
}

export interface ScanOptions {
  readonly engine: Engine
  readonly rules: LeafRules
  /** The size of a smaller tree whose root is asked for. */
  readonly prefix: number | null
  readonly onNote?: ((note: Finding) => void) | undefined
  readonly onProgress?: ((leaves: number) => void) | undefined
}

/** Bundles that are read at once. */
const readAhead = 8
/** So many bundles without bundle or tile, one after the other: the next one that is there is looked for. */
const maxAbsent = 64
/** With more that is wrong, or more gaps, the log is given up: to name it all would need its whole size in memory. */
const maxWrong = 2 ** 12
const maxGaps = 64

export async function scanLog(source: TileSource, size: number, options: ScanOptions): Promise<ScanResult> {
  return await new Scan(source, size, options).run()
}

class Scan {
  readonly #source: TileSource
  readonly #size: number
  readonly #options: ScanOptions
  readonly #hasher: TreeHasher
  readonly #levels: Levels
  readonly #pass: LeafPass
  readonly #suspects = new Ranges()
  readonly #absent = new Ranges()
  readonly #misnumbered = new Ranges()
  readonly #leafFindings: LeafFinding[] = []
  #leafFindingsEnd: number | null = null
  #notes = 0
  #prefixRoot: Uint8Array | null
  /** Bundles that are there and wrong. */
  #wrong = 0
  #absentInRow = 0
  #gaps = 0
  #stoppedAt: number | null = null
  #gaveUpAt: number | null = null

  constructor(source: TileSource, size: number, options: ScanOptions) {
    this.#source = source
    this.#size = size
    this.#options = options
    this.#hasher = new TreeHasher(options.engine)
    this.#levels = new Levels(source, size, this.#hasher)
    this.#prefixRoot = options.prefix === 0 ? this.#hasher.rootOfEdges([]) : null
    this.#pass = options.rules.startPass(options.engine, (index, finding, kind = 'finding') => {
      if (kind === 'note') return this.#note(finding)
      if (this.#leafFindings.length < maxFindings) this.#leafFindings.push({ index, finding })
      else this.#leafFindingsEnd ??= index
    })
  }

  /** Of a log that is healthy there may be any number: the first ones are enough. */
  #note(note: Finding): void {
    if (this.#notes++ < maxFindings) this.#options.onNote?.(note)
  }

  async run(): Promise<ScanResult> {
    let next = 0
    while (next < bundlesOf(this.#size)) next = await this.#readFrom(next)
    this.#pass.close()
    const isRead = this.#stoppedAt === null && this.#gaveUpAt === null
    return {
      root: isRead ? await this.#levels.close() : null,
      prefixRoot: this.#prefixRoot,
      levels: this.#levels,
      suspects: this.#suspects,
      absent: this.#absent,
      misnumbered: this.#misnumbered,
      leafFindings: this.#leafFindings,
      leafFindingsEnd: this.#leafFindingsEnd,
      stoppedAt: this.#stoppedAt,
      gaveUpAt: this.#gaveUpAt,
    }
  }

  /** Reads bundles and their tiles in order. Where to go on. */
  async #readFrom(first: number): Promise<number> {
    for await (const pair of inOrder(this.#source, this.#size, first)) {
      await this.#look(pair)
      const { index, bundle, tile } = pair
      this.#absentInRow = isAbsent(bundle) && tile === null ? this.#absentInRow + 1 : 0
      if (this.#wrong + this.#levels.differences > maxWrong) return this.#giveUp(index + 1)
      if (this.#absentInRow === maxAbsent) return await this.#jump(index + 1)
    }
    return Number.POSITIVE_INFINITY
  }

  async #look({ index, bundle, tile }: ReadPair): Promise<void> {
    const start = index * tileWidth
    const at = tileIn(this.#size, 0, index)
    const stored = this.#levels.storedTile(at, tile)
    const leaves = bundle.leaves?.length === at.width ? bundle.leaves : null
    const own = leaves === null ? null : this.#hasher.leafHashes(leaves)
    if (isAbsent(bundle)) this.#absent.add(index)
    if (own === null || stored === null || !sameBytes(own, stored)) {
      this.#suspects.add(index)
      if (!isAbsent(bundle)) this.#wrong++
    }
    if (!this.#isNumbered(start, leaves ?? [])) this.#misnumbered.add(index)
    const rest = (this.#options.prefix ?? -1) - start
    const hashes = own ?? stored
    if (hashes !== null && rest > 0 && rest < tileWidth)
      this.#prefixRoot = this.#levels.rootSoFar(hashes.subarray(0, rest * hashBytes))
    await this.#levels.addTile(index, hashes)
    if (rest === tileWidth) this.#prefixRoot = this.#levels.rootSoFar(new Uint8Array())
    this.#options.onProgress?.(start + at.width)
  }

  #isNumbered(start: number, leaves: readonly Uint8Array[]): boolean {
    let all = true
    for (let i = 0; i < leaves.length; i++) {
      const leaf = leaves[i]
      if (leaf !== undefined && !this.#pass.check(start + i, leaf)) all = false
    }
    return all
  }

  /** Passes over what is not there, up to the next bundle that is; without one the files end where the gap began. */
  async #jump(from: number): Promise<number> {
    const last = bundlesOf(this.#size) - 1
    if (!(await this.#isThere(last))) {
      this.#stoppedAt = (from - maxAbsent) * tileWidth
      return Number.POSITIVE_INFINITY
    }
    if (++this.#gaps > maxGaps) return this.#giveUp(from)
    const to = await this.#nextThere(from, last)
    const gap = { from: from * tileWidth, to: to * tileWidth }
    const path = pathOf(tileIn(this.#size, 0, from))
    if (to > from) this.#levels.findings.addMissing('verify/tile-missing', path, 0, gap)
    this.#suspects.add(from, Math.max(from, to))
    this.#absent.add(from, Math.max(from, to))
    await this.#levels.skipTiles(from, to)
    this.#absentInRow = 0
    return to
  }

  /** One that is there with none before it, as far as doubled steps and halved ones tell. */
  async #nextThere(from: number, last: number): Promise<number> {
    let [absent, there] = [from - 1, last]
    for (let step = 1; absent + step < last; step *= 2) {
      if (await this.#isThere(absent + step)) {
        there = absent + step
        break
      }
      absent += step
    }
    while (there - absent > 1) {
      const middle = Math.floor((absent + there) / 2)
      if (await this.#isThere(middle)) there = middle
      else absent = middle
    }
    return there
  }

  async #isThere(index: number): Promise<boolean> {
    const { bundle, tile } = await readPair(this.#source, this.#size, index)
    return !isAbsent(bundle) || tile !== null
  }

  #giveUp(index: number): number {
    this.#gaveUpAt = index * tileWidth
    return Number.POSITIVE_INFINITY
  }
}

const isAbsent = ({ leaves, problem }: ReadBundle): boolean => leaves === null && problem === null

interface ReadPair {
  readonly index: number
  readonly bundle: ReadBundle
  /** The bytes of its tile of level 0. */
  readonly tile: Uint8Array | null
}

async function* inOrder(source: TileSource, size: number, first: number): AsyncGenerator<ReadPair> {
  const waiting: Promise<ReadPair>[] = []
  const count = bundlesOf(size)
  for (let index = first; index < count || waiting.length > 0; ) {
    while (index < count && waiting.length < readAhead) {
      const pair = readPair(source, size, index++)
      // What it is refused with is thrown when its turn comes, if it comes.
      pair.catch(() => undefined)
      waiting.push(pair)
    }
    const next = await waiting.shift()
    if (next !== undefined) yield next
  }
}

async function readPair(source: TileSource, size: number, index: number): Promise<ReadPair> {
  const [bundle, tile] = await Promise.all([
    readBundle(source, size, index),
    readTile(source, tileIn(size, 0, index)),
  ])
  return { index, bundle, tile }
}
