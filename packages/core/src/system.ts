/** The one place of the packages that asks the machine for time and randomness. */
import type { Clock, Random } from './ports.js'

export const systemClock: Clock = { nowMs: () => Date.now() }

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
