import { createHash } from 'node:crypto'
import { decodeHex } from '@chartseal/core/encoding'
import { createJsEngine, createWasmEngine } from '@chartseal/core/engine'
import {
  consistencyProof,
  emptyTree,
  extend,
  inclusionProof,
  inclusionRanges,
  leafHash,
  nodeHash,
  treeRoot,
  verifyConsistency,
  verifyInclusion,
} from '@chartseal/core/merkle'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { propertyRuns } from './helpers.js'

const leavesOf = (count: number): readonly Uint8Array[] =>
  Array.from({ length: count }, (_, i) => leafHash(Uint8Array.of(i >> 8, i)))
const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i)
const flipped = (hash: Uint8Array): Uint8Array => hash.map((byte, i) => (i === 31 ? byte ^ 1 : byte))

/** RFC 9162 2.1.1 word for word, with another SHA-256. */
function definedRoot(leaves: readonly Uint8Array[]): Uint8Array {
  const [only] = leaves
  if (leaves.length === 1 && only !== undefined) return only
  let k = 1
  while (k * 2 < leaves.length) k *= 2
  const children = [definedRoot(leaves.slice(0, k)), definedRoot(leaves.slice(k))]
  return Uint8Array.from(
    createHash('sha256').update(Uint8Array.of(1)).update(Buffer.concat(children)).digest(),
  )
}

describe('roots', () => {
  it('gives the hash of nothing for no leaf, and its hash for one leaf', () => {
    const nothing = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
    expect(treeRoot([])).toEqual(decodeHex(nothing))
    expect(treeRoot(emptyTree)).toEqual(decodeHex(nothing))
    const empty = '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'
    expect(treeRoot([leafHash(new Uint8Array())])).toEqual(decodeHex(empty))
  })

  it.each([createJsEngine(), createWasmEngine()])('follows the definition, $name engine', engine => {
    for (const size of numbers(70).slice(1)) {
      expect(treeRoot(leavesOf(size), engine)).toEqual(definedRoot(leavesOf(size)))
    }
  })

  it('grows leaf by leaf and leaves the older tree as it was', () => {
    let tree = emptyTree
    for (const [i, leaf] of leavesOf(40).entries()) {
      const [before, root] = [tree, treeRoot(tree)]
      tree = extend(before, leaf)
      expect(treeRoot(before)).toEqual(root)
      expect([tree.size, treeRoot(tree)]).toEqual([i + 1, treeRoot(leavesOf(i + 1))])
    }
    expect(tree.peaks.length).toBe(2)
  })

  it('returns fresh bytes', () => {
    const [leaf = new Uint8Array()] = leavesOf(1)
    treeRoot([leaf]).fill(0)
    expect(leaf).toEqual(leavesOf(1)[0])
  })

  it('hashes a leaf and a node of the same bytes differently', () => {
    const [a, b] = [leafHash(Uint8Array.of(1)), leafHash(Uint8Array.of(2))]
    expect(leafHash(Uint8Array.of(...a, ...b))).not.toEqual(nodeHash(a, b))
  })
})

describe('proofs', () => {
  it('proves every leaf of every tree up to 33, and for no other index, size or leaf', () => {
    for (const size of numbers(34).slice(1)) {
      const leaves = leavesOf(size)
      const root = treeRoot(leaves)
      for (const [index, leaf] of leaves.entries()) {
        const claim = { leaf, index, size, root, proof: inclusionProof(leaves, index) }
        expect(verifyInclusion(claim)).toBe(true)
        for (const other of numbers(size)) {
          expect(verifyInclusion({ ...claim, index: other })).toBe(other === index)
        }
        expect(verifyInclusion({ ...claim, leaf: flipped(leaf) })).toBe(false)
        expect(verifyInclusion({ ...claim, root: flipped(root) })).toBe(false)
      }
    }
  })

  it('proves that every older tree is the beginning, and no other', () => {
    for (const newer of numbers(34).slice(1)) {
      const leaves = leavesOf(newer)
      const newRoot = treeRoot(leaves)
      for (const older of numbers(newer + 1).slice(1)) {
        const oldRoot = treeRoot(leaves.slice(0, older))
        const claim = { older, newer, oldRoot, newRoot, proof: consistencyProof(leaves, older) }
        expect(verifyConsistency(claim)).toBe(true)
        expect(verifyConsistency({ ...claim, oldRoot: flipped(oldRoot) })).toBe(false)
        expect(verifyConsistency({ ...claim, newRoot: flipped(newRoot) })).toBe(false)
        for (const other of numbers(newer).filter(size => size !== older)) {
          expect(verifyConsistency({ ...claim, older: other })).toBe(false)
        }
      }
    }
  })

  it('refuses a proof with a changed, missing or added hash', () => {
    const law = fc.property(fc.integer({ min: 2, max: 200 }), fc.nat(), fc.nat(), (size, a, b) => {
      const leaves = leavesOf(size)
      const root = treeRoot(leaves)
      const older = 1 + (b % size)
      const include = { leaf: leaves[a % size] ?? root, index: a % size, size, root }
      const grow = { older, newer: size, oldRoot: treeRoot(leaves.slice(0, older)), newRoot: root }
      for (const proof of mutations(inclusionProof(leaves, a % size), b))
        expect(verifyInclusion({ ...include, proof })).toBe(false)
      for (const proof of mutations(consistencyProof(leaves, older), a))
        expect(verifyConsistency({ ...grow, proof })).toBe(false)
    })
    fc.assert(law, propertyRuns())
  })

  it('works for indexes beyond 32 bits', () => {
    const ranges = inclusionRanges(2 ** 40, 2 ** 52 + 1)
    expect([ranges.length, ranges[0], ranges.at(-1)]).toEqual([
      53,
      { from: 2 ** 40 + 1, to: 2 ** 40 + 2 },
      { from: 2 ** 52, to: 2 ** 52 + 1 },
    ])
  })

  it('throws a RangeError for leaves that are not there', () => {
    for (const index of [-1, 3, 0.5, Number.NaN])
      expect(() => inclusionProof(leavesOf(3), index)).toThrow(RangeError)
    for (const older of [0, -1, 4, 1.5])
      expect(() => consistencyProof(leavesOf(3), older)).toThrow(RangeError)
  })

  it('refuses hashes of another length than 32 bytes', () => {
    const leaf = new Uint8Array(31)
    expect(verifyInclusion({ leaf, index: 0, size: 1, proof: [], root: leaf })).toBe(false)
    expect(verifyConsistency({ older: 1, newer: 1, oldRoot: leaf, newRoot: leaf, proof: [] })).toBe(false)
  })
})

function mutations(proof: readonly Uint8Array[], seed: number): readonly (readonly Uint8Array[])[] {
  const extra = leafHash(Uint8Array.of(9, 9, 9))
  const added = [
    [...proof, extra],
    [extra, ...proof],
  ]
  if (proof.length === 0) return added
  const at = seed % proof.length
  return [...added, proof.map((hash, i) => (i === at ? flipped(hash) : hash)), proof.toSpliced(at, 1)]
}
