/** The counters seen under one key; a value that the application stores before it shows a message. */
export interface ReplayWindow {
  /** One more than the highest counter seen; 0 before the first. */
  readonly next: bigint
  /** Bit i: counter next - 1 - i was seen. */
  readonly seen: bigint
}

const windowCounters = 1024n
/** One more is `next`, which is stored in 8 bytes. */
const maxCounter = 2n ** 64n - 2n

export const emptyWindow: ReplayWindow = { next: 0n, seen: 0n }

/** Whether a message with this counter was seen under its key, or is too old to tell; ask after it was authenticated. */
export function judgeCounter(
  { next, seen }: ReplayWindow,
  counter: bigint,
): 'fresh' | 'replayed' | 'too-old' {
  if (counter >= next) return 'fresh'
  const age = next - 1n - counter
  if (age >= windowCounters) return 'too-old'
  return (seen >> age) & 1n ? 'replayed' : 'fresh'
}

/** The window after `counter`, whose message was authenticated. @throws RangeError unless it is fresh and below 2^64 - 1 */
export function advanceWindow(window: ReplayWindow, counter: bigint): ReplayWindow {
  if (judgeCounter(window, counter) !== 'fresh') throw new RangeError('counter must be fresh')
  if (counter > maxCounter) throw new RangeError('counter must be below 2^64 - 1')
  const { next, seen } = window
  if (counter < next) return { next, seen: seen | (1n << (next - 1n - counter)) }
  const shift = counter + 1n - next
  const kept = shift >= windowCounters ? 0n : BigInt.asUintN(Number(windowCounters), seen << shift)
  return { next: counter + 1n, seen: kept | 1n }
}
