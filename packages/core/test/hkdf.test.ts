import { createHmac, hkdfSync } from 'node:crypto'
import { hkdfSha256, hmacSha256, sha256 } from '@chartseal/core/hkdf'
import { sha256 as noble } from '@noble/hashes/sha2.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { propertyRuns } from './helpers.js'

const upTo = (maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength })
const plain = (bytes: Uint8Array | ArrayBuffer): Uint8Array => Uint8Array.from(new Uint8Array(bytes))

describe('hashes of short inputs', () => {
  it('are those of noble, and arrays without the methods of Node', () => {
    const law = fc.property(upTo(300), message => {
      expect(sha256(message)).toEqual(noble(message))
      expect(Object.getPrototypeOf(sha256(message))).toBe(Uint8Array.prototype)
    })
    fc.assert(law, propertyRuns())
  })

  it('are under a key what OpenSSL gives, for keys of up to a block', () => {
    const law = fc.property(upTo(64), upTo(300), (key, message) => {
      expect(hmacSha256(key, message)).toEqual(plain(createHmac('sha256', key).update(message).digest()))
    })
    fc.assert(law, propertyRuns())
    expect(() => hmacSha256(new Uint8Array(65), new Uint8Array())).toThrow(RangeError)
  })

  it('are derived as OpenSSL derives them, for every length', () => {
    // OpenSSL 3.5, which Node 24 has, refuses a length of 0.
    const sizes = fc.integer({ min: 1, max: 200 })
    const law = fc.property(upTo(100), upTo(64), upTo(50), sizes, (secret, salt, info, size) => {
      expect(hkdfSha256(secret, salt, info, size)).toEqual(
        plain(hkdfSync('sha256', secret, salt, info, size)),
      )
    })
    fc.assert(law, propertyRuns())
    expect(hkdfSha256(new Uint8Array(), new Uint8Array(), new Uint8Array()).length).toBe(32)
    expect(hkdfSha256(new Uint8Array(), new Uint8Array(), new Uint8Array(), 0).length).toBe(0)
    expect(() => hkdfSha256(new Uint8Array(), new Uint8Array(), new Uint8Array(), 255 * 32 + 1)).toThrow(
      RangeError,
    )
  })
})
