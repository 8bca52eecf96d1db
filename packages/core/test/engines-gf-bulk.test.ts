import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { engines, pattern, slowProduct } from './engine-helpers.js'
import { propertyRuns } from './helpers.js'

const product = Array.from({ length: 256 }, (_, a) =>
  Uint8Array.from({ length: 256 }, (_, b) => slowProduct(a, b)),
)

/** Horner's rule. */
function valueAt(x: number, secret: Uint8Array, coefficients: readonly Uint8Array[]): Uint8Array {
  const timesX = product[x] ?? secret
  const value = new Uint8Array(secret.length)
  for (const row of [secret, ...coefficients].reverse()) {
    for (let i = 0; i < row.length; i++) value[i] = (timesX[value[i] ?? 0] ?? 0) ^ (row[i] ?? 0)
  }
  return value
}

function weightedSum(ys: readonly Uint8Array[], weights: readonly number[]): Uint8Array {
  const sum = new Uint8Array(ys[0]?.length ?? 0)
  ys.forEach((y, k) => {
    const times = product[weights[k] ?? 0] ?? sum
    for (let i = 0; i < y.length; i++) sum[i] = (sum[i] ?? 0) ^ (times[y[i] ?? 0] ?? 0)
  })
  return sum
}

const rows = (count: number, length: number, seed = 5): Uint8Array[] =>
  Array.from({ length: count }, (_, k) => pattern(length, seed + 3 * k))
const points = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1)
const isEqual = (a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean =>
  a.length === b.length && a.every((row, i) => Buffer.compare(row, b[i] ?? new Uint8Array()) === 0)

const shapes = [
  [1, points(3)],
  [4, points(10)],
  [1, [255]],
  [2, [200, 7]],
  [9, [1, 128, 77, 255, 254]],
  [17, points(40)],
] as const

describe.each(engines)('shares over GF(256), $label', ({ engine }) => {
  const split = (secret: Uint8Array, coefficients: readonly Uint8Array[], xs: readonly number[]) => {
    const outputs = xs.map(() => new Uint8Array(secret.length).fill(0xee))
    engine.gfSplit(secret, coefficients, xs, outputs)
    return outputs
  }

  it('gives shares that are values of the polynomials, for every length from 0 to 100', () => {
    for (const [count, xs] of shapes) {
      for (let length = 0; length <= 100; length += count > 4 ? 9 : 1) {
        const [secret, coefficients] = [pattern(length), rows(count, length)]
        const expected = xs.map(x => valueAt(x, secret, coefficients))
        expect(isEqual(split(secret, coefficients, xs), expected)).toBe(true)
      }
    }
  })

  it('gives values of the polynomials around the sizes of blocks', () => {
    for (const length of [127, 128, 129, 20_095, 20_096, 20_097, 32_639, 32_640, 32_641, 70_001]) {
      for (const [count, xs] of shapes.slice(0, 2)) {
        const [secret, coefficients] = [pattern(length), rows(count, length)]
        const expected = xs.map(x => valueAt(x, secret, coefficients))
        expect(isEqual(split(secret, coefficients, xs), expected)).toBe(true)
      }
    }
  })

  it('gives values at 1, 2, 3 … for every threshold and count that engines may have a shorter way for, and more', () => {
    for (let count = 1; count <= 6; count++) {
      for (let last = 1; last <= 17; last++) {
        const [secret, coefficients] = [pattern(145, 11), rows(count, 145)]
        const expected = points(last).map(x => valueAt(x, secret, coefficients))
        expect(isEqual(split(secret, coefficients, points(last)), expected)).toBe(true)
      }
    }
  })

  it('gives values for any points and any number of coefficients', () => {
    const point = fc.integer({ min: 1, max: 255 })
    const law = fc.property(
      fc.array(point, { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 0, max: 300 }),
      (xs, count, length) => {
        const [secret, coefficients] = [pattern(length, 9), rows(count, length)]
        const expected = xs.map(x => valueAt(x, secret, coefficients))
        expect(isEqual(split(secret, coefficients, xs), expected)).toBe(true)
      },
    )
    fc.assert(law, propertyRuns(60, 20))
  })

  it('gives values with 254 coefficients for all 255 points', () => {
    const [secret, coefficients] = [pattern(600), rows(254, 600)]
    const shares = split(secret, coefficients, points(255))
    for (const x of [1, 2, 128, 255]) expect(shares[x - 1]).toEqual(valueAt(x, secret, coefficients))
  })

  it('reads and writes shares at any alignment, and touches nothing around them', () => {
    for (let shift = 0; shift < 9; shift++) {
      const memory = pattern(400, 8)
      const at = (start: number): Uint8Array => memory.subarray(start + shift, start + shift + 50)
      const [secret, coefficient, one, two] = [at(0), at(60), at(120), at(180)]
      const expected = memory.slice()
      expected.set(valueAt(7, secret, [coefficient]), 120 + shift)
      expected.set(valueAt(30, secret, [coefficient]), 180 + shift)
      engine.gfSplit(secret, [coefficient], [7, 30], [one, two])
      expect(memory).toEqual(expected)
    }
  })

  it('refreshes shares by a sharing of zero', () => {
    for (const [count, xs] of shapes) {
      for (const length of [0, 1, 100, 40_000]) {
        const [shares, coefficients] = [rows(xs.length, length, 2), rows(count, length)]
        const zero = new Uint8Array(length)
        const expected = shares.map((share, i) =>
          weightedSum([share, valueAt(xs[i] ?? 0, zero, coefficients)], [1, 1]),
        )
        engine.gfRefresh(coefficients, xs, shares)
        expect(isEqual(shares, expected)).toBe(true)
      }
    }
  })

  it('draws coefficients from a source as it reads them from arrays', () => {
    for (const length of [1, 32, 1_000, 32_640, 100_001]) {
      const secret = pattern(length)
      const [first, second] = [new Uint8Array(length), new Uint8Array(length)]
      const drawn = sourceOf(2)
      engine.gfSplit(secret, drawn.source, [1, 2], [first, second])
      expect(Math.max(...drawn.sizes)).toBeLessThanOrEqual(65_536)
      expect(drawn.sizes.reduce((sum, size) => sum + size)).toBe(2 * length)
      const other = engines[0]?.engine
      const same = [new Uint8Array(length), new Uint8Array(length)]
      other?.gfSplit(secret, sourceOf(2).source, [1, 2], same)
      expect(isEqual([first, second], same)).toBe(true)
      const third = new Uint8Array(length)
      engine.gfSplit(new Uint8Array(length), sourceOf(2).source, [1], [third])
      expect(Buffer.compare(weightedSum([third, secret], [1, 1]), first)).toBe(0)
    }
  })

  it('makes no shares when a source fails or uses the engine, and works again afterwards', () => {
    const output = pattern(40)
    const failing = {
      count: 1,
      fill: () => {
        throw new Error('no randomness')
      },
    }
    expect(() => engine.gfSplit(pattern(40), failing, [1], [output])).toThrow('no randomness')
    const nested = {
      count: 1,
      fill: () => engine.gfSplit(pattern(40), rows(1, 40), [1], [output]),
    }
    expect(() => engine.gfSplit(pattern(40), nested, [1], [output])).toThrow('at work')
    expect(output).toEqual(pattern(40))
    expect(split(pattern(40), rows(1, 40), [9])).toEqual([valueAt(9, pattern(40), rows(1, 40))])
  })

  it('leaves zeros in the memory that a source has seen', () => {
    const seen: Uint8Array[] = []
    const keeping = { count: 2, fill: (bytes: Uint8Array) => void seen.push(bytes.fill(0x77)) }
    const outputs = [new Uint8Array(90_000)]
    engine.gfSplit(pattern(90_000), keeping, [3], outputs)
    for (const bytes of seen) {
      expect(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length).every(byte => byte === 0)).toBe(
        true,
      )
    }
  })

  it('leaves no products of a secret factor in that memory', () => {
    const factor = 0xa7
    engine.gfMultiplyAccumulate(new Uint8Array(100), pattern(100), factor)
    const halves = Buffer.from(product[factor]?.slice(0, 16) ?? [])
    const found: boolean[] = []
    const fill = (bytes: Uint8Array<ArrayBuffer>): void => {
      found.push(Buffer.from(bytes.buffer).includes(halves))
    }
    engine.gfSplit(pattern(100), { count: 1, fill }, [3], [new Uint8Array(100)])
    expect(found).toEqual([false])
  })
})

