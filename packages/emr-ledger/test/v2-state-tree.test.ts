import { encodeHex } from '@chartseal/core/encoding'
import { createJsEngine, defaultEngine } from '@chartseal/core/engine'
import { ChartsealError } from '@chartseal/core/errors'
import {
  decodeStateProof,
  encodeStateProof,
  proveState,
  StateTree,
  type TreeEntry,
  treeStep,
  verifyStateProof,
} from '@chartseal/emr-ledger'
import { propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NodeMap, rootByDefinition } from './v2-world.js'

/** Few bits differ, at the begin and at the end: leaves that stand close together, and far down. */
const key = fc.tuple(fc.nat(15), fc.nat(3), fc.nat(7)).map(([begin, middle, end]) => {
  const bytes = new Uint8Array(32)
  bytes[0] = begin << 4
  bytes[9] = middle << 3
  bytes[31] = end
  return bytes
})
const entry = fc.record({ key, value: fc.uint8Array({ maxLength: 40 }) })
const entries = (limits: { minLength?: number; maxLength: number }) =>
  fc.uniqueArray(entry, { ...limits, selector: item => encodeHex(item.key) })

const evenKey = (i: number): Uint8Array => defaultEngine().sha256(Uint8Array.of(i, i >> 8))
const evenEntry = (i: number): TreeEntry => ({ key: evenKey(i), value: Uint8Array.of(i) })
const evenTree = (count: number): StateTree =>
  StateTree.empty().with(Array.from({ length: count }, (_, i) => evenEntry(i)))

/** What a map has after these, in the order of its keys. */
function joined(steps: readonly (readonly TreeEntry[])[]): readonly TreeEntry[] {
  return [...new Map(steps.flat().map(item => [encodeHex(item.key), item])).values()]
}

const grown = (steps: readonly (readonly TreeEntry[])[]): StateTree =>
  steps.reduce((tree, step) => tree.with(step), StateTree.empty())

/** Every node that the tree has, stored. */
function stored(tree: StateTree): NodeMap {
  const nodes = new NodeMap()
  nodes.write(treeStep(StateTree.empty(), tree))
  return nodes
}

const hashesIn = ({ nodes }: NodeMap): string => [...nodes.keys()].sort().join()

