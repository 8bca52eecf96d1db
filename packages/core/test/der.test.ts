import { DerReader, derTag, encodeDer } from '@chartseal/core/der'
import { decodeHex, encodeHex } from '@chartseal/core/encoding'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codeOf, propertyRuns } from './helpers.js'

const reader = (hex: string): DerReader => new DerReader(decodeHex(hex))

describe('elements', () => {
  it('reads what was written, at every length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70_000, size: 'max' }), fc.nat(30), (content, tag) => {
        const whole = encodeDer(tag, content)
        const read = new DerReader(whole)
        const element = read.any()
        read.end()
        expect(element.tag).toBe(tag)
        expect(encodeHex(element.content)).toBe(encodeHex(content))
        expect(encodeHex(element.whole)).toBe(encodeHex(whole))
      }),
      { ...propertyRuns(30), examples: [127, 128, 255, 256, 65_536].map(n => [new Uint8Array(n), 4]) },
    )
  })

  it('reads elements one after the other, and into sequences', () => {
    const read = reader('3006020105040161')
    const inner = read.sequence()
    expect(read.remaining).toBe(0)
    expect(read.peek()).toBeNull()
    expect(inner.peek()).toBe(derTag.integer)
    expect(inner.unsigned()).toBe(5n)
    expect(inner.remaining).toBe(3)
    expect(inner.read(derTag.octetString)).toEqual(Uint8Array.of(0x61))
    inner.end()
  })

  it.each([
    ['', 'nothing'],
    ['04', 'no length'],
    ['0402aa', 'content that is cut short'],
    ['0480aa0000', 'the indefinite form'],
    ['048101aa', 'one length byte too many'],
    [`04820080${'aa'.repeat(128)}`, 'a length with a leading zero'],
    ['0485000000000100', 'a length of five bytes'],
    ['1f0100', 'a high tag number'],
  ])('refuses %s: %s', hex => {
    expect(codeOf(() => reader(hex).any())).toBe('der/invalid')
  })

  it('refuses another tag and left-over bytes', () => {
    expect(codeOf(() => reader('0500').read(derTag.integer))).toBe('der/invalid')
    expect(codeOf(() => reader('0500').end())).toBe('der/invalid')
  })
})

describe('integers', () => {
  it.each([
    ['020100', 0n],
    ['02017f', 127n],
    ['02020080', 128n],
    ['0209008000000000000000', 1n << 63n],
  ])('reads %s as %s', (hex, value) => {
    expect(reader(hex).unsigned()).toBe(value)
  })

  it.each([
    ['0200', 'without bytes'],
    ['020180', 'negative'],
    ['02020001', 'not minimal'],
    ['02020000', 'zero in two bytes'],
  ])('refuses %s: %s', hex => {
    expect(codeOf(() => reader(hex).unsigned())).toBe('der/invalid')
  })
})
