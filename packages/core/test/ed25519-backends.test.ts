import { createPublicKey, verify as nodeVerify } from 'node:crypto'
import { concat } from '@chartseal/core/bytes'
import { isVerifyingKey, SigningKey, sign, verifyingKeyOf } from '@chartseal/core/ed25519'
import { decodeHex } from '@chartseal/core/encoding'
import { ed25519 } from '@noble/curves/ed25519.js'
import { sha512 } from '@noble/hashes/sha2.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { propertyRuns } from './helpers.js'
import { verify } from './verifying.js'

const { Point } = ed25519
const { BASE, Fn } = Point
const seed = fc.uint8Array({ minLength: 32, maxLength: 32 })
const message = fc.uint8Array({ maxLength: 100 })
const torsion = Point.fromBytes(
  decodeHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'),
  true,
)

const numberOf = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)
const littleEndian = (value: bigint): Uint8Array => decodeHex(value.toString(16).padStart(64, '0')).reverse()
const challenge = (r: Uint8Array, a: Uint8Array, text: Uint8Array): bigint =>
  Fn.create(numberOf(sha512(concat(r, a, text))))

/** By OpenSSL alone, and by noble's own verification, which is the equation with the cofactor. */
function others(publicKey: Uint8Array, text: Uint8Array, signature: Uint8Array): [boolean, boolean] {
  const x = Buffer.from(publicKey).toString('base64url')
  const key = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x } })
  return [
    nodeVerify(null, text, key, signature),
    ed25519.verify(signature, text, publicKey, { zip215: false }),
  ]
}

/** What a strict decoder, and the order of the point, say of an encoding. */
function isSound(encoded: Uint8Array): boolean {
  try {
    return !Point.fromBytes(encoded, false).isSmallOrder()
  } catch {
    return false
  }
}

describe('Ed25519 on every platform', () => {
  it('signs, derives and verifies as noble does', () => {
    const law = fc.property(seed, message, (bytes, text) => {
      const key = new SigningKey(bytes)
      const publicKey = verifyingKeyOf(key)
      const signature = sign(key, text)
      expect(publicKey).toEqual(ed25519.getPublicKey(bytes))
      expect(signature).toEqual(ed25519.sign(text, bytes))
      expect([verify(publicKey, text, signature), ...others(publicKey, text, signature)]).toEqual([
        true,
        true,
        true,
      ])
    })
    fc.assert(law, propertyRuns(30, 12))
  })

  it('answers as OpenSSL and noble do for signatures that were changed', () => {
    const change = fc.tuple(fc.nat(95), fc.integer({ min: 1, max: 255 }))
    const law = fc.property(seed, message, fc.array(change, { maxLength: 2 }), (bytes, text, changes) => {
      const key = new SigningKey(bytes)
      const whole = concat(sign(key, text), verifyingKeyOf(key))
      for (const [at, mask] of changes) whole[at] = (whole[at] ?? 0) ^ mask
      const publicKey = whole.subarray(64)
      const answers = others(publicKey, text, whole.subarray(0, 64))
      expect(answers).toEqual(answers.map(() => verify(publicKey, text, whole.subarray(0, 64))))
    })
    fc.assert(law, propertyRuns(60, 20))
  })

  it('takes of a key with a part of small order what the equation without the cofactor takes', () => {
    const taken: boolean[] = []
    const law = fc.property(seed, message, fc.integer({ min: 1, max: 7 }), (bytes, text, part) => {
      const { scalar } = ed25519.utils.getExtendedPublicKey(bytes)
      const mixed = BASE.multiply(scalar)
        .add(torsion.multiplyUnsafe(BigInt(part)))
        .toBytes()
      const nonce = Fn.create(numberOf(sha512(concat(bytes, text))))
      const r = BASE.multiply(nonce).toBytes()
      const k = challenge(r, mixed, text)
      const signature = concat(r, littleEndian(Fn.create(nonce + k * scalar)))
      const expected = (k * BigInt(part)) % 8n === 0n
      expect(isVerifyingKey(mixed)).toBe(true)
      // noble says yes to all of them: this is where the two equations differ.
      expect([verify(mixed, text, signature), ...others(mixed, text, signature)]).toEqual([
        expected,
        expected,
        true,
      ])
      taken.push(expected)
    })
    fc.assert(law, { ...propertyRuns(60, 20), endOnFailure: true })
    expect(new Set(taken).size).toBe(2)
  })

  it('refuses an R with a part of small order', () => {
    const law = fc.property(seed, message, fc.integer({ min: 1, max: 7 }), (bytes, text, part) => {
      const { scalar, pointBytes } = ed25519.utils.getExtendedPublicKey(bytes)
      const nonce = Fn.create(numberOf(sha512(concat(text, bytes))))
      const r = BASE.multiply(nonce)
        .add(torsion.multiplyUnsafe(BigInt(part)))
        .toBytes()
      const s = Fn.create(nonce + challenge(r, pointBytes, text) * scalar)
      const signature = concat(r, littleEndian(s))
      expect([verify(pointBytes, text, signature), ...others(pointBytes, text, signature)]).toEqual([
        false,
        false,
        true,
      ])
    })
    fc.assert(law, propertyRuns(20, 8))
  })

  it('knows by its bytes alone which encodings are canonical, on the curve and not of small order', () => {
    const near = fc.integer({ min: -30, max: 30 })
    const hostile = fc.oneof(
      near.map(offset =>
        littleEndian(2n ** 255n - 19n + BigInt(offset) < 2n ** 255n ? 2n ** 255n - 19n + BigInt(offset) : 0n),
      ),
      fc.nat(300).map(value => littleEndian(BigInt(value))),
      fc.nat(7).map(part => torsion.multiplyUnsafe(BigInt(part)).toBytes()),
      seed,
    )
    const law = fc.property(hostile, fc.boolean(), (encoded, sign) => {
      if (sign) encoded[31] = (encoded[31] ?? 0) ^ 0x80
      expect(isVerifyingKey(encoded)).toBe(isSound(encoded))
    })
    fc.assert(law, propertyRuns(500, 150))
  })

  it('never verifies with a key that is not on the curve', () => {
    const law = fc.property(seed, message, seed, (bytes, text, point) => {
      fc.pre(!isSound(point))
      expect(verify(point, text, sign(new SigningKey(bytes), text))).toBe(false)
    })
    fc.assert(law, propertyRuns(50, 20))
  })

  it('refuses S of L and everything above, whatever the rest is', () => {
    const key = new SigningKey(new Uint8Array(32).fill(5))
    const publicKey = verifyingKeyOf(key)
    const text = Uint8Array.of(1)
    const r = sign(key, text).subarray(0, 32)
    const s = numberOf(sign(key, text).subarray(32))
    for (let times = 1n; s + times * Fn.ORDER < 2n ** 256n; times++) {
      expect(verify(publicKey, text, concat(r, littleEndian(s + times * Fn.ORDER)))).toBe(false)
    }
    // L itself is 0 in another spelling.
    for (const zero of [Fn.ORDER, 2n * Fn.ORDER]) {
      expect(verify(publicKey, text, concat(r, littleEndian(zero)))).toBe(false)
    }
  })
})