describe('the state tree', () => {
  it('has one root for one content, whatever the order and the steps were', () => {
    const steps = fc.array(entries({ maxLength: 12 }), { maxLength: 5 })
    fc.assert(
      fc.property(steps, some => {
        const all = joined(some)
        const root = grown(some).root
        expect(root).toEqual(rootByDefinition(all))
        expect(grown([[...all].reverse()]).root).toEqual(root)
        expect(grown(all.map(item => [item])).root).toEqual(root)
      }),
      propertyRuns(40, 20),
    )
  })

  it('is empty at 32 zero bytes, and the leaf itself where there is one', () => {
    expect(StateTree.empty().root).toEqual(new Uint8Array(32))
    const item = evenEntry(1)
    expect(StateTree.empty().with([item]).root).toEqual(rootByDefinition([item]))
  })

  it('gives every value back, and nothing of what it does not have', () => {
    const tree = evenTree(300)
    for (let i = 0; i < 300; i++) expect(tree.get(evenKey(i))).toEqual(Uint8Array.of(i))
    expect(tree.get(evenKey(300))).toBeNull()
    expect(StateTree.empty().get(evenKey(0))).toBeNull()
  })

  it('leaves the tree before a step as it was', () => {
    const before = evenTree(50)
    const root = before.root
    const after = before.with([{ key: evenKey(3), value: Uint8Array.of(99) }, evenEntry(70)])
    expect(before.root).toEqual(root)
    expect(before.get(evenKey(3))).toEqual(Uint8Array.of(3))
    expect(before.get(evenKey(70))).toBeNull()
    expect(after.get(evenKey(3))).toEqual(Uint8Array.of(99))
    expect(before.with([]).root).toEqual(root)
  })

  it('has the same root in JavaScript and in WebAssembly', () => {
    const all = Array.from({ length: 40 }, (_, i) => evenEntry(i))
    expect(StateTree.empty(undefined, createJsEngine()).with(all).root).toEqual(evenTree(40).root)
  })

  it('hands out copies, and keeps none of what it was given', () => {
    const item = { key: evenKey(1), value: Uint8Array.of(1, 2) }
    const tree = StateTree.empty().with([item])
    item.value.fill(9)
    tree.get(evenKey(1))?.fill(8)
    tree.root.fill(0)
    expect(tree.get(evenKey(1))).toEqual(Uint8Array.of(1, 2))
    expect(tree.root).toEqual(rootByDefinition([{ key: evenKey(1), value: Uint8Array.of(1, 2) }]))
  })

  it('refuses a key twice, keys of other lengths, and keys that were not loaded', async () => {
    const tree = evenTree(10)
    expect(() => tree.with([evenEntry(20), evenEntry(20)])).toThrow(RangeError)
    expect(() => tree.with([evenEntry(1), evenEntry(1)])).toThrow(RangeError)
    expect(() => tree.with([{ key: new Uint8Array(31), value: new Uint8Array() }])).toThrow(RangeError)
    expect(() => tree.get(new Uint8Array(33))).toThrow(RangeError)
    expect(() => StateTree.at(new Uint8Array(31), new NodeMap())).toThrow(RangeError)
    const lazy = StateTree.at(tree.root, stored(tree))
    expect(() => lazy.get(evenKey(1))).toThrow(RangeError)
    expect(() => lazy.with([evenEntry(1)])).toThrow(RangeError)
    expect(() => proveState(lazy, evenKey(1))).toThrow(RangeError)
    expect(() => treeStep(lazy, tree.with([evenEntry(11)]))).toThrow(RangeError)
    await expect(lazy.load([new Uint8Array(1)])).rejects.toThrow(RangeError)
  })
})

