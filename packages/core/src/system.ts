/** The one place of the packages that asks the machine for time and randomness. */
import type { Clock, Random } from './ports.js'

export const systemClock: Clock = { nowMs: () => Date.now() }

/** Milliseconds of a clock that never goes back, and begins anywhere: for how long something takes. */
export const monotonicMs = (): number => performance.now()

// WebCrypto refuses more than 65,536 bytes in one call.
const maxRequestBytes = 65_536

export const systemRandom: Required<Random> = {
  bytes(sizeBytes) {
    const bytes = new Uint8Array(sizeBytes)
    systemRandom.fill(bytes)
    return bytes
  },
  fill(bytes) {
    for (let at = 0; at < bytes.length; at += maxRequestBytes) {
      crypto.getRandomValues(bytes.subarray(at, at + maxRequestBytes))
    }
  },
}

const poolBytes = 1_024
const maxPooledBytes = 128

/**
 * The same source for many small requests: up to 128 bytes come from a pool of 1 KiB, as asking the machine costs far
 * more than so few bytes. Each byte is given once, and a zero takes its place. Until then it is in the memory of the
 * process, like the state of a generator there; both repeat themselves in a second copy of a virtual machine.
 */
export function pooledRandom(source: Required<Random> = systemRandom): Required<Random> {
  const pool = new Uint8Array(poolBytes)
  let used = poolBytes
  const fill = (bytes: Uint8Array<ArrayBuffer>): void => {
    if (bytes.length > maxPooledBytes) {
      source.fill(bytes)
      return
    }
    if (used + bytes.length > poolBytes) {
      source.fill(pool)
      used = 0
    }
    const past = used + bytes.length
    bytes.set(pool.subarray(used, past))
    pool.fill(0, used, past)
    used = past
  }
  const bytes = (sizeBytes: number): Uint8Array => {
    const fresh = new Uint8Array(sizeBytes)
    fill(fresh)
    return fresh
  }
  return { bytes, fill }
}

let pooled: Required<Random> | undefined

/** One pool for everybody who draws small amounts often: made at the first call and never replaced. */
export function defaultPooledRandom(): Required<Random> {
  pooled ??= pooledRandom()
  return pooled
}

/** @internal Whether this is the system's source, directly or pooled: a platform may then draw from its own. */
export function isSystemRandom(random: Random): boolean {
  return random === systemRandom || random === pooled
}
