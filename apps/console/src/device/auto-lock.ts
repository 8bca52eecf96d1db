/**
 * Locks after so long without a key, a touch or a click in any tab of this device. A conference that is live in this tab
 * counts as a touch, but not for ever.
 */
import type { Clock } from '@chartseal/core/ports'

export const idleMs = 15 * 60_000
/** At a counter others stand by. */
export const counterIdleMs = 2 * 60_000
/** Whatever is live: after the last touch of a person. */
export const longestMs = 120 * 60_000
const lookMs = 10_000
/** Other tabs are told that somebody is here no more often than this. */
const tellMs = 20_000
/** What a clock is corrected by while it runs. */
const correctionMs = 5_000

export interface AutoLockOptions {
  readonly clock: Clock
  /** Milliseconds that nobody can set; they may stand still while the machine sleeps. */
  readonly steadyMs: () => number
  /** Calls back at intervals; gives what stops it. */
  readonly every: (ms: number, work: () => void) => () => void
  readonly lock: () => void
  /** How long nobody may touch it: {@link idleMs} unless given. */
  readonly afterMs?: number
  /** Whether a person who only listens would miss something. */
  readonly isLive: () => boolean
  /** Tells the other tabs: the person is here, or was not for the whole time. */
  readonly tell: (what: 'touch' | 'idle') => void
}

export interface AutoLock {
  /** The person did something in this tab. */
  touch(): void
  /** What another tab tells. */
  heard(what: 'touch' | 'idle'): void
  stop(): void
}

export function autoLock({
  clock,
  steadyMs,
  every,
  lock,
  isLive,
  tell,
  afterMs = idleMs,
}: AutoLockOptions): AutoLock {
  const now = (): Moment => ({ wallMs: clock.nowMs(), steadyMs: steadyMs() })
  let last = now()
  let told = last
  /** When a conference was live last, as far as it was looked. */
  let live = last
  const isOver = (): boolean => {
    const to = now()
    return isUp(last, to, longestMs) || (isUp(last, to, afterMs) && isUp(live, to, afterMs))
  }
  const look = (): void => {
    // First: what was live before a sleep kept nothing open in it.
    if (!isOver()) {
      if (isLive()) live = now()
      return
    }
    // Each tab asks its own clock: one that stood still locks none that was used meanwhile.
    tell('idle')
    lock()
  }
  const stop = every(lookMs, look)
  return {
    touch() {
      // What was over before this touch stays over.
      if (isOver()) return look()
      last = now()
      if (last.steadyMs - told.steadyMs < tellMs) return
      told = last
      tell('touch')
    },
    heard(what) {
      if (what === 'touch') last = now()
      else if (isOver()) lock()
    },
    stop,
  }
}

interface Moment {
  readonly wallMs: number
  readonly steadyMs: number
}

/** By either clock: one may stand still, the other may be set. One that runs backwards says nothing good. */
function isUp(from: Moment, to: Moment, afterMs: number): boolean {
  const wallMs = to.wallMs - from.wallMs
  return wallMs >= afterMs || wallMs < -correctionMs || to.steadyMs - from.steadyMs >= afterMs
}