describe('a state tree in a store', () => {
  it('is loaded as far as keys need it, each node once', async () => {
    const whole = evenTree(500)
    const nodes = stored(whole)
    const lazy = await StateTree.at(whole.root, nodes).load([evenKey(7), evenKey(7), evenKey(8)])
    const { reads } = nodes
    expect(reads).toBeLessThan(40)
    expect(lazy.get(evenKey(7))).toEqual(Uint8Array.of(7))
    await lazy.load([evenKey(7), evenKey(8)])
    expect(nodes.reads).toBe(reads)
    expect(() => lazy.get(evenKey(9))).toThrow(RangeError)
  })

  it('has what every one of several loads at once asked for', async () => {
    const whole = evenTree(200)
    const lazy = StateTree.at(whole.root, stored(whole))
    const later = lazy.with([])
    await Promise.all([3, 4, 5, 6, 7].map(i => lazy.load([evenKey(i)])))
    for (const i of [3, 4, 5, 6, 7]) expect(later.get(evenKey(i))).toEqual(Uint8Array.of(i))
  })

  it('keeps what another branch has as well when a branch is discarded', async () => {
    const base = evenTree(100)
    const nodes = stored(base)
    const both = [evenEntry(100), evenEntry(101)]
    const [kept, given] = [base.with(both), base.with([...both, evenEntry(102), evenEntry(103)])]
    const [keptStep, givenStep] = [treeStep(base, kept), treeStep(base, given)]
    for (const step of [keptStep, givenStep]) nodes.write({ added: step.added, dropped: [] })
    const needed = new Set(keptStep.added.map(({ hash }) => encodeHex(hash)))
    const gone = givenStep.added.map(({ hash }) => hash).filter(hash => !needed.has(encodeHex(hash)))
    nodes.write({ added: [], dropped: gone })
    nodes.write({ added: [], dropped: keptStep.dropped })
    expect(hashesIn(nodes)).toBe(hashesIn(stored(kept)))
  })

  it('grows to the same root as one that was never stored', async () => {
    const whole = evenTree(200)
    const more = [200, 201, 5, 202].map(i => ({ key: evenKey(i), value: Uint8Array.of(1, i) }))
    const lazy = await StateTree.at(whole.root, stored(whole)).load(more.map(item => item.key))
    expect(lazy.with(more).root).toEqual(whole.with(more).root)
  })

  it('has after each step exactly the nodes of the tree, and after undoing it those before', () => {
    const steps = fc.array(entries({ minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(steps, some => {
        const nodes = new NodeMap()
        let tree = StateTree.empty()
        for (const step of some) {
          const [before, held] = [tree, hashesIn(nodes)]
          tree = tree.with(step)
          nodes.write(treeStep(before, tree))
          expect(hashesIn(nodes)).toEqual(hashesIn(stored(tree)))
          const back = treeStep(tree, before)
          nodes.write(back)
          expect(hashesIn(nodes)).toEqual(held)
          nodes.write(treeStep(before, tree))
        }
      }),
      propertyRuns(25, 12),
    )
  })

  it('is trimmed to what is above a depth, and loads the rest again', async () => {
    const whole = evenTree(300)
    const nodes = stored(whole)
    const grownLater = (await StateTree.at(whole.root, nodes).load([evenKey(1)])).with([evenEntry(1)])
    const trimmed = grownLater.trimmed(3)
    expect(trimmed.root).toEqual(whole.root)
    expect(() => trimmed.get(evenKey(1))).toThrow(RangeError)
    expect((await trimmed.load([evenKey(1)])).get(evenKey(1))).toEqual(Uint8Array.of(1))
    expect(nodes.reads).toBeGreaterThan(0)
  })

  it('is refused where a node is missing or was changed', async () => {
    const whole = evenTree(60)
    const nodes = stored(whole)
    for (const [hash, bytes] of [...nodes.nodes]) {
      const at = bytes[0] === 0 ? bytes.length - 1 : 40
      nodes.nodes.set(
        hash,
        bytes.map((byte, i) => (i === at ? byte ^ 1 : byte)),
      )
    }
    const lazy = StateTree.at(whole.root, nodes)
    await expect(lazy.load([evenKey(1)])).rejects.toMatchObject({
      code: 'ledger/tree-node',
      context: { reason: 'damaged' },
    })
    nodes.nodes.clear()
    await expect(lazy.load([evenKey(1)])).rejects.toMatchObject({
      code: 'ledger/tree-node',
      context: { reason: 'missing' },
    })
    for (const bytes of [new Uint8Array(), Uint8Array.of(2), Uint8Array.of(1, 2)]) {
      nodes.nodes.set(encodeHex(whole.root), bytes)
      await expect(lazy.load([evenKey(1)])).rejects.toMatchObject({ context: { reason: 'damaged' } })
    }
  })
})

describe('a state proof', () => {
  const isProven = (tree: StateTree, at: Uint8Array, value: Uint8Array | null): boolean =>
    verifyStateProof(tree.root, at, value, decodeStateProof(encodeStateProof(proveState(tree, at))))

  it('proves what the tree has, and what it has not', () => {
    fc.assert(
      fc.property(entries({ maxLength: 20 }), key, (some, other) => {
        const tree = StateTree.empty().with(some)
        for (const item of some) expect(isProven(tree, item.key, item.value)).toBe(true)
        expect(isProven(tree, other, tree.get(other))).toBe(true)
      }),
      propertyRuns(40, 20),
    )
  })

  it('proves nothing else about a key', () => {
    const tree = evenTree(100)
    const fewer = evenTree(99).root
    for (let i = 0; i < 100; i++) {
      const proof = proveState(tree, evenKey(i))
      expect(verifyStateProof(tree.root, evenKey(i), null, proof)).toBe(false)
      expect(verifyStateProof(tree.root, evenKey(i), Uint8Array.of(i, 0), proof)).toBe(false)
      expect(verifyStateProof(tree.root, evenKey(i + 1), Uint8Array.of(i), proof)).toBe(false)
      expect(verifyStateProof(tree.root, evenKey(i).subarray(1), Uint8Array.of(i), proof)).toBe(false)
      expect(verifyStateProof(fewer, evenKey(i), Uint8Array.of(i), proof)).toBe(false)
    }
    const absent = proveState(tree, evenKey(100))
    expect(verifyStateProof(tree.root, evenKey(100), Uint8Array.of(100), absent)).toBe(false)
  })

  it('is refused with any byte changed, left out or added', () => {
    const asked: readonly (readonly [StateTree, number])[] = [
      [evenTree(1), 0],
      [evenTree(1), 1],
      [evenTree(20), 5],
      [evenTree(20), 21],
      [StateTree.empty(), 0],
    ]
    for (const [tree, i] of asked) {
      const value = tree.get(evenKey(i))
      const bytes = encodeStateProof(proveState(tree, evenKey(i)))
      const accepts = (changed: Uint8Array): boolean => {
        try {
          return verifyStateProof(tree.root, evenKey(i), value, decodeStateProof(changed))
        } catch (error) {
          if (error instanceof ChartsealError && error.code === 'ledger/bad-state-proof') return false
          throw error
        }
      }
      expect(accepts(bytes)).toBe(true)
      const changes = [...bytes].flatMap((byte, at) => [
        bytes.with(at, byte ^ (1 << (at % 8))),
        Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + 1)]),
        Uint8Array.from([...bytes.subarray(0, at), 0, ...bytes.subarray(at)]),
      ])
      expect([...changes, Uint8Array.from([...bytes, 0])].filter(accepts)).toEqual([])
    }
  })

  it('is refused with a sibling left out, swapped, moved, added, or spelled in another way', () => {
    const tree = StateTree.empty().with(
      [0, 1, 0x10, 0x80, 0xc0].map(first => {
        const at = new Uint8Array(32)
        at[0] = first
        return { key: at, value: Uint8Array.of(first) }
      }),
    )
    const at = new Uint8Array(32)
    const { other, siblings } = proveState(tree, at)
    const accepts = (changed: readonly Uint8Array[], beside: Uint8Array = other): boolean =>
      verifyStateProof(tree.root, at, Uint8Array.of(0), { other: beside, siblings: changed })
    expect(accepts(siblings)).toBe(true)
    for (const [i, hash] of siblings.entries()) {
      expect(accepts(siblings.filter((_, j) => j !== i))).toBe(false)
      expect(accepts([...siblings.slice(0, i), hash, ...siblings.slice(i)])).toBe(false)
      expect(accepts([...siblings.slice(0, i), new Uint8Array(), ...siblings.slice(i)])).toBe(false)
      if (hash.length === 0) expect(accepts(siblings.with(i, new Uint8Array(32)))).toBe(false)
    }
    expect(accepts([...siblings].reverse())).toBe(false)
    expect(accepts(siblings, new Uint8Array(64))).toBe(false)
    expect(accepts(siblings, new Uint8Array(1))).toBe(false)
    expect(accepts(Array.from({ length: 257 }, () => new Uint8Array(32).fill(1)))).toBe(false)
  })

  it('of absence is refused with another leaf that stands elsewhere', () => {
    const tree = evenTree(64)
    const asked = evenKey(100)
    const { siblings } = proveState(tree, asked)
    for (let i = 0; i < 64; i++) {
      const moved = proveState(tree.with([{ key: asked, value: Uint8Array.of(1) }]), evenKey(i))
      expect(verifyStateProof(tree.root, asked, null, moved)).toBe(false)
      const own = proveState(tree, evenKey(i))
      expect(verifyStateProof(tree.root, evenKey(i), null, { other: own.other, siblings })).toBe(false)
    }
  })
})
