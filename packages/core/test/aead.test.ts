import { createCipheriv } from 'node:crypto'
import { open, openAt, seal, sealAt } from '@chartseal/core/aead'
import { concat } from '@chartseal/core/bytes'
import { AeadKey } from '@chartseal/core/keys'
import { systemRandom } from '@chartseal/core/system'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codeOf, propertyRuns } from './helpers.js'

const bytes = fc.uint8Array({ maxLength: 100 })
const key = new AeadKey(Uint8Array.from({ length: 32 }, (_, i) => i))

describe('AES-256-GCM', () => {
  it('gives what OpenSSL gives', () => {
    const law = fc.property(bytes, bytes, (plaintext, aad) => {
      const { nonce, ciphertext } = seal(key, plaintext, aad)
      const cipher = createCipheriv('aes-256-gcm', key.reveal(), nonce).setAAD(aad)
      expect(ciphertext).toEqual(concat(cipher.update(plaintext), cipher.final(), cipher.getAuthTag()))
      expect(open(key, { nonce, ciphertext }, aad)).toEqual(plaintext)
    })
    fc.assert(law, propertyRuns())
  })

  it('opens nothing that was changed in one bit, cut or lengthened', () => {
    const aad = Uint8Array.of(1)
    const sealed = seal(key, Uint8Array.of(1, 2, 3), aad)
    const refused = (nonce: Uint8Array, ciphertext: Uint8Array, withAad = aad): void =>
      expect(codeOf(() => open(key, { nonce, ciphertext }, withAad))).toBe('open/failed')
    for (let bit = 0; bit < sealed.ciphertext.length * 8; bit++)
      refused(sealed.nonce, flip(sealed.ciphertext, bit))
    for (let bit = 0; bit < 96; bit++) refused(flip(sealed.nonce, bit), sealed.ciphertext)
    for (let length = 0; length < sealed.ciphertext.length; length++) {
      refused(sealed.nonce, sealed.ciphertext.subarray(0, length))
    }
    refused(sealed.nonce, concat(sealed.ciphertext, Uint8Array.of(0)))
    refused(sealed.nonce.subarray(1), sealed.ciphertext)
    refused(sealed.nonce, sealed.ciphertext, Uint8Array.of())
  })

  it('takes 32-byte keys only, and no key that was wiped', () => {
    for (const size of [0, 16, 24, 31, 33]) {
      expect(codeOf(() => new AeadKey(new Uint8Array(size)))).toBe('key/wrong-length')
    }
    const wiped = AeadKey.generate(systemRandom)
    const sealed = seal(wiped, Uint8Array.of(1), Uint8Array.of())
    wiped.wipe()
    expect(codeOf(() => seal(wiped, Uint8Array.of(1), Uint8Array.of()))).toBe('key/wiped')
    expect(codeOf(() => open(wiped, sealed, Uint8Array.of()))).toBe('key/wiped')
  })
})

describe('AES-256-GCM by a count', () => {
  const counts = fc.oneof(
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    fc.constantFrom(0n, 1n, 2n ** 64n - 1n),
  )

  it('takes 32 zero bits and the count as its nonce', () => {
    const law = fc.property(bytes, bytes, counts, (plaintext, aad, sequence) => {
      const nonce = Buffer.from(sequence.toString(16).padStart(24, '0'), 'hex')
      const cipher = createCipheriv('aes-256-gcm', key.reveal(), nonce).setAAD(aad)
      const expected = concat(cipher.update(plaintext), cipher.final(), cipher.getAuthTag())
      const sealed = sealAt(key, sequence, plaintext, aad)
      expect(sealed).toEqual(expected)
      expect(openAt(key, sequence, sealed, aad)).toEqual(plaintext)
    })
    fc.assert(law, propertyRuns())
  })

  it('opens under no other count, key or additional data, and nothing that was cut', () => {
    const [aad, plaintext] = [Uint8Array.of(1), Uint8Array.of(1, 2, 3)]
    const sealed = sealAt(key, 7n, plaintext, aad)
    const other = AeadKey.generate(systemRandom)
    for (const attempt of [
      () => openAt(key, 8n, sealed, aad),
      () => openAt(other, 7n, sealed, aad),
      () => openAt(key, 7n, sealed, Uint8Array.of()),
      () => openAt(key, 7n, flip(sealed, 3), aad),
      () => openAt(key, 7n, sealed.subarray(0, 15), aad),
    ])
      expect(codeOf(attempt)).toBe('open/failed')
  })

  it('takes counts of 64 bits only', () => {
    for (const sequence of [-1n, 2n ** 64n])
      expect(() => sealAt(key, sequence, Uint8Array.of(), Uint8Array.of())).toThrow(RangeError)
  })
})

function flip(bytes: Uint8Array, bit: number): Uint8Array {
  const changed = Uint8Array.from(bytes)
  changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return changed
}
