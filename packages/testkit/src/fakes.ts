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
