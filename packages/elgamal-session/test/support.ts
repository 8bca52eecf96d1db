/** Random bytes that depend on a seed only. */
import { createHash } from 'node:crypto'
import type { Random } from '@chartseal/core/ports'

export function seededRandom(seed: number): Random {
  let counter = 0
  return {
    bytes(sizeBytes) {
      const blocks: Uint8Array[] = []
      for (let size = 0; size < sizeBytes; size += 32) {
        blocks.push(createHash('sha256').update(`${seed}/${counter++}`).digest())
      }
      return Uint8Array.from(Buffer.concat(blocks).subarray(0, sizeBytes))
    },
  }
}

/** Bytes that depend on a seed only, quickly made and good for nothing else. */
export function quickRandom(seed: number): Random {
  let state = seed >>> 0 || 1
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  return { bytes: sizeBytes => Uint8Array.from({ length: sizeBytes }, () => next() & 0xff) }
}
