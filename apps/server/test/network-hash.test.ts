import { createHmac } from 'node:crypto'
import { expect, it } from 'vitest'
import { networkHash } from '../dist/conference/network-hash.js'

it('is the beginning of HMAC-SHA-256 over the network, by which relays count', () => {
  const key = Uint8Array.from({ length: 32 }, (_, i) => i)
  for (const network of ['', '192.0.2.7', '2001:db8:0:1', 'x'.repeat(200)]) {
    const whole = createHmac('sha256', key).update(network).digest()
    expect(networkHash(key, network)).toEqual(new Uint8Array(whole.subarray(0, 16)))
  }
})
