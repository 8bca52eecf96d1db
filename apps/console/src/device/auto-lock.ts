/** Locks after so long without a key, a touch or a click; a tab that locks takes the others along. */
import type { Clock } from '@chartseal/core/ports'

export const idleMs = 15 * 60_000
const lookMs = 10_000

export interface AutoLockOptions {
  readonly clock: Clock
  /** Calls back at intervals; gives what stops it. */
  readonly every: (ms: number, work: () => void) => () => void
  readonly lock: () => void
}

export interface AutoLock {
  /** The person did something. */
  touch(): void
  stop(): void
}

export function autoLock({ clock, every, lock }: AutoLockOptions): AutoLock {
  let lastMs = clock.nowMs()
  // A machine that slept runs no timers: the clock tells.
  const stop = every(lookMs, () => {
    if (clock.nowMs() - lastMs >= idleMs) lock()
  })
  return {
    touch() {
      // What was over before this touch stays over.
      if (clock.nowMs() - lastMs < idleMs) lastMs = clock.nowMs()
      else lock()
    },
    stop,
  }
}
