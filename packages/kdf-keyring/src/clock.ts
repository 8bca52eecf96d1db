/** What a ring makes of a clock that it cannot check. */
import { dayMs, type Epoch, epochEnd, epochOf, maxEpoch } from './epoch.js'
import { type ClockJump, keyringError } from './errors.js'

export const hourMs: number = 60 * 60 * 1000
const minuteMs = 60 * 1000
/** A mean month of the Gregorian calendar. */
const monthMs = 30.436875 * dayMs

/** The epoch that a clock shows. @throws ChartsealError `keyring/bad-clock` before 1970 or after 9999 */
export function clockEpoch(nowMs: number): Epoch {
  if (nowMs >= 0 && nowMs < epochEnd(maxEpoch)) return epochOf(nowMs)
  throw keyringError('keyring/bad-clock', { reason: 'it must show a time from 1970 to 9999' })
}

/** @throws ChartsealError `keyring/ahead-of-clock` for an epoch after the next one: the other side cannot read it */
export function refuseAhead(epoch: number, nowMs: number): void {
  const months = epoch - clockEpoch(nowMs)
  if (months > 1) throw keyringError('keyring/ahead-of-clock', { months })
}

/** `keyring/clock-jump` over a span of time, in a unit that a person would take. */
export function clockJump(how: ClockJump, spanMs: number): Error {
  return keyringError('keyring/clock-jump', { how, by: spanText(Math.abs(spanMs)) })
}

function spanText(ms: number): string {
  if (ms < 2 * hourMs) return counted(ms / minuteMs, 'minute')
  if (ms < 2 * dayMs) return counted(ms / hourMs, 'hour')
  if (ms < 2 * monthMs) return counted(ms / dayMs, 'day')
  return ms < 24 * monthMs ? counted(ms / monthMs, 'month') : counted(ms / (12 * monthMs), 'year')
}

function counted(amount: number, unit: string): string {
  const count = Math.round(amount)
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
