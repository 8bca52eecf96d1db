import { propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isProxy, networkOf, proxyList, sourceOf } from '../dist/http/network.js'
import { TokenBuckets } from '../dist/http/token-bucket.js'

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
})

describe('the network of a request', () => {
  it('is an IPv4 address, or the first half of an IPv6 address', () => {
    expect(networkOf('192.0.2.7')).toBe('192.0.2.7')
    expect(networkOf('2001:db8:0:1:aaaa::7')).toBe('2001:db8:0:1')
    expect(networkOf('2001:DB8::1:2:3:4:5')).toBe('2001:db8:0:1')
    expect(networkOf('2001:0db8:0000:0001::7')).toBe('2001:db8:0:1')
    expect(networkOf('::1')).toBe('0:0:0:0')
  })

  it('is the other end of the connection unless that is a proxy that is trusted', () => {
    const proxies = proxyList(['10.0.0.0/8', '::1'])
    expect(sourceOf('192.0.2.7', '198.51.100.1', proxies)).toBe('192.0.2.7')
    expect(sourceOf('10.0.0.1', '198.51.100.1', null)).toBe('10.0.0.1')
    expect(sourceOf('10.0.0.1', '203.0.113.9, 198.51.100.1', proxies)).toBe('198.51.100.1')
    expect(sourceOf('::ffff:10.0.0.1', '198.51.100.1, 10.1.2.3', proxies)).toBe('198.51.100.1')
    expect(sourceOf('::1', '2001:db8::7', proxies)).toBe('2001:db8::7')
  })

  it('believes nothing that no proxy would write', () => {
    const proxies = proxyList(['10.0.0.1'])
    for (const forwarded of [null, '', 'unknown', 'evil, ', '1.2.3.4, <script>'])
      expect(sourceOf('10.0.0.1', forwarded, proxies)).toBe('10.0.0.1')
  })

  it('has proxies by address or prefix', () => {
    expect(proxyList([])).toBeNull()
    for (const good of ['10.0.0.1', '10.0.0.0/8', '::1', 'fd00::/8']) expect(isProxy(good)).toBe(true)
    for (const bad of ['', 'proxy', '10.0.0.0/33', '::/129', '10.0.0.0/x', '10.0.0.0/8/8'])
      expect(isProxy(bad)).toBe(false)
  })
})
