import { describe, expect, it } from 'vitest'
import type { Opening } from '../dist/store.js'
import { bytes, engine, newStore } from './store-world.js'

const hash = (value: number): Uint8Array => new Uint8Array(32).fill(value)

describe(`openings on ${engine}`, () => {
  const opening = (leafIndex: number, ...parties: string[]): Opening => ({
    id: `entry-${leafIndex}`,
    log: 'clinic.example/log',
    leafIndex,
    salt: hash(leafIndex),
    entry: bytes(leafIndex),
    parties,
  })

  it('gives a party its own, page by page, by their place in the log', async () => {
    const { openings } = await newStore()
    expect(await openings.lastLeafIndex('clinic.example/log')).toBe(-1)
    for (const index of [4, 0, 2, 3])
      await openings.add(opening(index, 'alice', index === 3 ? 'bob' : 'carol'))
    await openings.add(opening(1, 'bob'))
    const page = (party: string, after?: number) =>
      openings.ofParty('clinic.example/log', party, {
        limit: 2,
        maxBytes: 1e6,
        ...(after === undefined ? {} : { after }),
      })
    expect((await page('alice')).map(one => one.leafIndex)).toEqual([0, 2])
    expect((await page('alice', 2)).map(one => one.leafIndex)).toEqual([3, 4])
    expect((await page('bob')).map(one => one.id)).toEqual(['entry-1', 'entry-3'])
    expect(await page('alic')).toEqual([])
    expect(await openings.lastLeafIndex('clinic.example/log')).toBe(4)
    expect(await openings.lastLeafIndex('clinic.example')).toBe(-1)
  })

  it('gives no more bytes than were asked for, and one entry at least', async () => {
    const { openings } = await newStore()
    for (const [index, size] of [10, 5, 6, 4, 30].entries())
      await openings.add({ ...opening(index, 'alice'), entry: new Uint8Array(size) })
    const page = async (maxBytes: number, after: number) =>
      (await openings.ofParty('clinic.example/log', 'alice', { limit: 4, maxBytes, after })).map(
        one => one.leafIndex,
      )
    expect([await page(20, -1), await page(10, 1), await page(10, 3), await page(99, -1)]).toEqual([
      [0, 1],
      [2, 3],
      [4],
      [0, 1, 2, 3],
    ])
  })

  it('keeps the leaves of another log apart', async () => {
    const { openings } = await newStore()
    await openings.add(opening(0, 'alice'))
    const later = { ...opening(0, 'alice'), id: 'other', log: 'clinic.example/log2' }
    expect(await openings.add(later)).toBe('stored')
    expect(await openings.ofParty('clinic.example/log2', 'alice', { limit: 5, maxBytes: 1e6 })).toEqual([
      later,
    ])
  })

  it('is the same again in any order of parties, and in conflict when anything differs', async () => {
    const { openings } = await newStore()
    const first = opening(1, 'b', 'a')
    expect(await openings.add(first)).toBe('stored')
    expect(await openings.add({ ...first, parties: ['a', 'b', 'a'] })).toBe('same')
    expect(await openings.find('entry-1')).toEqual({ ...first, parties: ['a', 'b'] })
    for (const other of [
      { ...first, parties: ['a'] },
      { ...first, salt: null },
      { ...first, salt: hash(0) },
      { ...first, entry: bytes(9) },
      { ...first, leafIndex: 2 },
      { ...first, log: 'other' },
      { ...first, id: 'entry-2' },
    ]) {
      expect(await openings.add(other)).toBe('conflict')
    }
    expect(await openings.find('entry-2')).toBeNull()
  })

  it('takes one that a client sealed, and one of nobody', async () => {
    const { openings } = await newStore()
    const sealed = { ...opening(1), salt: null }
    expect(await openings.add(sealed)).toBe('stored')
    expect(await openings.add(sealed)).toBe('same')
    expect(await openings.find('entry-1')).toEqual(sealed)
  })
})
