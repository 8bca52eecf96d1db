import { createHash } from 'node:crypto'
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

/** In place of Argon2id, where a test is about what a passphrase opens and not about how hard it is to guess. */
export async function quickArgon2id(
  secret: Uint8Array,
  { salt, ...costs }: { salt: Uint8Array; memoryKiB: number; passes: number; lanes: number },
): Promise<Uint8Array> {
  const hash = createHash('sha256').update(JSON.stringify(costs)).update(salt).update(secret)
  return Uint8Array.from(hash.digest())
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
