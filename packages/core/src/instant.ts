/** One point in time as text: the grammar of FHIR `instant`, a subset of RFC 3339 5.6, checked by the calendar. */
import { coreError } from './errors.js'

const grammar = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-]\d\d):(\d\d))$/

const minuteMs = 60_000
const maxOffsetMinutes = 14 * 60
/** The calendar repeats itself after 400 years, which have 146,097 days. */
const cycleMs = 146_097 * 86_400_000

/**
 * Milliseconds since 1970-01-01T00:00:00Z of a text like `2026-11-30T09:00:00.5+01:00`. The day must exist, the hour is
 * at most 23; a leap second (`:60`) and a text without a zone are refused, and so is an offset above 14 hours. Of up
 * to nine digits of a second three count: what is finer is cut off, never rounded up.
 * @throws ChartsealError `encoding/invalid`
 */
export function parseInstant(text: string): number {
  const [whole, ...fields] = grammar.exec(text) ?? []
  if (whole === undefined) throw invalid()
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = fields.slice(0, 6).map(Number)
  const [fraction = '', offsetHours = '+00', offsetMinutes = '00'] = fields.slice(6)
  if (hour > 23 || minute > 59 || second > 59) throw invalid()
  const time = ((hour * 60 + minute) * 60 + second) * 1000 + Number(fraction.slice(0, 3).padEnd(3, '0'))
  return midnight(year, month, day) + time - offset(offsetHours, offsetMinutes) * minuteMs
}

// Date.UTC takes the years 0 to 99 for 1900 to 1999, so it is asked one cycle later.
function midnight(year: number, month: number, day: number): number {
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) throw invalid()
  return Date.UTC(year + 400, month - 1, day) - cycleMs
}

function daysIn(year: number, month: number): number {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  if (month === 2) return leap ? 29 : 28
  return [4, 6, 9, 11].includes(month) ? 30 : 31
}

function offset(hours: string, minutes: string): number {
  const size = Number(hours.slice(1)) * 60 + Number(minutes)
  if (Number(minutes) > 59 || size > maxOffsetMinutes) throw invalid()
  return hours.startsWith('-') ? -size : size
}

function invalid(): Error {
  return coreError('encoding/invalid', { encoding: 'instant' })
}
