import { createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto'
import { decodeHex } from '@chartseal/core/encoding'
import { AgreementKey, agree, publicKeyOf } from '@chartseal/core/x25519'
import { x25519 } from '@noble/curves/ed25519.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codeOf, propertyRuns } from './helpers.js'

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
const littleEndian = (value: bigint): Uint8Array => decodeHex(value.toString(16).padStart(64, '0')).reverse()
const prime = 2n ** 255n - 19n

// RFC 7748 6.1: u of order 1, 2, 4 and 8, on the curve and on its twist, as they are and not reduced.
const smallU = [0n, 1n, prime - 1n, prime, prime + 1n].map(littleEndian)
const order8 = [
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
].map(decodeHex)
const smallOrders = [...smallU, ...order8].flatMap(u => [
  u,
  u.map((byte, i) => (i === 31 ? byte | 0x80 : byte)),
])

function byNoble(scalar: Uint8Array, u: Uint8Array): Uint8Array | null {
  try {
    return x25519.getSharedSecret(scalar, u)
  } catch {
    return null
  }
}

function byNode(scalar: Uint8Array, u: Uint8Array): Uint8Array | null {
  const pkcs8 = Buffer.concat([decodeHex('302e020100300506032b656e04220420'), scalar])
  const spki = Buffer.concat([decodeHex('302a300506032b656e032100'), u])
  try {
    return Uint8Array.from(
      diffieHellman({
        privateKey: createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }),
        publicKey: createPublicKey({ key: spki, format: 'der', type: 'spki' }),
      }),
    )
  } catch {
    return null
  }
}

describe('X25519 on every platform', () => {
  it('agrees as OpenSSL and noble do, for keys that are not clamped and points that are not reduced', () => {
    const hostile = fc.oneof(
      bytes32,
      fc.integer({ min: -40, max: 18 }).map(offset => littleEndian(prime + BigInt(offset))),
      fc.nat(300).map(value => littleEndian(BigInt(value))),
      fc.constantFrom(...smallOrders),
    )
    const law = fc.property(bytes32, hostile, fc.boolean(), (scalar, point, top) => {
      const u = point.map((byte, i) => (i === 31 && top ? byte ^ 0x80 : byte))
      const key = new AgreementKey(scalar)
      const expected = byNoble(scalar, u)
      expect(byNode(scalar, u)).toEqual(expected)
      if (expected === null) expect(codeOf(() => agree(key, u))).toBe('key/small-order')
      else expect(agree(key, u).reveal()).toEqual(expected)
      expect(publicKeyOf(key)).toEqual(x25519.getPublicKey(scalar))
    })
    fc.assert(law, propertyRuns(100, 30))
  })

  it.each(smallOrders)('refuses the point %# of small order', u => {
    for (const fill of [0, 1, 0x55, 0xff]) {
      expect(codeOf(() => agree(new AgreementKey(new Uint8Array(32).fill(fill)), u))).toBe('key/small-order')
    }
  })

  it('gives fresh memory each time, and leaves what it was given as it was', () => {
    const scalar = new Uint8Array(32).fill(9)
    const key = new AgreementKey(scalar)
    const theirs = publicKeyOf(new AgreementKey(new Uint8Array(32).fill(3)))
    const copy = Uint8Array.from(theirs)
    const first = agree(key, theirs)
    const expected = Uint8Array.from(first.reveal())
    first.wipe()
    publicKeyOf(key).fill(0)
    expect(agree(key, theirs).reveal()).toEqual(expected)
    expect(publicKeyOf(key)).toEqual(x25519.getPublicKey(scalar))
    expect([theirs, key.reveal()]).toEqual([copy, scalar])
  })
})