describe.each(engines)('weighted sums over GF(256), $label', ({ engine }) => {
  it('gives the right sums for any weights and lengths', () => {
    const law = fc.property(
      fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 0, max: 500 }),
      (weights, length) => {
        const ys = rows(weights.length, length)
        const output = pattern(length)
        engine.gfCombine(ys, weights, output)
        expect(output).toEqual(weightedSum(ys, weights))
      },
    )
    fc.assert(law, propertyRuns(80, 25))
  })

  it('gives the right sums around the sizes of blocks, and for 255 rows', () => {
    for (const length of [32_639, 32_640, 32_641, 65_537]) {
      const output = new Uint8Array(length)
      engine.gfCombine(rows(2, length), [3, 0x8e], output)
      expect(Buffer.compare(output, weightedSum(rows(2, length), [3, 0x8e]))).toBe(0)
    }
    const [all, output] = [rows(255, 1_100), new Uint8Array(1_100)]
    engine.gfCombine(all, points(255), output)
    expect(output).toEqual(weightedSum(all, points(255)))
  })

  it('writes a sum over one of its inputs', () => {
    const ys = rows(3, 33_000)
    const expected = weightedSum(ys, [7, 0xff, 1])
    engine.gfCombine(ys, [7, 0xff, 1], ys[1] ?? new Uint8Array())
    expect(Buffer.compare(ys[1] ?? new Uint8Array(), expected)).toBe(0)
  })
})

/** The same bytes whatever their pieces: those of a counter. */
function sourceOf(count: number) {
  let next = 0
  const sizes: number[] = []
  const fill = (bytes: Uint8Array): void => {
    sizes.push(bytes.length)
    for (let i = 0; i < bytes.length; i++) bytes[i] = (next++ * 151) >>> 3
  }
  return { sizes, source: { count, fill } }
}
