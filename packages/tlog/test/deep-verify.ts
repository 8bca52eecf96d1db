/** Recomputes everything of a log from its files, with another SHA-256 and none of the writer's code. */
import { createHash } from 'node:crypto'
import { openNote, parseCheckpoint, parseVerifierKey } from '@chartseal/tlog'
import { expect } from 'vitest'
import { origin, signer } from './writer-helpers.js'

/** Path to bytes, `null` where there is no file. */
export type Read = (path: string) => Uint8Array | null

export interface Verified {
  readonly size: number
  readonly leaves: readonly Buffer[]
  /** The root of the first `size` leaves. */
  root(size: number): Buffer
}

const sha256 = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** RFC 6962 2.1. */
function treeHash(leaves: readonly Buffer[]): Buffer {
  const [only] = leaves
  if (only === undefined) return sha256()
  if (leaves.length === 1) return only
  let k = 1
  while (k * 2 < leaves.length) k *= 2
  return sha256(Uint8Array.of(1), treeHash(leaves.slice(0, k)), treeHash(leaves.slice(k)))
}

/** The root of any beginning of the leaves, from the complete subtrees over them. */
function rootsOf(leaves: readonly Buffer[]): (size: number) => Buffer {
  const levels = [leaves]
  for (let below = leaves; below.length > 1; levels.push(below)) {
    below = Array.from({ length: below.length >> 1 }, (_, i) =>
      sha256(Uint8Array.of(1), ...below.slice(2 * i, 2 * i + 2)),
    )
  }
  return size => {
    const peaks: Buffer[] = []
    for (let [height, from] = [levels.length - 1, 0]; height >= 0; height--) {
      const peak = levels[height]?.[from / 2 ** height]
      if (from + 2 ** height > size || peak === undefined) continue
      peaks.push(peak)
      from += 2 ** height
    }
    return peaks.length === 0
      ? sha256()
      : peaks.reduceRight((right, left) => sha256(Uint8Array.of(1), left, right))
  }
}

function place(index: number): string {
  const digits = `${index}`.padStart(Math.ceil(`${index}`.length / 3) * 3, '0')
  return (digits.match(/.{3}/g) ?? [])
    .map((part, i, all) => (i < all.length - 1 ? `x${part}` : part))
    .join('/')
}

/** A full file stands for each of its partial ones. */
function file(read: Read, path: string, width: number): Uint8Array {
  const found = (width < 256 ? read(`${path}.p/${width}`) : null) ?? read(path)
  if (found === null) throw new Error(`${path} of width ${width} is missing`)
  return found
}

function leavesOf(read: Read, index: number, width: number): Buffer[] {
  const bytes = Buffer.from(file(read, `tile/entries/${place(index)}`, width))
  const leaves: Buffer[] = []
  for (let at = 0; at < bytes.length; at += 2 + bytes.readUInt16BE(at)) {
    leaves.push(bytes.subarray(at + 2, at + 2 + bytes.readUInt16BE(at)))
  }
  expect(leaves.length).toBeGreaterThanOrEqual(width)
  return leaves.slice(0, width)
}

/** Checks every leaf, tile, root and signature. @throws when something is missing or wrong */
export function deepVerify(read: Read): Verified {
  const bytes = read('checkpoint')
  const { text, verified } = openNote(Buffer.from(bytes ?? []).toString(), [
    parseVerifierKey(signer.verifierKey),
  ])
  const checkpoint = parseCheckpoint(text)
  expect([verified.length, checkpoint.origin]).toEqual([1, origin])
  const { size } = checkpoint
  const leaves: Buffer[] = []
  for (let first = 0; first < size; first += 256)
    leaves.push(...leavesOf(read, first / 256, Math.min(256, size - first)))
  const hashes = leaves.map(leaf => sha256(Uint8Array.of(0), leaf))
  verifyTiles(read, hashes)
  expect(Buffer.from(checkpoint.root)).toEqual(treeHash(hashes))
  const root = rootsOf(hashes)
  expect(root(size)).toEqual(treeHash(hashes))
  return { size, leaves, root }
}

function verifyTiles(read: Read, leafHashes: readonly Buffer[]): void {
  let level = leafHashes
  for (let height = 0; level.length > 0; height++) {
    const above: Buffer[] = []
    for (let first = 0; first < level.length; first += 256) {
      const hashes = level.slice(first, first + 256)
      const expected = Buffer.concat(hashes)
      const found = file(read, `tile/${height}/${place(first / 256)}`, hashes.length)
      expect(
        Buffer.from(found.subarray(0, expected.length)).equals(expected),
        `tile ${height}, ${first}`,
      ).toBe(true)
      if (hashes.length === 256) above.push(treeHash(hashes))
    }
    level = above
  }
}
