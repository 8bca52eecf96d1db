import { concat } from '@chartseal/core/bytes'
import { hpkeKeyPair, hpkeOpen, hpkePublicKey, hpkeSeal, x25519Kem, xwingKem } from '@chartseal/core/hpke'
import { SecretBytes } from '@chartseal/core/keys'
import type { Random } from '@chartseal/core/ports'
import { defaultPooledRandom, systemRandom } from '@chartseal/core/system'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codeOf, propertyRuns } from './helpers.js'

const bytes = (maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength })
const seed = fc.uint8Array({ minLength: 32, maxLength: 32 })

/** Another than the system's: on Node 24 it encapsulates in JavaScript. */
const otherRandom: Random = { bytes: sizeBytes => systemRandom.bytes(sizeBytes) }

describe.each([x25519Kem, xwingKem])('HPKE with $name', kem => {
  it('opens what it sealed, whatever the random source, and each time seals otherwise', () => {
    const law = fc.property(seed, bytes(100), bytes(300), (secretKey, info, plaintext) => {
      const secret = new SecretBytes(secretKey)
      const publicKey = hpkePublicKey(kem, secret)
      const sources = [undefined, systemRandom, defaultPooledRandom(), otherRandom]
      const all = sources.map(random => hpkeSeal(kem, publicKey, info, plaintext, random))
      for (const { enc, ct } of all) {
        expect([enc.length, ct.length]).toEqual([kem.encBytes, plaintext.length + 16])
        expect(hpkeOpen(kem, secret, enc, info, ct)).toEqual(plaintext)
      }
      expect(new Set(all.map(({ enc }) => `${enc}`)).size).toBe(all.length)
    })
    fc.assert(law, propertyRuns(20, 5))
  })

  it('opens nothing that was changed in one place, cut, or made for another', () => {
    const { secret, publicKey } = hpkeKeyPair(kem, systemRandom)
    const other = hpkeKeyPair(kem, systemRandom).secret
    const law = fc.property(
      bytes(40),
      bytes(40),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (info, text, at, mask) => {
        const sealed = hpkeSeal(kem, publicKey, info, text)
        const whole = concat(sealed.enc, sealed.ct, info)
        const place = at % whole.length
        whole[place] = (whole[place] ?? 0) ^ mask
        const enc = whole.subarray(0, kem.encBytes)
        const ct = whole.subarray(kem.encBytes, kem.encBytes + sealed.ct.length)
        const changed = whole.subarray(kem.encBytes + sealed.ct.length)
        expect(codeOf(() => hpkeOpen(kem, secret, enc, changed, ct))).toBe('open/failed')
        expect(codeOf(() => hpkeOpen(kem, other, sealed.enc, info, sealed.ct))).toBe('open/failed')
        const cut = sealed.ct.subarray(0, at % sealed.ct.length)
        expect(codeOf(() => hpkeOpen(kem, secret, sealed.enc, info, cut))).toBe('open/failed')
      },
    )
    fc.assert(law, propertyRuns(40, 8))
  })

  it('keeps nothing of its arguments, changes none, and gives memory of its own', () => {
    const { secret, publicKey } = hpkeKeyPair(kem, systemRandom)
    const [info, text] = [systemRandom.bytes(9), systemRandom.bytes(9)]
    const copies = [publicKey, info, text].map(one => Uint8Array.from(one))
    const { enc, ct } = hpkeSeal(kem, publicKey, info, text)
    const sealed = [enc, ct].map(one => Uint8Array.from(one))
    const opened = hpkeOpen(kem, secret, enc, info, ct)
    expect([publicKey, info, text]).toEqual(copies)
    expect([enc, ct]).toEqual(sealed)
    opened.fill(0)
    hpkePublicKey(kem, secret).fill(0)
    expect(hpkeOpen(kem, secret, enc, info, ct)).toEqual(text)
    expect(hpkePublicKey(kem, secret)).toEqual(copies[0])
    for (const one of [enc, ct, hpkePublicKey(kem, secret), hpkeOpen(kem, secret, enc, info, ct)])
      expect(Object.getPrototypeOf(one)).toBe(Uint8Array.prototype)
  })
})
