/** Timestamps are whole seconds, as in the seed. */

const maxSkewSeconds = 5

/** How long after its timestamp a request could still be accepted, in milliseconds. */
export const replayWindowMs: number = (maxSkewSeconds + 1) * 1000

export function secondsOf(nowMs: number): number {
  return Math.floor(nowMs / 1000)
}

/** Not more than 5 seconds away, in either direction. */
export function isFresh(ts: number, nowMs: number): boolean {
  return Math.abs(secondsOf(nowMs) - ts) <= maxSkewSeconds
}
