import { describe, expect, it } from 'vitest'
import { engines, pattern } from './engine-helpers.js'

const bytes = pattern(8)
const wrongBytes = ['abcdefgh', [1, 2, 3, 4, 5, 6, 7, 8], null, new Uint16Array(8)]
const wrongNumbers = [-1, 256, 1.5, Number.NaN, '7']

describe.each(engines)('wrong use of shares, $label', ({ engine }) => {
  const splitting = (changes: readonly [index: number, value: unknown][]) => () => {
    const args: unknown[] = [bytes, [bytes], [1, 2], [pattern(8), pattern(8)]]
    for (const [index, value] of changes) args[index] = value
    Reflect.apply(engine.gfSplit, engine, args)
  }
  const refreshing = (coefficients: unknown, xs: unknown, shares: unknown) => () =>
    Reflect.apply(engine.gfRefresh, engine, [coefficients, xs, shares])
  const combining = (ys: unknown, weights: unknown, output: unknown) => () =>
    Reflect.apply(engine.gfCombine, engine, [ys, weights, output])

  it('throws a TypeError for what is not a Uint8Array', () => {
    for (const value of wrongBytes) {
      expect(splitting([[0, value]])).toThrow(TypeError)
      expect(splitting([[1, [value]]])).toThrow(TypeError)
      expect(splitting([[3, [bytes, value]]])).toThrow(TypeError)
      expect(refreshing([bytes], [1], [value])).toThrow(TypeError)
      expect(combining([bytes, value], [1, 2], bytes)).toThrow(TypeError)
      expect(combining([bytes], [1], value)).toThrow(TypeError)
    }
  })

  it('throws a RangeError for lengths that differ', () => {
    for (const other of [pattern(7), pattern(9), new Uint8Array()]) {
      expect(splitting([[0, other]])).toThrow(RangeError)
      expect(splitting([[1, [bytes, other]]])).toThrow(RangeError)
      expect(splitting([[3, [bytes, other]]])).toThrow(RangeError)
      expect(splitting([[3, [other, bytes]]])).toThrow(RangeError)
      expect(refreshing([other], [1], [bytes])).toThrow(RangeError)
      expect(combining([bytes, other], [1, 2], bytes)).toThrow(RangeError)
      expect(combining([bytes], [1], other)).toThrow(RangeError)
    }
  })

  it('throws a RangeError for points outside 1 to 255, as 0 is the secret itself, and weights outside 0 to 255', () => {
    for (const value of [0, ...wrongNumbers]) {
      expect(splitting([[2, [1, value]]])).toThrow(RangeError)
      expect(refreshing([bytes], [value], [bytes])).toThrow(RangeError)
    }
    for (const value of wrongNumbers) expect(combining([bytes], [value], bytes)).toThrow(RangeError)
  })

  it('throws a RangeError for numbers of arrays that do not fit', () => {
    const many = Array.from({ length: 256 }, () => bytes)
    expect(splitting([[1, []]])).toThrow(RangeError)
    expect(splitting([[1, many.slice(1)]])).toThrow(RangeError)
    for (const count of [0, -1, 255, 1.5, Number.NaN]) {
      expect(splitting([[1, { count, fill: () => {} }]])).toThrow(RangeError)
    }
    expect(splitting([[2, [1]]])).toThrow(RangeError)
    expect(splitting([[2, [1, 2, 3]]])).toThrow(RangeError)
    expect(refreshing([bytes], [], [])).toThrow(RangeError)
    expect(combining([], [], bytes)).toThrow(RangeError)
    expect(combining([bytes], [1, 2], bytes)).toThrow(RangeError)
    expect(
      combining(
        many,
        many.map(() => 1),
        bytes,
      ),
    ).toThrow(RangeError)
  })

  it('writes nothing when it refuses', () => {
    const outputs = [pattern(8, 6), pattern(8, 7)]
    expect(
      splitting([
        [2, [1, 0]],
        [3, outputs],
      ]),
    ).toThrow(RangeError)
    expect(outputs).toEqual([pattern(8, 6), pattern(8, 7)])
  })
})
