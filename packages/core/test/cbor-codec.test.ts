import { cborHeadAt } from '@chartseal/core/cbor'
import { type CborValue, decodeCbor, decodeUtf8, encodeCbor, encodeUtf8 } from '@chartseal/core/encoding'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyText, codeOf, hostileText, propertyRuns } from './helpers.js'

const integer = fc.oneof(
  fc.maxSafeInteger().map(value => value + 0),
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
  fc.bigInt({ min: -(2n ** 64n), max: -(2n ** 53n) }),
)
const leaf: fc.Arbitrary<CborValue> = fc.oneof(
  hostileText,
  integer,
  fc.boolean(),
  fc.constant(null),
  fc.uint8Array({ maxLength: 300 }),
)
const { value } = fc.letrec<{ value: CborValue }>(again => ({
  value: fc.oneof(
    { maxDepth: 5 },
    leaf,
    fc.array(again('value'), { maxLength: 5 }),
    fc.dictionary(hostileText, again('value'), { maxKeys: 5 }),
  ),
}))

const lists = (levels: number): Uint8Array => new Uint8Array(levels + 1).fill(0x81).fill(0, levels)
function nested(levels: number): CborValue {
  let whole: CborValue = 0
  for (let i = 0; i < levels; i++) whole = i % 2 === 0 ? [whole] : { a: whole }
  return whole
}

describe('deterministic CBOR', () => {
  it('gives back every value that it encodes, whatever its texts are', () => {
    const law = fc.property(value, whole => {
      expect(decodeCbor(encodeCbor(whole))).toEqual(whole)
    })
    fc.assert(law, propertyRuns(300, 100))
  })

  it.each([0, 1, 20, 21, 255, 256, 65_536, 70_000])(
    'keeps U+FEFF before %i letters, in a text and in a name',
    size => {
      const text = `\ufeff\ufeff${'x'.repeat(size)}`
      expect(decodeCbor(encodeCbor({ [text]: [text] }))).toEqual({ [text]: [text] })
      expect(decodeCbor(new Uint8Array(Buffer.from(encodeCbor(text))))).toBe(text)
    },
  )

  it('agrees with UTF-8 on which texts there are', () => {
    const law = fc.property(anyText(), fc.nat(0x7ff), (text, low) => {
      expect(decodeUtf8(encodeUtf8(text))).toBe(text)
      const lone = `${text}${String.fromCharCode(0xd800 + low)}`
      for (const broken of [lone, [lone], { [lone]: 1 }, { a: { b: lone } }]) {
        expect(codeOf(() => encodeCbor(broken))).toBe('encoding/invalid')
      }
      expect(codeOf(() => encodeUtf8(lone))).toBe('encoding/invalid')
    })
    fc.assert(law, propertyRuns())
  })

  it.each(['62c328', '64efbbbfff', '63eda080', '65efbbbfc328'])(
    'refuses the text %s, which is not UTF-8',
    hex => {
      expect(codeOf(() => decodeCbor(Uint8Array.from(Buffer.from(hex, 'hex'))))).toBe('encoding/invalid')
    },
  )

  it('refuses more than 64 levels both ways, and however many there are', () => {
    expect(decodeCbor(encodeCbor(nested(64)))).toEqual(nested(64))
    expect(codeOf(() => encodeCbor(nested(65)))).toBe('encoding/invalid')
    // Between 6,846 and 7,188 the decoder fits into the stack of Node 20 and the comparison does not.
    for (const levels of [65, 5_000, 6_846, 6_900, 7_000, 7_188, 8_000, 1_000_000]) {
      expect([levels, codeOf(() => decodeCbor(lists(levels)))]).toEqual([levels, 'encoding/invalid'])
    }
    expect(codeOf(() => decodeCbor(new Uint8Array(20_000).fill(0xa1)))).toBe('encoding/invalid')
    const circle: CborValue[] = []
    circle.push(circle)
    expect(codeOf(() => encodeCbor(circle))).toBe('encoding/invalid')
  })

  it.each<[string, unknown]>([
    ['undefined', { a: undefined }],
    ['a fraction', [0.5]],
    ['an unsafe integer', 2 ** 53],
    ['a function', [() => 1]],
    ['a map that is not an object', { a: new Map([['b', 1]]) }],
    ['a date', new Date(0)],
    ['bytes of another kind', new Float64Array(1)],
  ])('refuses to encode %s', (_, whole) => {
    // JavaScript can ask for it.
    expect(() => Reflect.apply(encodeCbor, undefined, [whole])).toThrow(TypeError)
  })

  it.each([2n ** 64n, -(2n ** 64n) - 1n])('refuses to encode %s, which CBOR has no head for', large => {
    expect(() => encodeCbor([large])).toThrow(RangeError)
  })
})

describe('the head of an item', () => {
  it('says how long a text or bytes are, wherever they stand, and nothing before it is all there', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70_000 }), fc.nat(9), (content, at) => {
        const item = encodeCbor(content)
        const bytes = new Uint8Array(at + item.length)
        bytes.set(item, at)
        const end = bytes.length - content.length
        expect(cborHeadAt(bytes, at)).toEqual({ major: 2, argument: content.length, end })
        expect(cborHeadAt(bytes.subarray(0, end - 1), at)).toBeNull()
      }),
      propertyRuns(),
    )
  })

  it.each([0x1c, 0x5d, 0x7e, 0x9f])('is none that no canonical encoding has: %i', first => {
    expect(cborHeadAt(new Uint8Array(300).fill(first), 0)).toBeNull()
  })
})
