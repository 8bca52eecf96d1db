import { Buffer } from 'node:buffer'
import {
  type CborValue,
  decodeBase64,
  decodeBase64Url,
  decodeCbor,
  decodeHex,
  decodeUtf8,
  encodeBase64,
  encodeBase64Url,
  encodeCbor,
  encodeHex,
  encodeUtf8,
  legacyDecodeBase64,
} from '@chartseal/core/encoding'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codeOf, propertyRuns } from './helpers.js'

const bytes = fc.uint8Array({ maxLength: 100 })

describe('hex, base64 and base64url', () => {
  it('agrees with Node and gives the bytes back', () => {
    const law = fc.property(bytes, value => {
      expect(encodeHex(value)).toBe(Buffer.from(value).toString('hex'))
      expect(encodeBase64(value)).toBe(Buffer.from(value).toString('base64'))
      expect(encodeBase64Url(value)).toBe(Buffer.from(value).toString('base64url'))
      expect(decodeHex(encodeHex(value))).toEqual(value)
      expect(decodeBase64(encodeBase64(value))).toEqual(value)
      expect(decodeBase64Url(encodeBase64Url(value))).toEqual(value)
      expect(legacyDecodeBase64(encodeBase64(value))).toEqual(value)
    })
    fc.assert(law, propertyRuns())
  })

  it.each([
    ['hex', decodeHex, ['0', 'AB', '0x00', 'zz', ' 00', '00\n']],
    [
      'base64',
      decodeBase64,
      ['A', 'AA', 'AA=', 'AB==', 'AAB=', 'AA==\n', '_-8=', 'AA==AA==', ' AA==', '=', 'é==='],
    ],
    ['base64url', decodeBase64Url, ['A', 'AA==', 'AB', '+/8', 'AA\n']],
  ] as const)('accepts one spelling of %s', (_, decode, spellings) => {
    for (const spelling of spellings)
      expect([spelling, codeOf(() => decode(spelling))]).toEqual([spelling, 'encoding/invalid'])
  })

  // What CPython 3.11's base64.b64decode answers; expected values from running it.
  it.each([
    ['UE!FU', '504154'],
    ['UA==', '50'],
    ['UB==', '50'],
    ['UA==garbage', '50'],
    ['U=A==', '50'],
    ['UEF=UOjk=', '5041'],
    ['', ''],
    ['====', ''],
    ['=UA==', '50'],
  ])('reads %j in lenient base64 as Python does', (text, expected) => {
    expect(encodeHex(legacyDecodeBase64(text))).toBe(expected)
  })

  it.each(['A', 'UE', 'UA=', 'UEF', 'é', 'UA==é', 'UEFU\u0080'])(
    'refuses %j in lenient base64 as Python does',
    text => {
      expect(codeOf(() => legacyDecodeBase64(text))).toBe('encoding/invalid')
    },
  )
})

describe('UTF-8', () => {
  it('gives a text back, with its byte order mark', () => {
    for (const text of ['', 'Próxima cita', '\ufefftext', '💊', '\u0000']) {
      expect(decodeUtf8(encodeUtf8(text))).toBe(text)
    }
  })

  it('refuses what is not well-formed, both ways', () => {
    expect(codeOf(() => encodeUtf8('\ud800'))).toBe('encoding/invalid')
    for (const hex of ['ff', 'c080', 'eda080', 'f4908080', 'e282']) {
      expect(codeOf(() => decodeUtf8(decodeHex(hex)))).toBe('encoding/invalid')
    }
  })
})

describe('deterministic CBOR', () => {
  // RFC 8949 appendix A, and one map whose keys need the order of 4.2.1.
  it.each<[CborValue, string]>([
    [0, '00'],
    [1_000_000, '1a000f4240'],
    [18446744073709551615n, '1bffffffffffffffff'],
    [-1, '20'],
    [[1, [2, 3]], '8201820203'],
    ['ü', '62c3bc'],
    [Uint8Array.of(1, 2, 3, 4), '4401020304'],
    [{ b: 1, a: true, aa: null }, 'a36161f5616201626161f6'],
  ])('encodes and decodes example %#', (value, hex) => {
    expect(encodeHex(encodeCbor(value))).toBe(hex)
    expect(decodeCbor(decodeHex(hex))).toEqual(value)
  })

  it.each([
    ['unsorted keys', 'a2616200616100'],
    ['duplicate keys', 'a2616100616100'],
    ['a longer integer than needed', '1801'],
    ['an indefinite length', '9f01ff'],
    ['a float', 'f93c00'],
    ['a tag', 'c11a514b67b0'],
    ['undefined', 'f7'],
    ['bytes left over', '0000'],
    ['cut short', '8201'],
    ['nothing', ''],
    ['an integer as a map key', 'a10102'],
  ])('refuses %s', (_, hex) => {
    expect(codeOf(() => decodeCbor(decodeHex(hex)))).toBe('encoding/invalid')
  })

  it('refuses fractions', () => {
    expect(() => encodeCbor([1.5])).toThrow(TypeError)
  })

  it('refuses whatever would be encoded in another way', () => {
    const law = fc.property(fc.uint8Array({ maxLength: 20 }), candidate => {
      try {
        expect(encodeCbor(decodeCbor(candidate))).toEqual(candidate)
      } catch (error) {
        expect(error).toMatchObject({ code: 'encoding/invalid' })
      }
    })
    fc.assert(law, propertyRuns(1000))
  })
})
