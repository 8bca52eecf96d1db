/** The session's time, as the drivers of a conference want it. */
import type { Timer } from '@chartseal/clinic/conference'
import type { Session } from '../session.js'

export function timerOf({ wait }: Pick<Session, 'wait'>): Timer {
  return {
    after(ms, run) {
      const stopped = new AbortController()
      void wait(ms, stopped.signal).then(() => {
        if (!stopped.signal.aborted) run()
      })
      return () => stopped.abort()
    },
  }
}
