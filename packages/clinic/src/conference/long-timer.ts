import type { Timer } from './ports.js'

/** What a timer of the platform holds; a longer one runs at once. */
const mostMs = 2 ** 31 - 1

/** A timer for any number of milliseconds. */
export function longTimer(timer: Timer): Timer {
  const after = (ms: number, run: () => void): (() => void) => {
    if (ms <= mostMs) return timer.after(ms, run)
    let stop = timer.after(mostMs, () => {
      stop = after(ms - mostMs, run)
    })
    return () => stop()
  }
  return { after }
}
