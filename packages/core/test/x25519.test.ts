import { createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto'
import { concat } from '@chartseal/core/bytes'
import { decodeHex, encodeHex } from '@chartseal/core/encoding'
import type { Random } from '@chartseal/core/ports'
import { systemRandom } from '@chartseal/core/system'
import {
  AgreementKey,
  AgreementPublicKey,
  agree,
  agreeOrNull,
  EphemeralKey,
  publicKeyOf,
} from '@chartseal/core/x25519'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codeOf, propertyRuns, runsOf } from './helpers.js'

const scalar = fc.uint8Array({ minLength: 32, maxLength: 32 })

describe('X25519', () => {
  it('multiplies as in RFC 7748 5.2, a thousand times over', () => {
    let [k, u] = [decodeHex('09'.padEnd(64, '0')), decodeHex('09'.padEnd(64, '0'))]
    for (let i = 0; i < 1000; i++) [k, u] = [Uint8Array.from(agree(new AgreementKey(k), u).reveal()), k]
    expect(encodeHex(k)).toBe('684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51')
  })

  it('agrees and derives as node:crypto does, from both sides', () => {
    const law = fc.property(scalar, scalar, (one, other) => {
      const [alice, bob] = [new AgreementKey(one), new AgreementKey(other)]
      const shared = agree(alice, publicKeyOf(bob)).reveal()
      expect(agree(bob, publicKeyOf(alice)).reveal()).toEqual(shared)
      const publicKey = createPublicKey(nodeKey(other))
      expect(publicKeyOf(bob)).toEqual(
        Uint8Array.from(publicKey.export({ format: 'der', type: 'spki' }).subarray(12)),
      )
      expect(shared).toEqual(Uint8Array.from(diffieHellman({ privateKey: nodeKey(one), publicKey })))
    })
    fc.assert(law, propertyRuns(30))
  })

  it('refuses wrong lengths, zero results and wiped keys', () => {
    const key = AgreementKey.generate(systemRandom)
    expect(codeOf(() => new AgreementKey(new Uint8Array(33)))).toBe('key/wrong-length')
    expect(codeOf(() => agree(key, new Uint8Array(31)))).toBe('key/wrong-length')
    expect(codeOf(() => agree(key, new Uint8Array(32)))).toBe('key/small-order')
    const mine = publicKeyOf(key)
    key.wipe()
    expect(codeOf(() => agree(key, mine))).toBe('key/wiped')
    expect(codeOf(() => publicKeyOf(key))).toBe('key/wiped')
  })
})

describe('a key for one exchange', () => {
  it('agrees as often as it is asked to, with keys as bytes and with those that are kept', () => {
    const law = fc.property(scalar, scalar, (one, other) => {
      const scripted: Random = { bytes: () => Uint8Array.from(one) }
      const [mine, theirs] = [new EphemeralKey(scripted), new AgreementKey(other)]
      expect(mine.publicKey).toEqual(publicKeyOf(new AgreementKey(one)))
      const shared = agree(theirs, mine.publicKey).reveal()
      const kept = new AgreementPublicKey(publicKeyOf(theirs))
      for (const key of [kept, kept, publicKeyOf(theirs)])
        expect(agreeOrNull(mine, key)?.reveal()).toEqual(shared)
    })
    fc.assert(law, propertyRuns(30))
  })

  // On Node 20 an export as JWK stops the process within some thousand fresh keys.
  it('can be made thousands of times, each time another one, and agrees each time', () => {
    const theirs = AgreementKey.generate(systemRandom)
    const [seen, kept] = [new Set<string>(), new AgreementPublicKey(publicKeyOf(theirs))]
    const count = runsOf(4_000, 1_000)
    for (let i = 0; i < count; i++) {
      using mine = new EphemeralKey(systemRandom)
      seen.add(encodeHex(mine.publicKey))
      if (i % 50 === 0) expect(agreeOrNull(mine, kept)).toEqual(agree(theirs, mine.publicKey))
    }
    expect(seen.size).toBe(count)
  })

  it('refuses wrong lengths, points of small order, and to be used once it is wiped', () => {
    const mine = new EphemeralKey(systemRandom)
    expect(codeOf(() => new AgreementPublicKey(new Uint8Array(31)))).toBe('key/wrong-length')
    expect(agreeOrNull(mine, new AgreementPublicKey(new Uint8Array(32)))).toBeNull()
    mine.wipe()
    expect(codeOf(() => agreeOrNull(mine, new AgreementPublicKey(new Uint8Array(32))))).toBe('key/wiped')
  })

  it('wipes the bytes that it was made of', () => {
    const bytes = new Uint8Array(32).fill(7)
    new EphemeralKey({ bytes: () => bytes }).wipe()
    expect(bytes).toEqual(new Uint8Array(32))
  })
})

function nodeKey(scalarBytes: Uint8Array): ReturnType<typeof createPrivateKey> {
  const pkcs8 = concat(decodeHex('302e020100300506032b656e04220420'), scalarBytes)
  return createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' })
}
