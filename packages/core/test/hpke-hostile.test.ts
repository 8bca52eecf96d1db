import { concat } from '@chartseal/core/bytes'
import { decodeHex } from '@chartseal/core/encoding'
import { hpkeKeyPair, hpkeOpen, hpkePublicKey, hpkeSeal, x25519Kem, xwingKem } from '@chartseal/core/hpke'
import { SecretBytes } from '@chartseal/core/keys'
import { systemRandom } from '@chartseal/core/system'
import { describe, expect, it } from 'vitest'
import { codeOf } from './helpers.js'

const none = new Uint8Array(0)

// RFC 7748 6.1: orders 1, 2, 4 and 8, with and without the bit that is not looked at.
const smallOrders = [
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  `ec${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(30)}7f`,
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
].flatMap(hex => [decodeHex(hex), decodeHex(hex).map((byte, i) => (i === 31 ? byte | 0x80 : byte))])

describe.each([x25519Kem, xwingKem])('HPKE with $name', kem => {
  const { secret, publicKey } = hpkeKeyPair(kem, systemRandom)
  const curveAt = (all: Uint8Array): number => all.length - 32
  const withCurveKey = (all: Uint8Array, point: Uint8Array): Uint8Array =>
    concat(all.subarray(0, curveAt(all)), point)

  it.each(smallOrders)('never seals for the point %# of small order, and opens nothing from it', point => {
    const theirs = withCurveKey(publicKey, point)
    expect(codeOf(() => hpkeSeal(kem, theirs, none, none))).toBe('key/small-order')
    const { enc, ct } = hpkeSeal(kem, publicKey, none, none)
    expect(codeOf(() => hpkeOpen(kem, secret, withCurveKey(enc, point), none, ct))).toBe('open/failed')
  })

  it('refuses keys of another length', () => {
    for (const change of [-1, 1]) {
      const key = new Uint8Array(kem.publicKeyBytes + change)
      expect(codeOf(() => hpkeSeal(kem, key, none, none))).toBe('key/wrong-length')
      const other = new SecretBytes(new Uint8Array(kem.secretKeyBytes + change))
      expect(codeOf(() => hpkePublicKey(kem, other))).toBe('key/wrong-length')
      expect(codeOf(() => hpkeOpen(kem, other, none, none, none))).toBe('key/wrong-length')
    }
  })

  it('opens nothing of another length', () => {
    const { enc, ct } = hpkeSeal(kem, publicKey, none, none)
    for (const other of [none, enc.subarray(1), concat(enc, Uint8Array.of(0))])
      expect(codeOf(() => hpkeOpen(kem, secret, other, none, ct))).toBe('open/failed')
    for (const other of [none, ct.subarray(1), concat(ct, Uint8Array.of(0))])
      expect(codeOf(() => hpkeOpen(kem, secret, enc, none, other))).toBe('open/failed')
  })

  it('uses no secret that was wiped', () => {
    const pair = hpkeKeyPair(kem, systemRandom)
    const { enc, ct } = hpkeSeal(kem, pair.publicKey, none, none)
    pair.secret.wipe()
    expect(codeOf(() => hpkeOpen(kem, pair.secret, enc, none, ct))).toBe('key/wiped')
    expect(codeOf(() => hpkePublicKey(kem, pair.secret))).toBe('key/wiped')
  })
})

describe('X-Wing', () => {
  const { secret, publicKey } = hpkeKeyPair(xwingKem, systemRandom)

  it('refuses a public key with a coefficient that is not reduced, wherever it is (FIPS 203 7.2)', () => {
    for (const at of [0, 1, 600, 766, 767]) {
      const key = Uint8Array.from(publicKey)
      // Coefficients have 12 bits, the even ones from a byte on; 3,329 is the first that none may be.
      setCoefficient(key, at, 3_329)
      expect(codeOf(() => hpkeSeal(xwingKem, key, none, none))).toBe('key/invalid')
      expect(codeOf(() => hpkeSeal(xwingKem, key, none, none, { bytes: systemRandom.bytes }))).toBe(
        'key/invalid',
      )
      setCoefficient(key, at, 3_328)
      expect(codeOf(() => hpkeSeal(xwingKem, key, none, none))).toBe('accepted')
    }
  })

  it('opens nothing whose ciphertext of ML-KEM alone was changed', () => {
    const { enc, ct } = hpkeSeal(xwingKem, publicKey, none, none)
    for (const at of [0, 500, 1_087]) {
      const changed = enc.map((byte, i) => (i === at ? byte ^ 1 : byte))
      expect(codeOf(() => hpkeOpen(xwingKem, secret, changed, none, ct))).toBe('open/failed')
    }
  })
})

function setCoefficient(key: Uint8Array, index: number, value: number): void {
  const at = Math.floor(index / 2) * 3
  const [first = 0, middle = 0, last = 0] = key.subarray(at, at + 3)
  const even = index % 2 === 0 ? value : first | ((middle & 0x0f) << 8)
  const odd = index % 2 === 0 ? (middle >> 4) | (last << 4) : value
  key.set([even & 0xff, (even >> 8) | ((odd & 0x0f) << 4), odd >> 4], at)
}
