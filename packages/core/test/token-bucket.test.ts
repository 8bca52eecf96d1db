import { TokenBuckets } from '@chartseal/core/token-bucket'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { propertyRuns } from './helpers.js'

describe('a bucket of tokens', () => {
  it('gives its burst at once, then as many as come', () => {
    const buckets = new TokenBuckets({ perSecond: 2, burst: 3 })
    expect([0, 0, 0, 0].map(nowMs => buckets.take('a', nowMs))).toEqual([0, 0, 0, 500])
    expect(buckets.take('b', 0)).toBe(0)
    expect([499, 500, 501].map(nowMs => buckets.take('a', nowMs))).toEqual([1, 0, 499])
  })

  it('takes more for what costs more', () => {
    const buckets = new TokenBuckets({ perSecond: 2, burst: 6 })
    expect([0, 0, 2_000].map(nowMs => buckets.take('a', nowMs, 5))).toEqual([0, 2_000, 0])
  })

  it('gives nothing for a clock that goes back, and takes nothing', () => {
    const buckets = new TokenBuckets({ perSecond: 1, burst: 1 })
    expect([10_000, 0, 0, 1_000].map(nowMs => buckets.take('a', nowMs))).toEqual([0, 1_000, 1_000, 0])
  })

  it('never gives more than its rate, whenever it is asked', () => {
    const law = fc.property(fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 200 }), steps => {
      const buckets = new TokenBuckets({ perSecond: 10, burst: 5 })
      let [nowMs, given] = [0, 0]
      for (const step of steps) {
        nowMs += step
        if (buckets.take('a', nowMs) === 0) given++
      }
      expect(given).toBeLessThanOrEqual(5 + nowMs / 100 + 1e-6)
    })
    fc.assert(law, propertyRuns(200, 100))
  })

  it('forgets names that are full again, and none that is not', () => {
    const buckets = new TokenBuckets({ perSecond: 1, burst: 2 })
    buckets.take('old', 0)
    for (let i = 0; i < 25_000; i++) buckets.take(`${i}`, 600)
    expect(buckets.take('old', 600)).toBe(0)
    expect(buckets.take('old', 600)).toBeGreaterThan(0)
    expect(buckets.take('0', 700)).toBe(0)
    expect(buckets.take('0', 700)).toBeGreaterThan(0)
  })

  it('lets whoever did something owe for it, at most one burst', () => {
    const buckets = new TokenBuckets({ perSecond: 1, burst: 4 })
    buckets.charge('a', 0, 100)
    expect(buckets.take('a', 0)).toBe(5_000)
    expect(buckets.take('b', 0)).toBe(0)
    expect([4_999, 5_000].map(nowMs => buckets.take('a', nowMs))).toEqual([1, 0])
  })

  it('gives each token once, also where floats make it a little less than one', () => {
    const buckets = new TokenBuckets({ perSecond: 1, burst: 1 })
    const moments = [0, 999, 999.9999, 1_000, 1_000, 1_000]
    expect(moments.map(nowMs => buckets.take('a', nowMs) === 0)).toEqual([
      true,
      false,
      true,
      false,
      false,
      false,
    ])
  })
})
