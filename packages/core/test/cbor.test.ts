import { CborFields, fieldOf } from '@chartseal/core/cbor'
import { type CborValue, encodeCbor } from '@chartseal/core/encoding'
import { describe, expect, it } from 'vitest'
import { codeOf } from './helpers.js'

const names = ['n', 't', 'b', 'l']
const whole = { n: 3, t: 'text', b: Uint8Array.of(1, 2), l: [{ x: 1 }] }
const read = (value: CborValue): CborFields => CborFields.decode(encodeCbor(value), names)

describe('fields of a CBOR map', () => {
  it('gives fields in the type they are asked for, bytes as a copy', () => {
    const fields = read(whole)
    expect([fields.count('n'), fields.count('n', 3, 3), fields.text('t')]).toEqual([3, 3, 'text'])
    fields.bytes('b', 2).fill(9)
    expect(fields.bytes('b')).toEqual(Uint8Array.of(1, 2))
    expect(fields.maps('l', ['x']).map(part => part.count('x'))).toEqual([1])
    expect(new CborFields({ m: { x: 2 } }, ['m']).map('m', ['x']).count('x')).toBe(2)
    expect(new CborFields({ l: ['a', 'é'] }, ['l']).texts('l', 2, 2)).toEqual(['a', 'é'])
  })

  it('takes optional fields where they are, and no others', () => {
    const read = (value: CborValue) => new CborFields({ m: value }, ['m']).map('m', ['x'], ['y', 'z'])
    expect(read({ x: 1, z: 2 }).has('z')).toBe(true)
    expect(read({ x: 1, z: 2 }).has('y')).toBe(false)
    for (const value of [
      { y: 1, z: 2 },
      { x: 1, w: 2 },
      { x: 1, y: 2, w: 3 },
    ])
      expect(codeOf(() => read(value))).toBe('cbor/invalid')
  })

  it('gives integers of 64 bits as bigint', () => {
    const fields = CborFields.decode(encodeCbor({ big: 2n ** 64n - 1n, small: 7, less: -1 }), [
      'big',
      'small',
      'less',
    ])
    expect([fields.integer('big'), fields.integer('small')]).toEqual([2n ** 64n - 1n, 7n])
    expect(codeOf(() => fields.integer('less'))).toBe('cbor/invalid')
  })

  it('shows one field of a value that may be a map', () => {
    expect(fieldOf({ op: 5, id: 'a' }, 'op')).toBe(5)
    for (const value of [{ id: 'a' }, ['op'], 'op', null, Uint8Array.of(1)]) {
      expect(fieldOf(value, 'op')).toBeUndefined()
    }
    expect(fieldOf({}, 'toString')).toBeUndefined()
  })

  it.each([3, 'n', null, [], Uint8Array.of(1), {}, { ...whole, more: 1 }, { n: 1, t: 2, b: 3, m: 4 }])(
    'refuses %j in place of the map',
    value => expect(codeOf(() => read(value))).toBe('cbor/invalid'),
  )

  it('refuses another type, length or range, and bytes that are not deterministic CBOR', () => {
    const fields = read(whole)
    const wrong = [
      () => fields.count('t'),
      () => fields.count('n', 2),
      () => fields.count('n', 9, 4),
      () => fields.text('n'),
      () => fields.bytes('t'),
      () => fields.bytes('b', 3),
      () => fields.map('l', ['x']),
      () => fields.texts('l', 9, 9),
      () => fields.texts('t', 9, 9),
      () => new CborFields({ l: ['a', 'b'] }, ['l']).texts('l', 1, 9),
      () => new CborFields({ l: ['é'] }, ['l']).texts('l', 1, 1),
      () => fields.maps('b', []),
      () => fields.maps('l', ['y']),
    ]
    expect(wrong.map(codeOf)).toEqual(wrong.map(() => 'cbor/invalid'))
    expect(codeOf(() => CborFields.decode(Uint8Array.of(0xbf, 0xff), []))).toBe('encoding/invalid')
  })
})

describe('bytes and texts within limits', () => {
  const whole = (fields: { readonly [name: string]: CborValue }): CborFields =>
    CborFields.decode(encodeCbor(fields), Object.keys(fields))

  it('are given as fresh copies when they fit', () => {
    const fields = whole({ b: Uint8Array.of(1, 2), l: [Uint8Array.of(3)], t: 'ü' })
    expect(fields.bytesWithin('b', 1, 2)).toEqual(Uint8Array.of(1, 2))
    fields.bytesWithin('b', 1, 2).fill(0)
    expect(fields.bytesWithin('b', 2, 2)).toEqual(Uint8Array.of(1, 2))
    expect(fields.byteStrings('l', 1, 1)).toEqual([Uint8Array.of(3)])
    expect(fields.text('t', 2)).toBe('ü')
  })

  it('are refused by name when they do not', async () => {
    const fields = whole({ b: Uint8Array.of(1, 2), l: [Uint8Array.of(3)], t: 'ü', n: [1] })
    for (const attempt of [
      () => fields.bytesWithin('b', 3, 4),
      () => fields.bytesWithin('b', 0, 1),
      () => fields.bytesWithin('t', 0, 9),
      () => fields.byteStrings('l', 0, 1),
      () => fields.byteStrings('l', 1, 2),
      () => fields.byteStrings('n', 1, 1),
      () => fields.byteStrings('t', 1, 1),
      () => fields.text('t', 1),
    ])
      expect(await codeOf(attempt)).toBe('cbor/invalid')
  })
})
