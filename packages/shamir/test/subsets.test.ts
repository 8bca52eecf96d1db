import { subsetsOf } from '@chartseal/shamir/vectors'
import { describe, expect, it } from 'vitest'

const members = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i + 1)
const texts = (count: number, size: number): readonly string[] =>
  [...subsetsOf(members(count), size)].map(subset => subset.join())

describe('the subsets that the vectors are tried with', () => {
  it.each([
    [3, 2, 3],
    [5, 3, 10],
    [8, 5, 56],
    [8, 8, 1],
    [1, 1, 1],
    [4, 0, 1],
    [2, 3, 0],
    [255, 2, 32_385],
    [18, 9, 48_620],
    [255, 254, 255],
  ])('tries of %d members, %d at a time, all %d subsets', (count, size, expected) => {
    const subsets = texts(count, size)
    expect(subsets.length).toBe(expected)
    expect(new Set(subsets).size).toBe(expected)
    expect([...subsetsOf(members(count), size)].every(subset => subset.length === size)).toBe(true)
  })

  it.each([
    [20, 10],
    [255, 3],
    [255, 128],
  ])('tries of %d members, %d at a time, the same 5,000 subsets in each run', (count, size) => {
    const subsets = texts(count, size)
    expect(subsets.length).toBe(5_000)
    expect(new Set(subsets).size).toBeGreaterThan(4_800)
    expect([...subsetsOf(members(count), size)].every(subset => subset.length === size)).toBe(true)
    expect(texts(count, size)).toEqual(subsets)
  })

  it('uses every member in the sample of subsets', () => {
    const used = new Set([...subsetsOf(members(255), 3)].flat())
    expect(used.size).toBe(255)
  })
})
