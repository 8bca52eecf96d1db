import type { Clock, Random } from '@chartseal/core/ports'

/** A clock that stands still until it is moved. */
export function fixedClock(startMs: number): Clock & { advance(ms: number): void } {
  let nowMs = startMs
  return {
    nowMs: () => nowMs,
    advance(ms) {
      nowMs += ms
    },
  }
}

/** Gives the listed byte strings in order; throws when asked for another length or once too often. */
export function scriptedRandom(...answers: readonly Uint8Array[]): Random {
  const rest = [...answers]
  return {
    bytes(sizeBytes) {
      const next = rest.shift()
      if (next === undefined) throw new Error('the random source was asked once too often')
      if (next.length !== sizeBytes)
        throw new Error(`asked for ${sizeBytes} random bytes, scripted ${next.length}`)
      return Uint8Array.from(next)
    },
  }
}

/** A timer that fires when it is told to. */
export interface ManualTimer {
  after(ms: number, run: () => void): () => void
  /** How long each of those that wait was asked to wait. */
  readonly waiting: readonly number[]
  /** Runs all that wait now; those that they start wait for the next call. */
  fire(): void
}

export function manualTimer(): ManualTimer {
  let armed: { readonly ms: number; readonly run: () => void }[] = []
  return {
    after(ms, run) {
      const one = { ms, run }
      armed.push(one)
      return () => {
        armed = armed.filter(other => other !== one)
      }
    },
    get waiting() {
      return armed.map(({ ms }) => ms)
    },
    fire() {
      for (const { run } of armed.splice(0)) run()
    },
  }
}
