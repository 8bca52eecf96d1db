/** Turns durable entries into bundles and tiles. */
import { concat, equal } from '@chartseal/core/bytes'
import { consistencyRanges } from '@chartseal/core/merkle'
import { Edge, type Tile } from '../edge.js'
import type { TreeHasher } from '../hashing.js'
import { logError } from '../log-errors.js'
import { rootOver } from '../ranges.js'
import type { OpenStorage } from '../storage.js'
import {
  bundlePath,
  decodeBundle,
  hashBytes,
  hashesAt,
  pathOf,
  tilePath,
  tileWidth,
  unframed,
} from '../tiles.js'

/** A tree at one size, whose full bundles and tiles are written or about to be. */
export interface Snapshot {
  readonly size: number
  readonly root: Uint8Array
  /** Partial tiles and the partial bundle. */
  readonly partials: readonly (readonly [path: string, bytes: Uint8Array])[]
}

// libuv has four threads for files.
const atOnce = 4

export class TreeWriter {
  readonly #storage: OpenStorage
  readonly #hasher: TreeHasher
  readonly #edge: Edge
  /** The entries of the bundle that is not full yet. */
  #bundle: Uint8Array[] = []
  /** Full ones on their way to the disk, by path. */
  readonly #unwritten = new Map<string, Uint8Array>()
  /** Full ones that were written since the last snapshot was settled, and those from the time before. */
  #completed: string[] = []
  #settled: readonly string[] = []
  /** Tiles and bundles, by the path of the full one, that have partial files. */
  readonly #partial = new Set<string>()
  #writing: Promise<void> = Promise.resolve()

  /** Of a log that is being opened nothing is written before it proved to be what was signed. */
  #isHeld = true

  constructor(storage: OpenStorage, hasher: TreeHasher) {
    this.#storage = storage
    this.#hasher = hasher
    this.#edge = new Edge(hasher)
  }

  get size(): number {
    return this.#edge.size
  }

  root(): Uint8Array {
    return this.#edge.root()
  }

  /**
   * @param entries each with its length in front, as in a bundle: kept until their bundle is full
   * @param isStored the bundles that become full are known to stand there
   */
  add(entries: readonly Uint8Array[], leafHashes: Uint8Array, isStored = false): void {
    const files: (readonly [string, Uint8Array])[] = []
    for (const entry of entries) {
      this.#bundle.push(entry)
      if (this.#bundle.length < tileWidth) continue
      const index = Math.floor((this.#edge.size + files.length * tileWidth) / tileWidth)
      if (!isStored) files.push([bundlePath(index, tileWidth), concat(...this.#bundle)])
      this.#bundle = []
    }
    this.#send([...files, ...this.#edge.append(leafHashes).map(fileOf)])
  }

  #send(files: readonly (readonly [string, Uint8Array])[]): void {
    for (const [path, bytes] of files) this.#unwritten.set(path, bytes)
    if (files.length > 0) this.#writing = this.#writing.then(() => this.#writeAll(files))
    // Whoever waits for it sees the failure; nobody may be waiting yet.
    this.#writing.catch(() => undefined)
  }

  async #writeAll(files: readonly (readonly [string, Uint8Array])[]): Promise<void> {
    const rest = [...files]
    const work = async (): Promise<void> => {
      for (let file = rest.shift(); file !== undefined; file = rest.shift()) await this.#writeOne(...file)
    }
    await Promise.all(Array.from({ length: atOnce }, work))
  }

  async #writeOne(path: string, bytes: Uint8Array): Promise<void> {
    const stored = this.#isHeld ? await this.#storage.read(path) : null
    const isThere = stored !== null && equal(stored, bytes)
    if (this.#isHeld && !isThere) return
    if (!isThere) await this.#storage.write(path, bytes)
    this.#unwritten.delete(path)
    if (this.#partial.delete(path)) this.#completed.push(path)
  }

  /** The entries are what was signed: files that are missing or differ are written. How many there were. */
  async release(): Promise<number> {
    await this.#writing
    this.#isHeld = false
    const files = [...this.#unwritten]
    this.#send(files)
    await this.#writing
    return files.length
  }

  /** Resolves when all full bundles and tiles of the tree as it is now are written. */
  written(): Promise<void> {
    return this.#writing
  }

  snapshot(): Snapshot {
    const { size } = this.#edge
    for (const path of edgePaths(size)) this.#partial.add(path)
    const partials = this.#edge.partials().map(fileOf)
    if (this.#bundle.length > 0) {
      partials.push([bundlePath(Math.floor(size / tileWidth), this.#bundle.length), concat(...this.#bundle)])
    }
    return { size, root: this.#edge.root(), partials }
  }

  /** Makes the files of a snapshot durable: those that became full before it, and its partial ones. */
  async settle({ size, partials }: Snapshot): Promise<void> {
    await this.#writing
    await Promise.all(partials.map(([path, bytes]) => this.#storage.write(path, bytes)))
    const completed = this.#completed.splice(0)
    await this.#storage.settle(size)
    // Not those of the last tiles: the checkpoint that is about to be replaced may still need them.
    for (const path of this.#settled) await this.#storage.dropPartials(path)
    this.#settled = completed
  }

  /** @throws ChartsealError `log/damaged` */
  async leafAt(index: number): Promise<Uint8Array> {
    const bundle = Math.floor(index / tileWidth)
    const place = index % tileWidth
    if (bundle === Math.floor(this.size / tileWidth)) return leafOf(this.#bundle[place])
    const path = bundlePath(bundle, tileWidth)
    const bytes = this.#unwritten.get(path) ?? (await this.#storage.read(path))
    const leaf = bytes === null ? undefined : decodeBundle(bytes)[place]
    if (leaf === undefined) throw logError('log/damaged', { path })
    return leaf
  }

  /**
   * The proof that the first `older` of `newer` entries are the older tree (RFC 9162 2.1.4.1); empty for none of them.
   * @throws ChartsealError `log/damaged`
   */
  async consistencyProof(older: number, newer: number): Promise<readonly Uint8Array[]> {
    const ranges = older === 0 ? [] : consistencyRanges(older, newer)
    const tile = (level: number, index: number): Promise<Uint8Array> => this.#tile(level, index)
    return Promise.all(ranges.map(range => rootOver(range, tile, this.#hasher)))
  }

  /** The hashes of a tile, of the partial one those that are there. */
  async #tile(level: number, index: number): Promise<Uint8Array> {
    const partial = Math.floor(hashesAt(level, this.size) / tileWidth)
    if (index === partial) return this.#edge.levels()[level] ?? new Uint8Array()
    const path = tilePath(level, index, tileWidth)
    const hashes = this.#unwritten.get(path) ?? (await this.#storage.read(path))
    if (hashes?.length !== tileWidth * hashBytes) throw logError('log/damaged', { path })
    return hashes
  }
}

function leafOf(entry: Uint8Array | undefined): Uint8Array {
  if (entry === undefined) throw new Error('internal: an entry that the tree does not have')
  return unframed(entry).slice()
}

/** Full tiles and the full bundle of whose a tree of this size has a part. */
function edgePaths(size: number): readonly string[] {
  const paths = [bundlePath(Math.floor(size / tileWidth), tileWidth)]
  for (let [level, rest] = [0, size]; rest > 0; level++, rest = Math.floor(rest / tileWidth)) {
    paths.push(tilePath(level, Math.floor(rest / tileWidth), tileWidth))
  }
  return paths
}

function fileOf(tile: Tile): readonly [path: string, bytes: Uint8Array] {
  return [pathOf(tile), tile.hashes]
}
