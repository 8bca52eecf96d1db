import { createJsEngine } from '@chartseal/core/engine'
import { leafHash, treeRoot, verifyConsistency, verifyInclusion } from '@chartseal/core/merkle'
import {
  bundleAt,
  changed,
  codeOf,
  flipBit,
  type LogFiles,
  propertyRuns,
  type TestLog,
  tileAt,
} from '@chartseal/testkit'
import {
  consistencyProof,
  inclusionProof,
  mapSource,
  readLeaves,
  rootAt,
  type TileSource,
  verifyTree,
} from '@chartseal/tlog'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { logOf, numbered } from './leaves.js'

const size = fc.integer({ min: 1, max: 1100 })

/** A source that notes what is read. */
function noting(files: LogFiles): TileSource & { readonly paths: string[] } {
  const paths: string[] = []
  const read = async (path: string): Promise<Uint8Array | null> => {
    paths.push(path)
    return files.get(path) ?? null
  }
  return { paths, read }
}

describe('proofs from tiles', () => {
  it('are those of RFC 9162, at every place of every size', async () => {
    const law = fc.asyncProperty(size, fc.nat(), async (n, at) => {
      const { files, head, leaves } = logOf(n)
      const source = mapSource(files)
      const index = at % n
      const hashes = leaves.map(leaf => leafHash(leaf))
      const proof = await inclusionProof(source, index, head)
      const leaf = hashes[index] ?? head.root
      expect(verifyInclusion({ leaf, index, size: n, proof, root: head.root })).toBe(true)
      const older = index + 1
      const oldRoot = treeRoot(hashes.slice(0, older))
      const grown = await consistencyProof(source, older, head)
      expect(verifyConsistency({ older, newer: n, oldRoot, newRoot: head.root, proof: grown })).toBe(true)
      expect(await rootAt(source, older, head)).toEqual(oldRoot)
    })
    await fc.assert(law, propertyRuns(50, 20))
  })

  it('are the same on the other engine', async () => {
    const { files, head } = logOf(700)
    const engine = createJsEngine()
    const source = mapSource(files)
    expect(await inclusionProof(source, 300, head, { engine })).toEqual(
      await inclusionProof(source, 300, head),
    )
    expect(await verifyTree(source, head, { rules: numbered, engine })).toEqual([])
  })

  it('take a partial tile from the full one that came later', async () => {
    const [early, late] = [logOf(300), logOf(512)]
    const edge = tileAt(1, 0, 1)
    const source = mapSource(
      changed(late.files, copy => copy.set(edge, early.files.get(edge) ?? new Uint8Array())),
    )
    const proof = await inclusionProof(source, 299, early.head)
    const leaf = leafHash(early.leaves[299] ?? new Uint8Array())
    expect(verifyInclusion({ leaf, index: 299, size: 300, proof, root: early.head.root })).toBe(true)
    const found: Uint8Array[] = []
    for await (const one of readLeaves(source, 256, 300, early.head)) found.push(one)
    expect(found.map(one => Buffer.from(one))).toEqual(early.leaves.slice(256).map(one => Buffer.from(one)))
    expect(await verifyTree(source, early.head, { rules: numbered })).toEqual([])
  })

  it('of nothing: the root of no leaves', async () => {
    const { files, head } = logOf(0)
    expect(await rootAt(mapSource(files), 0, head)).toEqual(head.root)
    expect(await rootAt(mapSource(logOf(5).files), 0, logOf(5).head)).toEqual(head.root)
  })
})

describe('leaves', () => {
  it('come in order, from any place to any other', async () => {
    const law = fc.asyncProperty(size, fc.nat(), fc.nat(), async (n, a, b) => {
      const { files, head, leaves } = logOf(n)
      const [from = 0, to = 0] = [a % (n + 1), b % (n + 1)].sort((x, y) => x - y)
      const found: Uint8Array[] = []
      for await (const leaf of readLeaves(mapSource(files), from, to, head)) found.push(leaf)
      expect(found).toHaveLength(to - from)
      expect(Buffer.concat(found).equals(Buffer.concat(leaves.slice(from, to)))).toBe(true)
    })
    await fc.assert(law, propertyRuns(50, 20))
  })
})

