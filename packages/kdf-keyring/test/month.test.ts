import { graceMs, legacyKeptMonths, monthOf, monthsForReading } from '@chartseal/kdf-keyring/v1'
import { describe, expect, it } from 'vitest'

const at = (text: string): number => Date.parse(text)

describe('the months to read with', () => {
  it.each([
    ['the last millisecond of a month', '2026-03-31T23:59:59.999Z', ['2026-03']],
    ['the first millisecond of the next', '2026-04-01T00:00:00.000Z', ['2026-04', '2026-03']],
    ['the last millisecond of the window', '2026-04-07T23:59:59.999Z', ['2026-04', '2026-03']],
    ['the first one after it', '2026-04-08T00:00:00.000Z', ['2026-04']],
    ['new year', '2027-01-01T00:00:00.000Z', ['2027-01', '2026-12']],
    ['the end of the window in a new year', '2027-01-08T00:00:00.000Z', ['2027-01']],
    ['29 February', '2028-02-29T23:59:59.999Z', ['2028-02']],
    ['the day after 29 February', '2028-03-01T00:00:00.000Z', ['2028-03', '2028-02']],
    ['1 March without a leap day', '2026-03-01T00:00:00.000Z', ['2026-03', '2026-02']],
    ['1 March of 2100, which has no leap day', '2100-03-01T00:00:00.000Z', ['2100-03', '2100-02']],
    ['a time zone ahead of UTC', '2026-04-01T01:30:00.000+02:00', ['2026-03']],
    ['a time zone behind UTC', '2026-03-31T20:00:00.000-05:00', ['2026-04', '2026-03']],
  ])('%s', (_, now, months) => {
    expect(monthsForReading(at(now))).toEqual(months)
  })

  it('hold the month before for exactly 7 days in every month of a leap cycle', () => {
    for (let index = 0; index < 48; index++) {
      const startMs = Date.UTC(2025, index, 1)
      const before = monthOf(startMs - 1)
      expect(monthsForReading(startMs - 1)[0]).toBe(before)
      expect(monthsForReading(startMs)).toEqual([monthOf(startMs), before])
      expect(monthsForReading(startMs + graceMs - 1)).toContain(before)
      expect(monthsForReading(startMs + graceMs)).toEqual([monthOf(startMs)])
    }
  })
})

describe('the rule of the seed', () => {
  const days = 24 * 60 * 60 * 1000

  /** For how many days after its end the rule still keeps a month. */
  const life = (endMs: number, keepMonths: number): number => {
    const ended = monthOf(endMs - 1)
    let age = 0
    while (legacyKeptMonths([ended], endMs + age * days, keepMonths).length === 1) age++
    return age
  }

  it('keeps an ended month for 31 days times the setting: no setting gives the promised 7', () => {
    for (let index = 0; index < 48; index++) {
      const endMs = Date.UTC(2025, index, 1)
      expect([0, 1, 2, 3].map(keepMonths => life(endMs, keepMonths))).toEqual([0, 31, 62, 93])
    }
  })

  it('so keeps the key of a message for 31 to 61 days after the day it was sealed', () => {
    const sealedMs = Array.from({ length: 4 * 365 }, (_, day) => Date.UTC(2025, 0, 1) + day * days)
    const lives = sealedMs.map(ms => {
      const date = new Date(ms)
      const endMs = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1)
      return (endMs - ms) / days - 1 + life(endMs, 1)
    })
    expect([Math.min(...lives), Math.max(...lives)]).toEqual([31, 61])
  })

  it('refuses a number of months that makes no sense', () => {
    for (const keepMonths of [-1, 0.5, Number.NaN]) {
      expect(() => legacyKeptMonths([], 0, keepMonths)).toThrow(RangeError)
    }
  })
})
