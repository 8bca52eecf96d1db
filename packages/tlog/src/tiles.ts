/** Where the files of a log stand and what is in them, C2SP tlog-tiles. */
import { concat } from '@chartseal/core/bytes'
import { tlogError } from './errors.js'

/** Hashes in a full tile, and entries in a full bundle. */
export const tileWidth = 256
/** What that length can say. */
export const maxEntryBytes = 65_535
/** Of a SHA-256 digest. */
export const hashBytes = 32
/** Of the length in front of each entry of a bundle, big-endian. */
export const lengthBytes = 2

/** `tile/<level>/<index>`, with `.p/<width>` for a partial tile. @throws RangeError */
export function tilePath(level: number, index: number, width: number): string {
  if (!Number.isInteger(level) || level < 0 || level > 63)
    throw new RangeError('a level is an integer from 0 to 63')
  return `tile/${level}/${place(index, width)}`
}

/** `tile/entries/<index>`, with `.p/<width>` for a partial bundle. @throws RangeError */
export function bundlePath(index: number, width: number): string {
  return `tile/entries/${place(index, width)}`
}

// 1234067 is x001/x234/067.
function place(index: number, width: number): string {
  if (!Number.isSafeInteger(index) || index < 0) throw new RangeError('an index is an integer from 0')
  if (!Number.isInteger(width) || width < 1 || width > tileWidth)
    throw new RangeError('a width is from 1 to 256')
  const digits = String(index)
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0')
  const path = padded.replace(/\d{3}(?=\d)/g, 'x$&/')
  return width === tileWidth ? path : `${path}.p/${width}`
}

/** Entries as they stand in a bundle. `framed` are views of `bytes`: each entry with its length in front. */
export interface Framed {
  readonly bytes: Uint8Array
  readonly framed: readonly Uint8Array[]
}

/** Each entry after its length as u16. @throws RangeError for an entry above 65,535 bytes */
export function frameEntries(entries: readonly Uint8Array[]): Framed {
  const bytes = new Uint8Array(entries.reduce((sum, entry) => sum + lengthBytes + entry.length, 0))
  let end = 0
  const framed = entries.map(entry => {
    if (entry.length > maxEntryBytes) throw new RangeError(`an entry has at most ${maxEntryBytes} bytes`)
    const start = end
    bytes[start] = entry.length >> 8
    bytes[start + 1] = entry.length
    bytes.set(entry, start + lengthBytes)
    end = start + lengthBytes + entry.length
    return bytes.subarray(start, end)
  })
  return { bytes, framed }
}

/** The entries of a bundle with their lengths, as views; `null` when the bytes end within one. No more than `most`. */
export function splitFramed(bytes: Uint8Array, most: number): readonly Uint8Array[] | null {
  const framed: Uint8Array[] = []
  let at = 0
  while (at + lengthBytes <= bytes.length && framed.length < most) {
    const next = at + lengthBytes + (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0)
    if (next > bytes.length) return null
    framed.push(bytes.subarray(at, next))
    at = next
  }
  return at === bytes.length || framed.length === most ? framed : null
}

/** An entry without the length in front of it, as a view. */
export function unframed(entry: Uint8Array): Uint8Array {
  return entry.subarray(lengthBytes)
}

/** The bytes of a bundle. @throws RangeError for an entry above 65,535 bytes */
export function encodeBundle(entries: readonly Uint8Array[]): Uint8Array {
  return frameEntries(entries).bytes
}

/** The entries, as views of `bytes`. @throws ChartsealError `tlog/bad-bundle` */
export function decodeBundle(bytes: Uint8Array): readonly Uint8Array[] {
  const framed = splitFramed(bytes, tileWidth + 1)
  if (framed === null) throw tlogError('tlog/bad-bundle', { reason: 'it ends within an entry' })
  if (framed.length === 0) throw tlogError('tlog/bad-bundle', { reason: 'it is empty' })
  if (framed.length > tileWidth)
    throw tlogError('tlog/bad-bundle', { reason: `it has more than ${tileWidth} entries` })
  return framed.map(unframed)
}

/** @throws RangeError for a hash that has not 32 bytes */
export function encodeTile(hashes: readonly Uint8Array[]): Uint8Array {
  if (hashes.some(hash => hash.length !== hashBytes)) throw new RangeError('a hash has 32 bytes')
  return concat(...hashes)
}

/** The hashes of 32 bytes, as views of `bytes`. @throws ChartsealError `tlog/bad-tile` */
export function decodeTile(bytes: Uint8Array): readonly Uint8Array[] {
  const count = bytes.length / hashBytes
  if (!Number.isInteger(count) || count < 1 || count > tileWidth) {
    throw tlogError('tlog/bad-tile', { reason: 'it has 1 to 256 hashes of 32 bytes' })
  }
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * hashBytes, (i + 1) * hashBytes))
}

// Which tiles a tree of some size has (C2SP tlog-tiles, "Merkle Tree" and "Partial Tiles").

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

/** `from` to `to` - 1. */
export interface Range {
  readonly from: number
  readonly to: number
}

/** The leaves below a tile. */
export function leavesBelow({ level, index, width }: TileAt): Range {
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
