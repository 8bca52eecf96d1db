/** When to try again: full jitter, so that those who lost one server do not come back all at once. */
import type { Random } from '@chartseal/core/ports'

const leastMs = 250
/** Short: a host is one, and all patients wait for them when a server is there again. */
const mostMs = 2_000

/**
 * A moment between nothing and a limit that doubles with each try.
 * @param tries how many have failed in a row
 * @param hintMs what the server asked for: the moment is then that far off at least
 */
export function backOffMs(random: Random, tries: number, hintMs = 0): number {
  const limit = Math.min(mostMs, leastMs * 2 ** Math.min(tries, 10))
  return Math.floor(hintMs + fraction(random) * limit)
}

/** From 0 up to but not 1. */
function fraction(random: Random): number {
  const bytes = random.bytes(4)
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) / 2 ** 32
}