describe('nothing is believed that the root does not prove', () => {
  const law = async (
    refused: (source: TileSource, log: TestLog, index: number) => Promise<unknown>,
    part: string,
    code: RegExp,
  ): Promise<void> => {
    const property = fc.asyncProperty(size, fc.nat(), fc.nat(), async (n, at, bit) => {
      const log = logOf(n)
      const index = at % n
      const read = noting(log.files)
      await refused(read, log, index)
      const used = read.paths.filter(path => path.startsWith(part))
      const path = used[bit % Math.max(1, used.length)]
      if (path === undefined) return
      const flipped = changed(log.files, copy =>
        flipBit(copy, path, bit % (8 * (log.files.get(path)?.length ?? 1))),
      )
      expect(await codeOf(() => refused(mapSource(flipped), log, index))).toMatch(code)
      const gone = changed(log.files, copy => copy.delete(path))
      expect(await codeOf(() => refused(mapSource(gone), log, index))).toMatch(
        /^verify\/(tile|bundle)-missing$/,
      )
    })
    await fc.assert(property, propertyRuns(50, 20))
  }

  it('a changed bit in a tile ends in an error, whichever it is', async () => {
    const code = /^verify\/(tile-damaged|root-mismatch)$/
    await law((source, { head }, index) => inclusionProof(source, index, head), 'tile/', code)
    await law((source, { head }, index) => consistencyProof(source, index + 1, head), 'tile/', code)
  })

  it('a changed bit in a bundle, too', async () => {
    const read = async (source: TileSource, { head }: TestLog, index: number): Promise<void> => {
      for await (const leaf of readLeaves(source, index, index + 1, head))
        expect(leaf.length).toBeGreaterThan(0)
    }
    await law(read, 'tile/entries/', /^verify\/bundle-damaged$/)
  })

  it('a tile or bundle of another size', async () => {
    const { files, head } = logOf(600)
    for (const [path, code] of [
      [tileAt(0, 2, 88), 'verify/tile-damaged'],
      [bundleAt(2, 88), 'verify/bundle-damaged'],
    ] as const) {
      const short = mapSource(
        changed(files, copy => copy.set(path, (files.get(path) ?? new Uint8Array()).subarray(1))),
      )
      const read = async (): Promise<void> => {
        for await (const _ of readLeaves(short, 599, 600, head)) expect.unreachable()
      }
      expect(await codeOf(read)).toBe(code)
    }
  })
})

describe('a log of three levels', () => {
  let log = logOf(0)
  beforeAll(() => {
    log = logOf(65_536 + 256 + 5)
  })

  it('needs a few tiles for a proof', async () => {
    const source = noting(log.files)
    const { head, leaves } = log
    const proof = await inclusionProof(source, 777, head)
    const leaf = leafHash(leaves[777] ?? new Uint8Array())
    expect(verifyInclusion({ leaf, index: 777, size: head.size, proof, root: head.root })).toBe(true)
    expect([...new Set(source.paths)].sort()).toEqual(
      [tileAt(0, 257, 5), tileAt(0, 3), tileAt(1, 0), tileAt(1, 1, 1), tileAt(2, 0, 1)].sort(),
    )
  })

  it('names the damaged tile at every level, full or partial, alone or together with a leaf', async () => {
    expect(await verifyTree(mapSource(log.files), log.head, { rules: numbered })).toEqual([])
    const damage = [
      { path: tileAt(0, 7), hash: 200 },
      { path: tileAt(0, 257, 5), hash: 4 },
      { path: tileAt(1, 0), hash: 255 },
      { path: tileAt(1, 1, 1), hash: 0 },
      { path: tileAt(2, 0, 1), hash: 0 },
    ]
    const all = changed(log.files, copy => {
      for (const { path, hash } of damage) flipBit(copy, path, hash * 256 + 3)
    })
    const found = await verifyTree(mapSource(all), log.head, { rules: numbered })
    const expected = damage.map(({ path, hash }) => ({ path, hash, count: 1 }))
    const byPath = (a: { path: string }, b: { path: string }): number => a.path.localeCompare(b.path)
    expect(found.map(({ context }) => ({ path: '', ...context })).sort(byPath)).toEqual(expected.sort(byPath))
    // The top, and what is below it: then no version of the top is the signed one.
    all.set(tileAt(2, 0, 1), log.files.get(tileAt(2, 0, 1)) ?? new Uint8Array())
    flipBit(all, bundleAt(7), 8 * (2 + 60))
    const together = await verifyTree(mapSource(all), log.head, { rules: numbered })
    expect(together.map(({ message }) => message)).toContain('Entry 1792 was edited (1 in a row).')
    expect(together).toHaveLength(damage.length)
  })

  it('where a tile and what is below it are damaged, it says how much is unsure', async () => {
    const both = changed(log.files, copy => {
      flipBit(copy, tileAt(0, 7), 3)
      flipBit(copy, bundleAt(7), 8 * (2 + 60))
    })
    const found = await verifyTree(mapSource(both), log.head, { rules: numbered })
    expect(found.map(({ context }) => context)).toEqual([{ from: 1792, last: 2047 }])
    const top = changed(both, copy => flipBit(copy, tileAt(2, 0, 1), 3))
    const [first] = await verifyTree(mapSource(top), log.head, { rules: numbered })
    expect(first?.code).toBe('verify/root-mismatch')
  })
})

describe('misuse is loud', () => {
  it('places outside the log', async () => {
    const { files, head } = logOf(5)
    const source = mapSource(files)
    for (const index of [-1, 5, 0.5]) {
      await expect(inclusionProof(source, index, head)).rejects.toThrow(RangeError)
      await expect(rootAt(source, index === 5 ? 6 : index, head)).rejects.toThrow(RangeError)
    }
    for (const older of [0, 6])
      await expect(consistencyProof(source, older, head)).rejects.toThrow(RangeError)
    await expect(readLeaves(source, 3, 2, head).next()).rejects.toThrow(RangeError)
    await expect(readLeaves(source, 0, 6, head).next()).rejects.toThrow(RangeError)
    await expect(inclusionProof(source, 0, { ...head, root: new Uint8Array(31) })).rejects.toThrow(RangeError)
    await expect(rootAt(source, 0, { ...head, size: 2 ** 53 })).rejects.toThrow(RangeError)
  })
})
