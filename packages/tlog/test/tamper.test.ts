import { buildLog, changed, propertyRuns, type TestLog, withLeaves } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { leafAt, logOf } from './leaves.js'
import { named } from './tamper-helpers.js'

/** The tamper laboratory: everything that can be done to files without the key of the log. */
const size = fc.integer({ min: 1, max: 1100 })

interface Places {
  readonly log: TestLog
  readonly n: number
  readonly from: number
  readonly to: number
}

/** Holds for logs of any size and any two of their places, in order. */
async function everywhere(law: (places: Places) => Promise<void>): Promise<void> {
  const property = fc.asyncProperty(size, fc.nat(), fc.nat(), async (n, a, b) => {
    const [from = 0, to = 0] = [a % n, b % n].sort((x, y) => x - y)
    await law({ log: logOf(n), n, from, to })
  })
  await fc.assert(property, propertyRuns(60, 15))
}

const evidence = 'tree'
const count = 1

describe('leaves', () => {
  it('untouched: nothing is found', async () => {
    for (const n of [0, 1, 2, 255, 256, 257, 511, 512, 513, 1024]) {
      const log = logOf(n)
      expect(await named(log.files, log)).toEqual([])
    }
  })

  it('edited: which', async () => {
    await everywhere(async ({ log, from, to }) => {
      const leaves = log.leaves.map((leaf, i) => (i === from || i === to ? leafAt(i, 1, 9) : leaf))
      const expected =
        to - from > 1
          ? [from, to].map(index => ['edited', { index, count }])
          : [['edited', { index: from, count: to - from + 1 }]]
      expect(await named(withLeaves(log, leaves), log)).toEqual(expected)
    })
  })

  it('deleted: which, and how many; at the end they are cut off', async () => {
    await everywhere(async ({ log, n, from, to }) => {
      const leaves = log.leaves.filter((_, i) => i < from || i > to)
      const place = { index: from, count: to - from + 1 }
      const expected = to === n - 1 ? ['cut-off', place] : ['deleted', { ...place, evidence }]
      expect(await named(withLeaves(log, leaves), log)).toEqual([expected])
    })
  })

  it('cut off: from where on, with their tiles or without', async () => {
    await everywhere(async ({ log, n, from }) => {
      const found = ['cut-off', { index: from, count: n - from }]
      expect(await named(withLeaves(log, log.leaves.slice(0, from)), log)).toEqual([found])
      const truncated = await named(logOf(from).files, log)
      expect(truncated.map(([code]) => code)).toContain('root-unproven')
      expect(truncated.at(-1)).toEqual(found)
    })
  })

  it('cut off with their tiles, where the end of a tile is the end of the log', async () => {
    for (const n of [256, 512, 768, 1024]) {
      for (const from of [0, 255, 256].filter(one => one < n)) {
        const found = await named(logOf(from).files, logOf(n))
        expect(found.map(([code]) => code)).toContain('root-unproven')
        expect(found.at(-1)).toEqual(['cut-off', { index: from, count: n - from }])
      }
    }
  })

  it('moved: which, and where they stand', async () => {
    await everywhere(async ({ log, from, to }) => {
      const leaves = [...log.leaves]
      leaves.splice(to, 0, ...leaves.splice(from, 1))
      const found = await named(withLeaves(log, leaves), log)
      // Of two neighbours that changed places, either can be the one that moved.
      const either = [
        { index: from, count, place: to, evidence },
        { index: to, count, place: from, evidence },
      ]
      if (from === to) expect(found).toEqual([])
      else if (to - from > 1) expect(found).toEqual([['reordered', either[0]]])
      else expect(either.map(context => [['reordered', context]])).toContainEqual(found)
    })
  })

  it('swapped: both, where they stand', async () => {
    await everywhere(async ({ log, from, to }) => {
      fc.pre(to - from > 2)
      const leaves = [...log.leaves]
      ;[leaves[from], leaves[to]] = [leaves[to] ?? leafAt(0), leaves[from] ?? leafAt(0)]
      expect(await named(withLeaves(log, leaves), log)).toEqual([
        ['reordered', { index: to, count, place: from, evidence }],
        ['reordered', { index: from, count, place: to, evidence }],
      ])
    })
  })

  it('repeated: which, and where the second one stands', async () => {
    await everywhere(async ({ log, from, to }) => {
      const leaves = [...log.leaves]
      leaves.splice(to + 1, 0, leaves[from] ?? leafAt(0))
      const found = await named(withLeaves(log, leaves), log)
      expect(found).toEqual([['duplicated', { index: from, count, place: to + 1, evidence }]])
    })
  })

  it('repeated over another: both', async () => {
    await everywhere(async ({ log, n, from, to }) => {
      fc.pre(to - from > 1)
      const leaves = log.leaves.map((leaf, i) => (i === to ? (log.leaves[from] ?? leaf) : leaf))
      const gone = { index: to, count }
      expect(await named(withLeaves(log, leaves), log)).toEqual([
        ['duplicated', { index: from, count, place: to, evidence }],
        to === n - 1 ? ['cut-off', gone] : ['deleted', { ...gone, evidence }],
      ])
    })
  })

  it('inserted: where', async () => {
    await everywhere(async ({ log, from }) => {
      const leaves = [...log.leaves]
      leaves.splice(from, 0, leafAt(from, 1, 9))
      expect(await named(withLeaves(log, leaves), log)).toEqual([['inserted', { place: from, count }]])
    })
  })

  it('too much out of order to be named: from where on', async () => {
    const log = logOf(4000)
    const leaves = log.leaves.map((leaf, i) => log.leaves[i ^ 1] ?? leaf)
    const found = await named(withLeaves(log, leaves), log)
    expect(found.length).toBeLessThan(1100)
    expect(found.at(-1)).toEqual(['too-many', { place: 1024 }])
  })
})

describe('leaves and tiles together, without the key', () => {
  it('edited with its tile: the 256 leaves among which it is', async () => {
    await everywhere(async ({ log, n, from }) => {
      fc.pre(from < n - (n % 256))
      const forged = buildLog(log.leaves.map((leaf, i) => (i === from ? leafAt(i, 1, 9) : leaf)))
      const start = from - (from % 256)
      const files = changed(log.files, copy => {
        for (const [name, bytes] of forged.files) if (!name.startsWith('tile/1')) copy.set(name, bytes)
      })
      expect(await named(files, log)).toEqual([['range-damaged', { from: start, last: start + 255 }]])
    })
  })

  it('edited with all tiles: that the root is another; the numbers of the leaves still tell what is gone', async () => {
    await everywhere(async ({ log, n, from, to }) => {
      const mismatch = ['root-mismatch', { size: n }]
      const edited = buildLog(log.leaves.map((leaf, i) => (i === from ? leafAt(i, startMsOf(i), 9) : leaf)))
      expect(await named(edited.files, log)).toEqual([mismatch])
      const shifted = [...log.leaves.filter((_, i) => i !== from), leafAt(n)]
      const found = await named(buildLog(shifted).files, log)
      expect(found).toEqual([mismatch, ['deleted', { index: from, count, evidence: 'seq' }]])
      expect(to).toBeLessThan(n)
    })
  })
})

const startMsOf = (i: number): number => Date.UTC(2026, 3, 5) + i
