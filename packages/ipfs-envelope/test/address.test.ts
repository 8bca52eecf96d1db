/** Addresses that are public, and all others. */
import { type Connect, guardedFetch } from '@chartseal/ipfs-envelope/gateway'
import { expect, it } from 'vitest'

async function mayReach(address: string): Promise<boolean> {
  let allowed = false
  const connect: Connect = async (_, __, ask) => {
    allowed = ask(address)
    return new Response(null)
  }
  const { signal } = new AbortController()
  await guardedFetch(connect)('https://gateway.example/', { method: 'GET', signal })
  return allowed
}

it.each([
  '1.1.1.1',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '172.15.255.255',
  '172.32.0.0',
  '192.0.1.1',
  '198.20.0.0',
  '223.255.255.255',
  '2606:4700:4700::1111',
  '2a00:1450:4001:82a::200e',
  '2001:4860:4860::8888',
  '2001:200::1',
])('takes %s for a public address', async address => {
  expect(await mayReach(address)).toBe(true)
})

it.each([
  '0.0.0.0',
  '10.0.0.0',
  '10.255.255.255',
  '100.64.0.1',
  '100.127.255.255',
  '127.0.0.1',
  '169.254.169.254',
  '172.16.0.0',
  '172.31.255.255',
  '192.0.0.8',
  '192.0.2.1',
  '192.168.255.255',
  '198.18.0.1',
  '198.19.255.255',
  '198.51.100.7',
  '203.0.113.7',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:10.0.0.1',
  '::ffff:1.1.1.1',
  '64:ff9b::a00:1',
  '100::1',
  'fc00::1',
  'fd12:3456::1',
  'fe80::1%eth0',
  'ff02::1',
  '2001::1',
  '2001:1ff::1',
  '2001:db8::1',
  '2002:a00:1::',
  '3fff:fff::1',
  '5f00::1',
  '',
  'gateway.example',
  '1.1.1',
  '256.1.1.1',
  '0x7f.0.0.1',
])('takes %j for no public address', async address => {
  expect(await mayReach(address)).toBe(false)
})
