import { describe, expect, it } from 'vitest'
import { isProxy, networkOf, proxyList, sourceOf } from '../dist/http/network.js'

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
