import { createHmac, hkdfSync } from 'node:crypto'
import { expandMany, extractMany } from '@chartseal/core/hkdf-many'
import { padme } from '@chartseal/core/padme'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { propertyRuns } from './helpers.js'

const bytes = fc.uint8Array({ maxLength: 200 })

describe('HKDF of many inputs', () => {
  it('gives for each what node:crypto gives for one', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(bytes, bytes), { maxLength: 9 }), pairs => {
        const keys = extractMany(pairs.map(([material]) => material))
        const extracted = pairs.map(([material]) =>
          Uint8Array.from(createHmac('sha256', new Uint8Array(32)).update(material).digest()),
        )
        expect(keys).toEqual(extracted)
        const blocks = expandMany(pairs.map(([, info], i) => ({ prk: keys[i] ?? info, info })))
        const expected = pairs.map(
          ([material, info]) => new Uint8Array(hkdfSync('sha256', material, new Uint8Array(0), info, 32)),
        )
        expect(blocks).toEqual(expected)
      }),
      propertyRuns(50, 20),
    )
  })
})

describe('Padmé', () => {
  it.each([
    [1, 1],
    [8, 8],
    [9, 10],
    [100, 104],
    [1_000, 1_024],
    [1_000_000, 1_015_808],
  ])('pads %i bytes to %i', (size, padded) => {
    expect(padme(size)).toBe(padded)
  })

  it('adds at most 12 %, keeps what it padded, and never takes away', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 40 }), size => {
        const padded = padme(size)
        expect(padded >= size && padded <= Math.ceil(size * 1.12)).toBe(true)
        expect(padme(padded)).toBe(padded)
      }),
      propertyRuns(200),
    )
  })
})
