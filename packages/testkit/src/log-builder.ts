/** Transparency logs for tests, made without the code under test, and ways to tamper with them. */
import { leafHash, treeRoot } from '@chartseal/core/merkle'

export type LogFiles = Map<string, Uint8Array>

export interface TestLog {
  readonly leaves: readonly Uint8Array[]
  readonly files: LogFiles
  readonly head: { readonly size: number; readonly root: Uint8Array }
}

const path = (index: number, width: number): string => {
  const digits = `${index}`.padStart(Math.ceil(`${index}`.length / 3) * 3, '0')
  const elements = digits.match(/.{3}/g) ?? []
  const name = elements.map((one, i) => (i < elements.length - 1 ? `x${one}` : one)).join('/')
  return width === 256 ? name : `${name}.p/${width}`
}

export const tileAt = (level: number, index: number, width = 256): string =>
  `tile/${level}/${path(index, width)}`
export const bundleAt = (index: number, width = 256): string => `tile/entries/${path(index, width)}`

function bundleOf(leaves: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(leaves.flatMap(leaf => [Uint8Array.of(leaf.length >> 8, leaf.length), leaf]))
}

const chunks = <Item>(items: readonly Item[]): (readonly Item[])[] =>
  Array.from({ length: Math.ceil(items.length / 256) }, (_, i) => items.slice(i * 256, (i + 1) * 256))

export function buildLog(leaves: readonly Uint8Array[]): TestLog {
  const files: LogFiles = new Map()
  for (const [i, part] of chunks(leaves).entries()) files.set(bundleAt(i, part.length), bundleOf(part))
  let hashes: readonly Uint8Array[] = leaves.map(leaf => hashOf(leaf))
  const root = treeRoot(hashes)
  for (let level = 0; hashes.length > 0; level++) {
    const tiles = chunks(hashes)
    for (const [i, tile] of tiles.entries()) files.set(tileAt(level, i, tile.length), Buffer.concat(tile))
    hashes = tiles.filter(tile => tile.length === 256).map(tile => treeRoot(tile))
  }
  return { leaves, files, head: { size: leaves.length, root } }
}

// Most logs here begin with the same leaves.
const known = new WeakMap<Uint8Array, Uint8Array>()

function hashOf(leaf: Uint8Array): Uint8Array {
  const hash = known.get(leaf) ?? leafHash(leaf)
  known.set(leaf, hash)
  return hash
}

/** The files of a log with these leaves in its bundles: what somebody without a key can do. */
export function withLeaves(log: TestLog, leaves: readonly Uint8Array[]): LogFiles {
  const files: LogFiles = new Map([...log.files].filter(([name]) => !name.startsWith('tile/entries/')))
  for (const [i, part] of chunks(leaves).entries()) files.set(bundleAt(i, part.length), bundleOf(part))
  return files
}

/** A copy of the files, changed. */
export function changed(files: LogFiles, change: (copy: LogFiles) => void): LogFiles {
  const copy = new Map(files)
  change(copy)
  return copy
}

export function flipBit(files: LogFiles, name: string, bit: number): void {
  const bytes = Uint8Array.from(files.get(name) ?? [])
  const at = bit >> 3
  bytes[at] = (bytes[at] ?? 0) ^ (1 << (bit & 7))
  files.set(name, bytes)
}
