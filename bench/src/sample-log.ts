/** A log of any size that makes its leaves when they are read, so that it fits into memory at 10^6 entries. */

import { concat } from '@chartseal/core/bytes'
import { encodeCbor } from '@chartseal/core/encoding'
import { defaultEngine } from '@chartseal/core/engine'
import { emptyTree, extend, leafHash, type Tree, treeRoot } from '@chartseal/core/merkle'
import {
  mapSource,
  type TileSource,
  type TreeHead,
  tilePath,
  bundlePath as tlogBundlePath,
} from '@chartseal/tlog'

export interface SampleLog {
  readonly source: TileSource
  readonly head: TreeHead
}

const width = 256
/** What a body padded to 256 bytes has once it is sealed, about. */
const bodyBytes = 256 + 80
const startMs = Date.UTC(2026, 3, 5)

/** The leaf of an entry, shaped as the log's own; its bytes depend on its number. */
function leaf(seq: number): Uint8Array {
  if (seq < firstShort) return encodeLeaf(seq)
  // Numbers have two bytes in CBOR, and four from 65,536 on: one pattern serves for all of a length.
  const bytes = seq < firstInPattern ? shortPattern.slice() : pattern.slice()
  const view = new DataView(bytes.buffer)
  if (seq < firstInPattern) view.setUint16(shortOffset, seq)
  else view.setUint32(seqOffset, seq)
  return bytes
}

const encodeLeaf = (seq: number): Uint8Array =>
  encodeCbor({
    v: 2,
    at: startMs,
    seq,
    id: new Uint8Array(16),
    tag: new Uint8Array(16),
    body: new Uint8Array(bodyBytes).fill(1),
  })

const firstShort = 256
const shortPattern = encodeLeaf(0x1234)
const shortOffset = offsetOf(shortPattern, Uint8Array.of(0x19, 0x12, 0x34)) + 1
const firstInPattern = 65_536
const marker = 0x1234_5678
const pattern = encodeLeaf(marker)
const seqOffset = offsetOf(pattern, Uint8Array.of(0x12, 0x34, 0x56, 0x78))

function offsetOf(bytes: Uint8Array, wanted: Uint8Array): number {
  return bytes.findIndex((_, i) => wanted.every((byte, j) => bytes[i + j] === byte))
}

/** The leaves of a bundle. */
export function sampleLeaves(size: number, bundle: number): readonly Uint8Array[] {
  const start = bundle * width
  return Array.from({ length: Math.min(width, size - start) }, (_, i) => leaf(start + i))
}

function sampleBundle(size: number, bundle: number): Uint8Array {
  return concat(
    ...sampleLeaves(size, bundle).flatMap(one => [Uint8Array.of(one.length >> 8, one.length), one]),
  )
}

/** Keeps the tiles; bundles are made when they are read, or kept, too, with `keepsBundles`. */
export function sampleLog(size: number, keepsBundles: boolean): SampleLog {
  const files = new Map<string, Uint8Array>()
  const engine = defaultEngine()
  const edges: (readonly Uint8Array[])[] = []
  let hashes: readonly Uint8Array[] = Array.from({ length: Math.ceil(size / width) }, (_, n) => {
    if (keepsBundles) files.set(bundlePath(size, n), sampleBundle(size, n))
    return engine.sha256Many(sampleLeaves(size, n).map(one => concat(Uint8Array.of(0), one)))
  }).flat()
  for (let level = 0; hashes.length > 0; level++) {
    const tiles = tilesOf(hashes)
    for (const [n, tile] of tiles.entries()) files.set(tilePath(level, n, tile.length), concat(...tile))
    edges.unshift(tiles.filter(tile => tile.length < width).flat())
    hashes = tiles.filter(tile => tile.length === width).map(tile => treeRoot(tile, engine))
  }
  const source = keepsBundles ? mapSource(files) : making(size, files)
  return { source, head: { size, root: rootOfEdges(size, edges) } }
}

const bundlePath = (size: number, n: number): string => tlogBundlePath(n, Math.min(width, size - n * width))

function making(size: number, files: ReadonlyMap<string, Uint8Array>): TileSource {
  const bundles = new Map(
    Array.from({ length: Math.ceil(size / width) }, (_, n) => [bundlePath(size, n), n] as const),
  )
  return {
    async read(path) {
      const bundle = bundles.get(path)
      return bundle === undefined ? (files.get(path) ?? null) : sampleBundle(size, bundle)
    },
  }
}

const tilesOf = (hashes: readonly Uint8Array[]): (readonly Uint8Array[])[] =>
  Array.from({ length: Math.ceil(hashes.length / width) }, (_, i) => hashes.slice(i * width, (i + 1) * width))

/** The complete subtrees of the whole are those of the partial tiles, from the highest level down. */
function rootOfEdges(size: number, edges: readonly (readonly Uint8Array[])[]): Uint8Array {
  const peaks = edges.flatMap(edge => edge.reduce<Tree>((tree, hash) => extend(tree, hash), emptyTree).peaks)
  return treeRoot({ size, peaks })
}

/** Only the tiles of a log in which every leaf is the same: what a proof costs does not depend on leaves. */
export function uniformTiles(size: number): SampleLog {
  const files = new Map<string, Uint8Array>()
  const edges: (readonly Uint8Array[])[] = []
  let [hash, count] = [leafHash(pattern), size]
  for (let level = 0; count > 0; level++) {
    const full = Array.from({ length: width }, () => hash)
    const tile = concat(...full)
    const rest = full.slice(0, count % width)
    count = Math.floor(count / width)
    for (let n = 0; n < count; n++) files.set(tilePath(level, n, width), tile)
    if (rest.length > 0) files.set(tilePath(level, count, rest.length), concat(...rest))
    edges.unshift(rest)
    hash = treeRoot(full)
  }
  return { source: mapSource(files), head: { size, root: rootOfEdges(size, edges) } }
}
