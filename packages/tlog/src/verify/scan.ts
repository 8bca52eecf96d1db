/** The one pass over a log: every leaf is hashed, every tile compared. Memory does not grow with the log. */
import type { Engine } from '@chartseal/core/engine'
import type { LeafPass, LeafRules } from '../leaf-rules.js'
import { type ReadBundle, readBundle } from '../reader/bundle.js'
import { bundlesOf, hashBytes, tileIn, tileWidth } from '../reader/geometry.js'
import { sameBytes, TreeHasher } from '../reader/hashing.js'
import type { TileSource } from '../reader/source.js'
import { readTile } from '../reader/tree.js'
import type { Finding } from '../verify-errors.js'
import { Levels } from './levels.js'

/** A finding at a leaf: it means nothing where the leaf itself was changed. */
export interface LeafFinding {
  readonly index: number
  readonly finding: Finding
}

/** After so many, further ones are not kept. */
const maxFindings = 1000

export interface ScanResult {
  /** Of the tree that the leaves make; where leaves are missing, their tiles stand for them. `null`: not known. */
  readonly root: Uint8Array | null
  /** Of the first leaves, as many as were asked for. */
  readonly prefixRoot: Uint8Array | null
  readonly levels: Levels
  /** Bundles that are not there or not whole, and those that hash to something else than their tile. */
  readonly suspects: readonly number[]
  /** Bundles in which a leaf carries another number than that of its place. */
  readonly misnumbered: readonly number[]
  readonly leafFindings: readonly LeafFinding[]
  /** Where reading ended because there is nothing more; `null` when all was read. */
  readonly stoppedAt: number | null
}

export interface ScanOptions {
  readonly engine: Engine
  readonly rules: LeafRules
  /** The size of a smaller tree whose root is asked for. */
  readonly prefix: number | null
  readonly onProgress?: ((leaves: number) => void) | undefined
}

/** Bundles that are read at once. */
const readAhead = 8

export async function scanLog(source: TileSource, size: number, options: ScanOptions): Promise<ScanResult> {
  const hasher = new TreeHasher(options.engine)
  const levels = new Levels(source, size, hasher)
  const leafFindings: LeafFinding[] = []
  const checks = options.rules.startPass(options.engine, (index, finding) => {
    if (leafFindings.length < maxFindings) leafFindings.push({ index, finding })
  })
  const [suspects, misnumbered]: [number[], number[]] = [[], []]
  const end = new EndOfFiles(source, size)
  let prefixRoot = options.prefix === 0 ? hasher.rootOfEdges([]) : null
  for await (const { index, bundle, stored } of inOrder(source, size, levels)) {
    const start = index * tileWidth
    if (await end.isReached(index, bundle, stored)) break
    const { width } = tileIn(size, 0, index)
    const leaves = bundle.leaves?.length === width ? bundle.leaves : null
    const own = leaves === null ? null : hasher.leafHashes(leaves)
    if (own === null || stored === null || !sameBytes(own, stored)) suspects.push(index)
    if (!numbered(checks, start, leaves ?? [])) misnumbered.push(index)
    const rest = (options.prefix ?? -1) - start
    const hashes = own ?? stored
    if (hashes !== null && rest > 0 && rest < tileWidth)
      prefixRoot = levels.rootSoFar(hashes.subarray(0, rest * hashBytes))
    await levels.addTile(index, hashes)
    if (rest === tileWidth) prefixRoot = levels.rootSoFar(new Uint8Array())
    options.onProgress?.(start + width)
  }
  checks.close()
  const stoppedAt = end.reachedAt
  const root = stoppedAt === null ? await levels.close() : null
  return { root, prefixRoot, levels, suspects, misnumbered, leafFindings, stoppedAt }
}

function numbered(checks: LeafPass, start: number, leaves: readonly Uint8Array[]): boolean {
  let all = true
  for (let i = 0; i < leaves.length; i++) {
    const leaf = leaves[i]
    if (leaf !== undefined && !checks.check(start + i, leaf)) all = false
  }
  return all
}

/** So many bundles without bundle or tile, and nothing at the end: whatever size was signed, here the files end. */
const maxAbsent = 64

class EndOfFiles {
  reachedAt: number | null = null
  readonly #source: TileSource
  readonly #size: number
  #absent = 0

  constructor(source: TileSource, size: number) {
    this.#source = source
    this.#size = size
  }

  async isReached(index: number, bundle: ReadBundle, stored: Uint8Array | null): Promise<boolean> {
    this.#absent = bundle.leaves === null && bundle.problem === null && stored === null ? this.#absent + 1 : 0
    if (this.#absent !== maxAbsent || (await this.#hasEnd())) return false
    this.reachedAt = (index + 1 - maxAbsent) * tileWidth
    return true
  }

  async #hasEnd(): Promise<boolean> {
    const last = bundlesOf(this.#size) - 1
    const { leaves, problem } = await readBundle(this.#source, this.#size, last)
    return (
      leaves !== null ||
      problem !== null ||
      (await readTile(this.#source, tileIn(this.#size, 0, last))) !== null
    )
  }
}

interface ReadPair {
  readonly index: number
  readonly bundle: ReadBundle
  readonly stored: Uint8Array | null
}

async function* inOrder(source: TileSource, size: number, levels: Levels): AsyncGenerator<ReadPair> {
  const waiting: Promise<ReadPair>[] = []
  const count = bundlesOf(size)
  for (let index = 0; index < count || waiting.length > 0; ) {
    while (index < count && waiting.length < readAhead) {
      const pair = readPair(source, size, levels, index++)
      // What it is refused with is thrown when its turn comes, if it comes.
      pair.catch(() => undefined)
      waiting.push(pair)
    }
    const next = await waiting.shift()
    if (next !== undefined) yield next
  }
}

async function readPair(source: TileSource, size: number, levels: Levels, index: number): Promise<ReadPair> {
  const [bundle, stored] = await Promise.all([
    readBundle(source, size, index),
    levels.storedTile(tileIn(size, 0, index)),
  ])
  return { index, bundle, stored }
}
