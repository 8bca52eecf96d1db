import { systemRandom } from '@chartseal/core/system'
import {
  decrypt,
  encrypt,
  generateEncryptionKeyPair,
  generateSigningKeyPair,
  groups,
  legacyElGamal,
  openGroupKey,
  openMessage,
  sealGroupKey,
  sealMessage,
  sign,
  verify,
} from '@chartseal/elgamal-session/v1'
import { propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const { ffdhe2048 } = groups
const { p, q } = ffdhe2048
const text = (value: string): Uint8Array => new TextEncoder().encode(value)

/** Square and multiply, bit by bit: the definition. */
function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n % modulus
  for (const bit of exponent.toString(2)) {
    result = (result * result) % modulus
    if (bit === '1') result = (result * base) % modulus
  }
  return result
}

/** Miller and Rabin with the first primes as bases. */
function isProbablePrime(n: bigint): boolean {
  let [odd, twos] = [n - 1n, 0]
  for (; odd % 2n === 0n; odd /= 2n) twos++
  return [2n, 3n, 5n, 7n, 11n, 13n].every(base => {
    let x = power(base, odd, n)
    if (x === 1n || x === n - 1n) return true
    for (let i = 1; i < twos; i++) {
      x = (x * x) % n
      if (x === n - 1n) return true
    }
    return false
  })
}

describe('the groups of RFC 7919', () => {
  const tested = process.env['SLOW'] === '1' ? Object.values(groups) : [ffdhe2048]
  it.each(tested)('has a safe prime in $name, where 2 has prime order', group => {
    expect(isProbablePrime(group.p)).toBe(true)
    expect(isProbablePrime(group.q)).toBe(true)
    expect(power(2n, group.q, group.p)).toBe(1n)
  })

  // RFC 7919 appendix A: the last words of the primes as printed there, and the fixed words around them.
  it.each([
    ['ffdhe2048', '886b423861285c97ffffffffffffffff'],
    ['ffdhe3072', '25e41d2b66c62e37ffffffffffffffff'],
    ['ffdhe4096', '5e655f6affffffffffffffff'],
  ] as const)('%s starts and ends as printed', (name, end) => {
    const digits = groups[name].p.toString(16)
    expect(digits.startsWith('ffffffffffffffffadf85458a2bb4a9a')).toBe(true)
    expect(digits.endsWith(end)).toBe(true)
    expect(digits.length * 4).toBe(Number(name.slice(5)))
  })
})

describe('exponentiation', () => {
  const edges = [0n, 1n, 2n, 3n, q - 1n, q, q + 1n, p - 2n, p - 1n]
  it('gives what the definition gives, at every edge of a named group', () => {
    for (const base of [0n, 1n, 2n, p - 1n, p - 2n, p, p + 2n]) {
      for (const exponent of edges) {
        expect(legacyElGamal.publicKey({ p, g: base }, exponent)).toBe(power(base % p, exponent, p))
      }
    }
  })

  it('gives what the definition gives for tiny, even and composite moduli', () => {
    const small = fc.bigInt({ min: 0n, max: 5000n })
    const modulus = fc.bigInt({ min: 1n, max: 5000n })
    fc.assert(
      fc.property(small, small, modulus, (g, x, m) => {
        expect(legacyElGamal.publicKey({ p: m, g }, x)).toBe(power(g % m, x, m))
      }),
      propertyRuns(300),
    )
  })
})

describe('ElGamal over a named group', () => {
  const pair = generateSigningKeyPair('ffdhe2048', systemRandom)

  it('decrypts what was encrypted', () => {
    const inbox = generateEncryptionKeyPair('ffdhe2048', systemRandom)
    for (const message of [1n, 2n ** 256n - 1n, p - 1n]) {
      expect(decrypt(inbox, encrypt(inbox.publicKey, message, systemRandom))).toBe(message)
      expect(decrypt(pair, encrypt(pair.publicKey, message, systemRandom))).toBe(message)
    }
  })

  it('verifies its own signatures, and no other text, key or number', () => {
    const signature = sign(pair, text('a'), systemRandom)
    const { r, s } = signature
    const other = generateSigningKeyPair('ffdhe2048', systemRandom).publicKey
    expect(verify(pair.publicKey, text('a'), signature)).toBe(true)
    expect(verify(pair.publicKey, text('b'), signature)).toBe(false)
    expect(verify(other, text('a'), signature)).toBe(false)
    for (const wrong of [
      { r, s: s + 1n },
      { r: 0n, s },
      { r: r + p, s },
      { r, s: 0n },
      { r, s: s + p - 1n },
    ]) {
      expect(verify(pair.publicKey, text('a'), wrong)).toBe(false)
    }
  })

  it('never uses a nonce twice, even where the random source repeats itself', () => {
    const stuck = { bytes: (sizeBytes: number) => new Uint8Array(sizeBytes).fill(7) }
    const [first, again, second] = ['a', 'a', 'b'].map(each => sign(pair, text(each), stuck))
    expect(first).toEqual(again)
    expect(second?.r).not.toBe(first?.r)
  })

  it("is not fooled by Bleichenbacher's signature, which the plain equation accepts for any text", () => {
    const digest = BigInt('0xca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb')
    const forged = { r: q, s: ((q - 1n) * digest) % (p - 1n) }
    expect(legacyElGamal.verify(ffdhe2048, pair.publicKey.y, 'a', forged)).toBe(true)
    expect(verify(pair.publicKey, text('a'), forged)).toBe(false)
  })
})

describe('legacy ElGamal', () => {
  it("signs with a k of its own at the seed's tiny primes, never with s = 0", () => {
    const tiny = { p: 1559n, g: 19n }
    const publicKey = legacyElGamal.publicKey(tiny, 117n)
    for (let i = 0; i < 50; i++) {
      const signature = legacyElGamal.signFresh(tiny, 117n, `${i}`, systemRandom)
      expect(legacyElGamal.verify(tiny, publicKey, `${i}`, signature)).toBe(true)
    }
  })
})

describe('the payloads of opcodes 30 and 40', () => {
  const key = fc.uint8Array({ minLength: 32, maxLength: 32 })
  it('opens payloads as they were sealed', () => {
    fc.assert(
      fc.property(key, key, fc.string({ unit: 'grapheme' }), (sessionKey, groupKey, message) => {
        expect(openGroupKey(sessionKey, sealGroupKey(sessionKey, groupKey))).toEqual(groupKey)
        expect(openMessage(groupKey, sealMessage(groupKey, message))).toBe(message)
      }),
      propertyRuns(50),
    )
  })
})
