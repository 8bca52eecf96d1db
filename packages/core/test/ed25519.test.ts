import { createPrivateKey, createPublicKey, sign as nodeSign } from 'node:crypto'
import { concat } from '@chartseal/core/bytes'
import {
  isVerifyingKey,
  SigningKey,
  sign,
  VerifyingKey,
  verify as verifyBy,
  verifyingKeyOf,
} from '@chartseal/core/ed25519'
import { decodeHex, encodeHex } from '@chartseal/core/encoding'
import { systemRandom } from '@chartseal/core/system'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codeOf, propertyRuns } from './helpers.js'
import { verify } from './verifying.js'

const seed = fc.uint8Array({ minLength: 32, maxLength: 32 })
const message = fc.uint8Array({ maxLength: 200 })
const prime = 2n ** 255n - 19n

const littleEndian = (value: bigint): Uint8Array => decodeHex(value.toString(16).padStart(64, '0')).reverse()
const withSign = (bytes: Uint8Array): Uint8Array => bytes.map((byte, i) => (i === 31 ? byte | 0x80 : byte))

// The eight points of order 1, 2, 4 and 8 by their y, each also with the other sign and not reduced.
const order8 = decodeHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a')
const otherOrder8 = decodeHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05')
const smallY = [0n, 1n, prime - 1n, prime, prime + 1n].map(littleEndian)
const smallOrders = [...smallY, order8, otherOrder8].flatMap(bytes => [bytes, withSign(bytes)])

describe('Ed25519', () => {
  it('gives the keys and signatures of RFC 8032 7.1', () => {
    const key = new SigningKey(decodeHex('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb'))
    const publicKey = '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c'
    expect(encodeHex(verifyingKeyOf(key))).toBe(publicKey)
    expect(encodeHex(sign(key, Uint8Array.of(0x72)))).toBe(
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da' +
        '085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    )
  })

  it('signs and derives as node:crypto does', () => {
    const law = fc.property(seed, message, (bytes, text) => {
      const pkcs8 = concat(decodeHex('302e020100300506032b657004220420'), bytes)
      const nodeKey = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' })
      const spki = createPublicKey(nodeKey).export({ format: 'der', type: 'spki' })
      const key = new SigningKey(bytes)
      expect(verifyingKeyOf(key)).toEqual(Uint8Array.from(spki.subarray(12)))
      expect(sign(key, text)).toEqual(Uint8Array.from(nodeSign(null, text, nodeKey)))
    })
    fc.assert(law, propertyRuns(30))
  })

  it('verifies what was signed, and nothing that was changed anywhere', () => {
    const flip = fc.nat({ max: 8 * 96 - 1 })
    const law = fc.property(seed, message, flip, (bytes, text, bit) => {
      const key = new SigningKey(bytes)
      const whole = concat(sign(key, text), verifyingKeyOf(key))
      const check = (): boolean => verify(whole.subarray(64), text, whole.subarray(0, 64))
      expect(check()).toBe(true)
      expect(verify(whole.subarray(64), concat(text, Uint8Array.of(0)), whole.subarray(0, 64))).toBe(false)
      whole[bit >> 3] = (whole[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(check()).toBe(false)
    })
    fc.assert(law, propertyRuns(30))
  })

  it.each(smallOrders.map(encodeHex))('refuses the small order %s as a key and as R', hex => {
    const point = decodeHex(hex)
    expect(isVerifyingKey(point)).toBe(false)
    expect(VerifyingKey.of(point)).toBeNull()
    // With R = A = S = 0 the cofactored equation itself holds for every message.
    const forged = concat(point, new Uint8Array(32))
    expect(verify(point, Uint8Array.of(1), forged)).toBe(false)
    expect(verify(verifyingKeyOf(SigningKey.generate(systemRandom)), Uint8Array.of(1), forged)).toBe(false)
  })

  it('refuses every wrong length without throwing', () => {
    const key = SigningKey.generate(systemRandom)
    const [publicKey, signature] = [verifyingKeyOf(key), sign(key, Uint8Array.of())]
    expect(verify(publicKey, Uint8Array.of(), signature)).toBe(true)
    expect(verify(publicKey.subarray(1), Uint8Array.of(), signature)).toBe(false)
    expect(verify(publicKey, Uint8Array.of(), signature.subarray(1))).toBe(false)
    expect(verify(publicKey, Uint8Array.of(), concat(signature, Uint8Array.of(0)))).toBe(false)
    expect(isVerifyingKey(new Uint8Array(33))).toBe(false)
  })

  it('refuses S + L, which is the same number', () => {
    const order = 2n ** 252n + 27742317777372353535851937790883648493n
    const key = SigningKey.generate(systemRandom)
    const signature = sign(key, Uint8Array.of(5))
    const scalar = BigInt(`0x${encodeHex(signature.slice(32).reverse())}`)
    const malleable = concat(signature.subarray(0, 32), littleEndian(scalar + order))
    expect(verify(verifyingKeyOf(key), Uint8Array.of(5), malleable)).toBe(false)
  })

  it('keeps a verifying key that nobody can change from outside', () => {
    const key = SigningKey.generate(systemRandom)
    const bytes = verifyingKeyOf(key)
    const given = Uint8Array.from(bytes)
    const kept = VerifyingKey.of(given)
    given.fill(0)
    kept?.toBytes().fill(0)
    expect(kept?.toBytes()).toEqual(bytes)
    const signature = sign(key, Uint8Array.of(6))
    expect(kept !== null && verifyBy(kept, Uint8Array.of(6), signature)).toBe(true)
    expect(kept !== null && verifyBy(kept, Uint8Array.of(7), signature)).toBe(false)
  })

  it('takes seeds of 32 bytes, and none that was wiped', () => {
    expect(codeOf(() => new SigningKey(new Uint8Array(31)))).toBe('key/wrong-length')
    const key = SigningKey.generate(systemRandom)
    key.wipe()
    expect(codeOf(() => sign(key, Uint8Array.of()))).toBe('key/wiped')
    expect(codeOf(() => verifyingKeyOf(key))).toBe('key/wiped')
  })
})
