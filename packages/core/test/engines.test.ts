import { createHash } from 'node:crypto'
import { encodeHex } from '@chartseal/core/encoding'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { engines, pattern, referenceSha256, seedVectors, slowProduct } from './engine-helpers.js'
import { propertyRuns } from './helpers.js'

const ascii = (text: string) => new TextEncoder().encode(text)

/** FIPS 180-4's examples, as NIST publishes them. */
const fipsExamples = [
  ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  ],
  [
    'abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu',
    'cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1',
  ],
  ['a'.repeat(1_000_000), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
] as const

describe.each(engines)('sha256, $label', ({ engine }) => {
  it('gives the digests of FIPS 180-4', () => {
    for (const [message, digest] of fipsExamples)
      expect(encodeHex(engine.sha256(ascii(message)))).toBe(digest)
  })

  it('agrees with node:crypto for every length from 0 to 300, in one call and in a stream', () => {
    for (let length = 0; length <= 300; length++) {
      const message = pattern(length)
      expect(engine.sha256(message)).toEqual(referenceSha256(message))
      expect(engine.createSha256().update(message).digest()).toEqual(referenceSha256(message))
    }
  })

  it('agrees around the size of what one WebAssembly call takes', () => {
    for (const length of [65_535, 65_536, 65_537, 131_072, 200_001]) {
      const message = pattern(length)
      expect(engine.sha256(message)).toEqual(referenceSha256(message))
      const split = engine.createSha256().update(message.subarray(0, 7)).update(message.subarray(7))
      expect(split.digest()).toEqual(referenceSha256(message))
    }
  })

  it('gives one digest for every way to split the message in two', () => {
    const message = pattern(200)
    const expected = referenceSha256(message)
    for (let cut = 0; cut <= message.length; cut++) {
      const hash = engine.createSha256().update(message.subarray(0, cut)).update(message.subarray(cut))
      expect(hash.digest()).toEqual(expected)
    }
  })

  it('gives one digest for any split, with computations interleaved', () => {
    const parts = fc.array(fc.uint8Array({ maxLength: 150 }), { maxLength: 8 })
    fc.assert(
      fc.property(parts, parts, (left, right) => {
        const [first, second] = [engine.createSha256(), engine.createSha256()]
        for (let i = 0; i < Math.max(left.length, right.length); i++) {
          first.update(left[i] ?? new Uint8Array())
          engine.sha256(pattern(70, i))
          second.update(right[i] ?? new Uint8Array())
        }
        expect(second.digest()).toEqual(referenceSha256(...right))
        expect(first.digest()).toEqual(referenceSha256(...left))
      }),
      propertyRuns(),
    )
  })

  it('returns bytes of its own and leaves the message alone', () => {
    const message = pattern(100)
    const kept = message.slice()
    const first = engine.sha256(message)
    const copy = first.slice()
    const second = engine.sha256(pattern(100, 2))
    expect(message).toEqual(kept)
    expect(first).toEqual(copy)
    expect(first.buffer.byteLength).toBe(32)
    expect(first.buffer).not.toBe(second.buffer)
    first.fill(0)
    expect(engine.sha256(message)).toEqual(copy)
  })

  it('reads a view at any offset, and memory that is shared', () => {
    const whole = pattern(300)
    for (let start = 0; start < 9; start++) {
      expect(engine.sha256(whole.subarray(start, 200))).toEqual(referenceSha256(whole.slice(start, 200)))
    }
    const shared = new Uint8Array(new SharedArrayBuffer(80))
    shared.set(pattern(80))
    expect(engine.sha256(shared)).toEqual(referenceSha256(pattern(80)))
  })
})

describe.each(engines)('GF(256), $label', ({ engine }) => {
  const everyByte = Uint8Array.from({ length: 256 }, (_, i) => i)
  const row = (factor: number): Uint8Array => {
    const products = new Uint8Array(256)
    engine.gfMultiplyAccumulate(products, everyByte, factor)
    return products
  }
  const [field] = seedVectors('medcrypt-gf256').objects('cases')

  it('has all 65,536 products of the field', () => {
    const table = createHash('sha256')
    for (let factor = 0; factor < 256; factor++) {
      const products = row(factor)
      expect(products).toEqual(everyByte.map(value => slowProduct(factor, value)))
      table.update(products)
    }
    expect(table.digest('hex')).toBe(field?.text('product_table_sha256'))
  })

  it('has all 255 inverses of the field', () => {
    const inverses = field?.hex('inverse_table') ?? new Uint8Array()
    expect(inverses).toHaveLength(256)
    for (let value = 1; value < 256; value++) expect(row(value)[inverses[value] ?? 0]).toBe(1)
  })

  it('accumulates at every length from 0 to 100 and at any alignment', () => {
    for (let length = 0; length <= 100; length++) {
      const [shift, otherShift] = [length % 9, (length * 5) % 8]
      const surroundings = pattern(length + 20, 3)
      const accumulator = surroundings.subarray(shift, shift + length)
      const input = pattern(length + 20, 4).subarray(otherShift, otherShift + length)
      const [expected, untouched] = [surroundings.slice(), input.slice()]
      const factor = (length * 37 + 2) & 0xff
      for (let i = 0; i < length; i++) {
        expected[shift + i] = (expected[shift + i] ?? 0) ^ slowProduct(factor, input[i] ?? 0)
      }
      engine.gfMultiplyAccumulate(accumulator, input, factor)
      expect(surroundings).toEqual(expected)
      expect(input).toEqual(untouched)
    }
  })

  it('accumulates across the size of what one WebAssembly call takes', () => {
    for (const length of [65_536, 65_537, 140_003]) {
      const input = pattern(length)
      const accumulator = pattern(length, 2)
      const products = row(0xc3)
      const expected = accumulator.map((value, i) => value ^ (products[input[i] ?? 0] ?? 0))
      engine.gfMultiplyAccumulate(accumulator, input, 0xc3)
      expect(Buffer.compare(accumulator, expected)).toBe(0)
    }
  })

  it('is linear in the input and in the factor, and undoes itself', () => {
    const bytes = fc.integer({ min: 0, max: 100 }).chain(length => {
      const one = fc.uint8Array({ minLength: length, maxLength: length })
      return fc.tuple(one, one, one)
    })
    const factor = fc.integer({ min: 0, max: 255 })
    const times = (accumulator: Uint8Array, input: Uint8Array, by: number): Uint8Array => {
      const result = accumulator.slice()
      engine.gfMultiplyAccumulate(result, input, by)
      return result
    }
    const sum = (a: Uint8Array, b: Uint8Array) => a.map((value, i) => value ^ (b[i] ?? 0))
    fc.assert(
      fc.property(bytes, factor, factor, ([start, x, y], f, g) => {
        expect(times(times(start, x, f), y, f)).toEqual(times(start, sum(x, y), f))
        expect(times(times(start, x, f), x, g)).toEqual(times(start, x, f ^ g))
        expect(times(times(start, x, f), x, f)).toEqual(start)
        expect(times(start, x, 0)).toEqual(start)
        expect(times(start, x, 1)).toEqual(sum(start, x))
      }),
      propertyRuns(),
    )
  })

  it('takes the same bytes as accumulator and input', () => {
    const both = pattern(77)
    const expected = both.map(value => value ^ slowProduct(9, value))
    engine.gfMultiplyAccumulate(both, both, 9)
    expect(both).toEqual(expected)
  })
})
