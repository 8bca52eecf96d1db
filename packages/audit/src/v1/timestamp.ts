/** Time as Python's `datetime.isoformat()` writes it for UTC. */

const shape = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{6}))?\+00:00$/

/**
 * `2026-04-05T16:23:50.123000+00:00`; the fraction is missing when it is zero.
 * @throws RangeError outside the years 1 to 9999
 */
export function formatTimestamp(ms: number): string {
  if (!Number.isSafeInteger(ms)) throw new RangeError('a time is a whole number of milliseconds')
  const text = new Date(ms).toISOString()
  if (!/^\d{4}-/.test(text) || text.startsWith('0000')) throw new RangeError('a time in the years 1 to 9999')
  const fraction = text.slice(20, 23)
  return `${text.slice(0, 19)}${fraction === '000' ? '' : `.${fraction}000`}+00:00`
}

/** True for what `isoformat()` can have written, down to the calendar. */
export function isTimestamp(text: string): boolean {
  const [, seconds, fraction] = shape.exec(text) ?? []
  if (seconds === undefined || fraction === '000000' || seconds.startsWith('0000')) return false
  const ms = Date.parse(`${seconds}Z`)
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(seconds)
}
