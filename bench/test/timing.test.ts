import { createJsEngine } from '@chartseal/core/engine'
import { describe, expect, it } from 'vitest'
import { subjects } from '../dist/timing/subjects.js'
import { largestT, thresholdT, welchT } from '../dist/timing/welch.js'

/** Numbers from 0 to 1, the same in every run (Numerical Recipes). */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

const times = (seed: number, shift: number, interruptions = 0): readonly number[] => {
  const next = generator(seed)
  return Array.from(
    { length: 5_000 },
    () => 1_000 + shift + 50 * next() + (next() < interruptions ? 1e6 * next() : 0),
  )
}

describe('the t-test', () => {
  it('is that of Welch', () => {
    // Means 3 and 6, variances 2.5 and 10, five values each: -3 / sqrt(0.5 + 2).
    expect(welchT([1, 2, 3, 4, 5], [2, 4, 6, 8, 10])).toBeCloseTo(-3 / Math.sqrt(2.5), 12)
    expect(welchT([1, 1], [1, 1])).toBe(0)
    expect(welchT([2, 2], [1, 1])).toBe(Number.POSITIVE_INFINITY)
    expect(welchT([], [1, 2])).toBe(0)
  })

  it('sees nothing where there is nothing, and a few nanoseconds where they are', () => {
    const none = { fixed: times(1, 0), random: times(2, 0) }
    expect(Math.abs(largestT(none))).toBeLessThan(thresholdT)
    expect(Math.abs(largestT({ ...none, random: times(2, 6) }))).toBeGreaterThan(thresholdT)
  })

  it('sees them behind interruptions as well, which hide them from a test of all times', () => {
    const disturbed = { fixed: times(1, 0, 0.05), random: times(2, 6, 0.05) }
    expect(Math.abs(welchT(disturbed.fixed, disturbed.random))).toBeLessThan(thresholdT)
    expect(Math.abs(largestT(disturbed))).toBeGreaterThan(thresholdT)
  })
})

describe('the subjects', () => {
  it('are four for each of three engines, and one that leaks by a branch for zero', () => {
    const all = subjects()
    expect(all.map(({ leaks }) => leaks)).toEqual([true, ...Array.from({ length: 12 }, () => false)])
    for (const { run, secretBytes } of all)
      expect(() => run(new Uint8Array(secretBytes).fill(7))).not.toThrow()
  })

  it('combine with the weights of shares 1 and 2', () => {
    const engine = createJsEngine()
    const [secret, coefficient, output] = [Uint8Array.of(9, 200), Uint8Array.of(77, 3), new Uint8Array(2)]
    const shares = [new Uint8Array(2), new Uint8Array(2)]
    engine.gfSplit(secret, [coefficient], [1, 2], shares)
    engine.gfCombine(shares, [0xf7, 0xf6], output)
    expect(output).toEqual(secret)
  })
})
