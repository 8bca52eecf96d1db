import { changed, flipBit, propertyRuns, withLeaves } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { leafAt, logOf } from './leaves.js'
import { named } from './tamper-helpers.js'

const size = fc.integer({ min: 1, max: 1100 })
const count = 1

describe('any change of any file', () => {
  it('of one bit is found, and named where it is', async () => {
    const law = fc.asyncProperty(size, fc.nat(), fc.nat(), async (n, which, bit) => {
      const log = logOf(n)
      const names = [...log.files.keys()]
      const name = names[which % names.length] ?? ''
      const at = bit % (8 * (log.files.get(name)?.length ?? 1))
      const found = await named(
        changed(log.files, copy => flipBit(copy, name, at)),
        log,
      )
      if (!name.startsWith('tile/entries/')) {
        expect(found).toEqual([['tile-damaged', { path: name, hash: Math.floor(at / 256), count }]])
        return
      }
      expect(found.length).toBeGreaterThan(0)
      const start = names.indexOf(name) * 256
      for (const [, context] of found) {
        const at = 'from' in context ? context.from : 'index' in context ? context.index : Number.NaN
        const place = 'place' in context ? context.place : at
        expect(place).toBeGreaterThanOrEqual(start)
        expect(place).toBeLessThan(start + 256)
      }
    })
    await fc.assert(law, propertyRuns(100, 30))
  })

  it('of its length, or its absence, is found', async () => {
    const law = fc.asyncProperty(size, fc.nat(), fc.constantFrom(-1, 1, 32, null), async (n, which, by) => {
      const log = logOf(n)
      const names = [...log.files.keys()]
      const name = names[which % names.length] ?? ''
      const bytes = log.files.get(name) ?? new Uint8Array()
      const files = changed(log.files, copy => {
        if (by === null) copy.delete(name)
        else
          copy.set(
            name,
            Uint8Array.from({ length: bytes.length + by }, (_, i) => bytes[i] ?? 0),
          )
      })
      const found = await named(files, log)
      expect(found.length).toBeGreaterThan(0)
      if (!name.startsWith('tile/entries/')) {
        expect(found[0]?.[0]).toBe(by === null ? 'tile-missing' : 'tile-damaged')
        expect(found[0]?.[1]).toMatchObject({ path: name })
        expect(found).toHaveLength(1)
      }
    })
    await fc.assert(law, propertyRuns(100, 30))
  })

  it('several at once are never overlooked', async () => {
    const step = fc.record({
      kind: fc.constantFrom('drop', 'copy', 'move', 'edit', 'flip'),
      a: fc.nat(),
      b: fc.nat(),
    })
    const law = fc.asyncProperty(size, fc.array(step, { minLength: 1, maxLength: 5 }), async (n, steps) => {
      const log = logOf(n)
      const leaves = [...log.leaves]
      for (const { kind, a, b } of steps) {
        const [from, to] = [a % (leaves.length + 1), b % (leaves.length + 1)]
        const leaf = leaves[from] ?? leafAt(from)
        if (kind === 'drop' || kind === 'move') leaves.splice(from, 1)
        if (kind === 'copy' || kind === 'move') leaves.splice(to, 0, leaf)
        if (kind === 'edit') leaves[from] = leafAt(from, 1, b % 256)
      }
      const files = withLeaves(log, leaves)
      const tiles = [...files.keys()].filter(name => !name.includes('entries'))
      for (const { kind, a, b } of steps) {
        if (kind === 'flip') flipBit(files, tiles[a % tiles.length] ?? '', b % 256)
      }
      const isSame = [...log.files].every(([name, bytes]) => Buffer.from(files.get(name) ?? []).equals(bytes))
      const found = await named(files, log)
      if (isSame) expect(found).toEqual([])
      else expect(found.length).toBeGreaterThan(0)
    })
    await fc.assert(law, propertyRuns(100, 30))
  })
})
