/** The reader takes what a decoder of others and its encoder agree on, byte for byte, and nothing else. */
import { type CborValue, decodeCbor, decodeCborViews, encodeCbor } from '@chartseal/core/encoding'
import { decode, encode, rfc8949EncodeOptions } from 'cborg'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codeOf, propertyRuns } from './helpers.js'

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'))
const options = { strict: true, allowBigInt: true, allowIndefinite: false, rejectDuplicateMapKeys: true }

/** What decoding, then encoding again, makes of the bytes; `null` when those are others. */
function theirs(bytes: Uint8Array): { readonly value: unknown } | null {
  try {
    const value: CborValue = decode(bytes, { ...options, allowUndefined: false })
    return Buffer.compare(encodeCbor(value), bytes) === 0 ? { value } : null
  } catch {
    return null
  }
}

function ours(bytes: Uint8Array): { readonly value: unknown } | null {
  try {
    return { value: decodeCbor(bytes) }
  } catch {
    return null
  }
}

const small = fc.letrec<{ value: CborValue }>(again => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.maxSafeInteger().map(value => value + 0),
    fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n - 1n }),
    fc.string({ maxLength: 40 }).map(text => `a${text}`),
    fc.uint8Array({ maxLength: 40 }),
    fc.boolean(),
    fc.constant(null),
    fc.array(again('value'), { maxLength: 4 }),
    fc.dictionary(
      fc.string({ maxLength: 6 }).map(text => `a${text}`),
      again('value'),
      { maxKeys: 4 },
    ),
  ),
})).value

describe('the reader of deterministic CBOR', () => {
  it('agrees with another decoder about every value with one byte changed', () => {
    const law = fc.property(small, fc.nat(), fc.nat(255), (value, place, byte) => {
      const bytes = encodeCbor(value)
      bytes[place % bytes.length] = byte
      expect(ours(bytes)).toEqual(theirs(bytes))
    })
    fc.assert(law, propertyRuns(600, 200))
  })

  it('agrees with another decoder about arbitrary short bytes', () => {
    const law = fc.property(fc.uint8Array({ minLength: 0, maxLength: 12 }), bytes => {
      expect(ours(bytes)).toEqual(theirs(bytes))
    })
    fc.assert(law, propertyRuns(1_000, 300))
  })

  it('agrees with another decoder about all heads, followed by zeros or ones', () => {
    for (let first = 0; first < 256; first++)
      for (const second of [0, 1, 0x17, 0x18, 0x60, 0x80, 0xff])
        for (const length of [1, 2, 3, 5, 9]) {
          const bytes = new Uint8Array(length).fill(second)
          bytes[0] = first
          expect([first, second, length, ours(bytes)]).toEqual([first, second, length, theirs(bytes)])
        }
  })

  it.each([
    ['an integer with a head that is too long', '1817'],
    ['a length with a head that is too long', '5800'],
    ['keys in another order', 'a2616201616102'],
    ['a longer key before a shorter one', 'a2626161016162'.concat('02')],
    ['one key twice', 'a2616101616102'],
    ['a key that is no text', 'a10102'],
    ['an indefinite length', '9fff'],
    ['a tag', 'c000'],
    ['a float', 'f93c00'],
    ['undefined', 'f7'],
    ['a simple value in two bytes', 'f814'],
    ['bytes behind the value', '0000'],
    ['no bytes', ''],
    ['a string that ends early', '420a'],
    ['a list of more items than there are bytes', '9affffffff'],
    ['a head that ends early', '19'],
  ])('refuses %s', (_, hex) => {
    expect(codeOf(() => decodeCbor(bytesOf(hex)))).toBe('encoding/invalid')
  })

  it.each([
    '1bffffffffffffffff',
    '3bffffffffffffffff',
    '3b001fffffffffffff',
    '3b001ffffffffffffe',
    '1b0020000000000000',
  ])('gives back the integer %s at the edge of what numbers hold', hex => {
    const value = decodeCbor(bytesOf(hex))
    expect(Buffer.from(encode(value, rfc8949EncodeOptions)).toString('hex')).toBe(hex)
    expect(value).toEqual(theirs(bytesOf(hex))?.value)
  })

  it('gives a map that says __proto__ as one with that field', () => {
    const value = decodeCbor(bytesOf('a1695f5f70726f746f5f5f01'))
    expect(Object.entries(value ?? {})).toEqual([['__proto__', 1]])
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  })

  it('gives copies, or views for who asks for them', () => {
    const bytes = encodeCbor([Uint8Array.of(1, 2, 3)])
    const [copied, viewed] = [decodeCbor(bytes), decodeCborViews(bytes)]
    bytes[2] = 9
    expect(copied).toEqual([Uint8Array.of(1, 2, 3)])
    expect(viewed).toEqual([Uint8Array.of(9, 2, 3)])
  })
})
