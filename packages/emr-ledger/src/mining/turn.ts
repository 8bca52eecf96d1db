/** Sharing one thread with whatever else its event loop has to do. */
import type { Clock } from '@chartseal/core/ports'

/** Resolves after the messages and timers that are due; unlike a timer it does not wait. */
export function nextTurn(): Promise<void> {
  const { port1, port2 } = new MessageChannel()
  return new Promise(resolve => {
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })
}

const longestTurnMs = 12

/** Gives the event loop a turn once this thread was busy for 12 ms; in between, `null`. */
export function politePause(clock: Clock): () => Promise<void> | null {
  let sinceMs = clock.nowMs()
  return () => {
    if (clock.nowMs() - sinceMs < longestTurnMs) return null
    return nextTurn().then(() => {
      sinceMs = clock.nowMs()
    })
  }
}
