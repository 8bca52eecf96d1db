import { parseInstant } from '@chartseal/core/instant'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codeOf, propertyRuns } from './helpers.js'

const refused = (text: string): string => codeOf(() => parseInstant(text))
const two = (value: number): string => String(value).padStart(2, '0')
const sometime = fc.date({
  min: new Date('0002-01-01T00:00:00Z'),
  max: new Date('9998-12-31T00:00:00Z'),
  noInvalidDate: true,
})

describe('parseInstant', () => {
  it('reads what toISOString writes, in every year', () => {
    const law = fc.property(sometime, date => {
      expect(parseInstant(date.toISOString())).toBe(date.getTime())
    })
    fc.assert(law, propertyRuns(1000))
    expect(parseInstant('0001-01-01T00:00:00Z')).toBe(Date.parse('0001-01-01T00:00:00.000Z'))
  })

  it('means one point in time in every zone', () => {
    const law = fc.property(sometime, fc.integer({ min: -840, max: 840 }), (date, minutes) => {
      const local = new Date(date.getTime() + minutes * 60_000).toISOString().slice(0, -1)
      const size = Math.abs(minutes)
      const zone = `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
      expect(parseInstant(`${local}${zone}`)).toBe(date.getTime())
    })
    fc.assert(law, propertyRuns(300))
  })

  // A day that does not exist comes out of Date as another one.
  it('takes exactly the days and times that there are', () => {
    const field = (max: number): fc.Arbitrary<number> => fc.integer({ min: 0, max })
    const fields = fc.tuple(field(9999), field(13), field(32), field(25), field(61), field(61))
    const law = fc.property(fields, ([year, month, day, hour, minute, second]) => {
      const text = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}`
      const date = new Date(0)
      date.setUTCFullYear(year, month - 1, day)
      date.setUTCHours(hour, minute, second)
      const exists = year > 0 && date.toISOString() === `${text}.000Z`
      expect(refused(`${text}Z`)).toBe(exists ? 'accepted' : 'encoding/invalid')
      if (exists) expect(parseInstant(`${text}Z`)).toBe(date.getTime())
    })
    fc.assert(law, { ...propertyRuns(2000), examples: [[[2026, 2, 30, 10, 0, 0]], [[2024, 2, 29, 0, 0, 0]]] })
  })

  it.each([
    ['2026-11-30T09:00:00.5+01:00', '2026-11-30T08:00:00.500Z'],
    ['2026-11-30T09:00:00.123456789Z', '2026-11-30T09:00:00.123Z'],
    ['1969-12-31T23:59:59.9999Z', '1969-12-31T23:59:59.999Z'],
    ['2000-02-29T23:59:59-14:00', '2000-03-01T13:59:59.000Z'],
    ['2026-01-01T00:00:00-00:00', '2026-01-01T00:00:00.000Z'],
  ])('reads %s as %s', (text, utc) => expect(parseInstant(text)).toBe(Date.parse(utc)))

  it.each([
    '',
    '1',
    'visit 3',
    '2026',
    '2026-11-30',
    '03/04/2026',
    '12.11.2026',
    '26-06-03T10:00:00Z',
    '2026-02-30T10:00:00Z',
    '2026-04-31T10:00:00Z',
    '2100-02-29T10:00:00Z',
    '2026-06-30T24:00:00Z',
    '2026-06-30T23:59:60Z',
    '2026-03-29T02:30:00',
    '2026-03-29T02:30Z',
    '2026-03-29 02:30:00Z',
    '2026-03-29t02:30:00z',
    '2026-03-29T02:30:00.Z',
    '2026-03-29T02:30:00,5Z',
    '2026-03-29T02:30:00.1234567890Z',
    '2026-03-29T02:30:00+14:01',
    '2026-03-29T02:30:00-23:59',
    '2026-03-29T02:30:00+01:60',
    '2026-03-29T02:30:00+0100',
    '2026-03-29T02:30:00+01',
    '2026-03-29T02:30:00 +01:00',
    '+002026-03-29T02:30:00Z',
    '-2026-03-29T02:30:00Z',
    '0000-03-29T02:30:00Z',
    ' 2026-03-29T02:30:00Z',
    '2026-03-29T02:30:00Z\n',
    '\ufeff2026-03-29T02:30:00Z',
    '\u0662026-03-29T02:30:00Z',
    'Sun, 29 Mar 2026 02:30:00 GMT',
  ])('refuses %j', text => expect(refused(text)).toBe('encoding/invalid'))
})
