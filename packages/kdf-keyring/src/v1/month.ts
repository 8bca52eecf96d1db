import { dayMs } from '../epoch.js'
import { keyringError } from '../errors.js'

/** A calendar month in UTC, `YYYY-MM`. Made by {@link parseMonth} and {@link monthOf} only. */
export type Month = string & { readonly brand: 'Month' }

/** How long the key of an ended month still opens messages: 7 days from the end of the month. */
export const graceMs: number = 7 * dayMs
const longestMonthMs = 31 * dayMs

const monthShape = /^\d{4}-(0[1-9]|1[0-2])$/

/** @throws ChartsealError `keyring/bad-month` */
export function parseMonth(text: string): Month {
  if (!monthShape.test(text)) throw keyringError('keyring/bad-month', {})
  return text as Month
}

/** The month of a time. @throws ChartsealError `keyring/bad-month` outside the years 0 to 9999 */
export function monthOf(timeMs: number): Month {
  return parseMonth(new Date(timeMs).toISOString().slice(0, 7))
}

/**
 * The months whose keys may open a message now, most likely first: the current one, and the one before
 * while the current one is younger than 7 days (up to and including 23:59:59.999 UTC on the 7th).
 */
export function monthsForReading(nowMs: number): readonly Month[] {
  const current = monthOf(nowMs)
  const startMs = Date.parse(`${current}-01T00:00:00Z`)
  return nowMs - startMs < graceMs ? [current, monthOf(startMs - 1)] : [current]
}

/**
 * The months that the seed keeps: those from `now - 31 days · keepMonths` on, cut to a month. An ended
 * month so lives for another 31 days with `keepMonths` 1, not for the 7 that the seed promises.
 * @throws RangeError for a number that is not a whole number from 0
 */
export function legacyKeptMonths(
  months: readonly Month[],
  nowMs: number,
  keepMonths: number,
): readonly Month[] {
  if (!Number.isSafeInteger(keepMonths) || keepMonths < 0) throw new RangeError('keepMonths: 0 or more')
  const cutoff = monthOf(nowMs - keepMonths * longestMonthMs)
  return months.filter(month => month >= cutoff)
}
