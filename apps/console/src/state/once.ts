/** What is asked for more often than it is done. */
import type { Session } from './session.js'

type Waiting = Pick<Session, 'wait' | 'signal'>

/** However often it is asked for, one is planned at a time. */
export function plannedOnce({ wait, signal }: Waiting, work: () => void): (ms: number) => void {
  let isPlanned = false
  return ms => {
    if (isPlanned) return
    isPlanned = true
    void wait(ms, signal).then(() => {
      isPlanned = false
      work()
    })
  }
}

/** Whoever asks while it runs gets the run that follows. */
export function oneAtATime(): (work: () => Promise<void>) => Promise<void> {
  let running: Promise<void> | null = null
  let next: Promise<void> | null = null
  const start = (work: () => Promise<void>): Promise<void> => {
    running = work().finally(() => {
      running = null
    })
    return running
  }
  return work => {
    if (running === null) return start(work)
    next ??= running.then(() => {
      next = null
      return start(work)
    })
    return next
  }
}
