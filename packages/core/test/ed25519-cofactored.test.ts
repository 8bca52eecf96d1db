import { createHash } from 'node:crypto'
import { concat, toBigIntBE } from '@chartseal/core/bytes'
import {
  SigningKey,
  sign,
  VerifyingKey,
  verify,
  verifyCofactored,
  verifyingKeyOf,
} from '@chartseal/core/ed25519'
import { ed25519 } from '@noble/curves/ed25519.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { propertyRuns } from './helpers.js'

const { Point } = ed25519
const { Fn } = Point
/** A point of order 8. */
const torsion = Point.fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', true)
const seed = fc.uint8Array({ minLength: 32, maxLength: 32 })
const message = fc.uint8Array({ maxLength: 60 })

const little = (bytes: Uint8Array): bigint => toBigIntBE(Uint8Array.from(bytes).reverse())

/** A signature whose R has a part of small order: only the cofactor makes its equation true. */
function mixed(
  secret: Uint8Array,
  text: Uint8Array,
  times: number,
): { key: Uint8Array; signature: Uint8Array } {
  const { scalar, pointBytes } = ed25519.utils.getExtendedPublicKey(secret)
  const nonce = 12_345n
  const r = Point.BASE.multiply(nonce)
    .add(torsion.multiplyUnsafe(BigInt(times)))
    .toBytes()
  const k = Fn.create(little(createHash('sha512').update(r).update(pointBytes).update(text).digest()))
  const s = Fn.toBytes(Fn.create(nonce + k * scalar))
  return { key: pointBytes, signature: concat(r, s) }
}

describe('Ed25519 with the cofactor', () => {
  it('takes everything that is taken without, and refuses what was changed', () => {
    const law = fc.property(
      seed,
      message,
      fc.nat(63),
      fc.integer({ min: 1, max: 255 }),
      (secret, text, at, mask) => {
        const key = new SigningKey(secret)
        const publicKey = verifyingKeyOf(key)
        const signature = sign(key, text)
        expect(verifyCofactored(publicKey, text, signature)).toBe(true)
        const checked = VerifyingKey.of(publicKey)
        expect(checked !== null && verifyCofactored(checked, text, signature)).toBe(true)
        expect(verifyCofactored(publicKey, concat(text, Uint8Array.of(0)), signature)).toBe(false)
        signature[at] = (signature[at] ?? 0) ^ mask
        expect(verifyCofactored(publicKey, text, signature)).toBe(false)
      },
    )
    fc.assert(law, propertyRuns(20, 8))
  })

  it('takes an R with a part of small order, which is refused without', () => {
    const law = fc.property(seed, message, fc.integer({ min: 1, max: 7 }), (secret, text, times) => {
      const { key, signature } = mixed(secret, text, times)
      expect(verify(key, text, signature)).toBe(false)
      expect(verifyCofactored(key, text, signature)).toBe(true)
    })
    fc.assert(law, propertyRuns(15, 6))
  })

  it('refuses wrong lengths, and an S that is not below the order, without throwing', () => {
    const key = new SigningKey(new Uint8Array(32).fill(1))
    const publicKey = verifyingKeyOf(key)
    const signature = sign(key, new Uint8Array())
    const s = little(signature.subarray(32)) + Fn.ORDER
    const above = Uint8Array.from(Buffer.from(s.toString(16).padStart(64, '0'), 'hex')).reverse()
    const wrong = [signature.subarray(1), new Uint8Array(), concat(signature.subarray(0, 32), above)]
    for (const one of wrong) expect(verifyCofactored(publicKey, new Uint8Array(), one)).toBe(false)
    for (const bad of [publicKey.subarray(1), new Uint8Array(), new Uint8Array(33)])
      expect(verifyCofactored(bad, new Uint8Array(), signature)).toBe(false)
  })
})
