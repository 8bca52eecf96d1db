/** The last second of the year 9999: beyond, a calendar has no text of four digits. */
const lastSeconds = 253_402_300_799n

/** Seconds since 1970 as `2026-12-31 00:00:00 UTC`, which both languages read; as a number beyond the year 9999. */
export function utcText(seconds: bigint): string {
  if (seconds > lastSeconds) return `${seconds} s`
  const text = new Date(Number(seconds) * 1000).toISOString()
  return `${text.slice(0, 10)} ${text.slice(11, 19)} UTC`
}
