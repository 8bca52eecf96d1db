/** The counters of one key that were seen; a value that the application stores before it shows a message. */
export interface ReplayWindow {
  /** One more than the highest counter that was seen; 0 when none was. */
  readonly next: bigint
  /** Bit i: counter next - 1 - i was seen. */
  readonly seen: bigint
}

const windowCounters = 1024n

export const emptyWindow: ReplayWindow = { next: 0n, seen: 0n }

export function judge({ next, seen }: ReplayWindow, counter: bigint): 'fresh' | 'replayed' | 'too-old' {
  if (counter >= next) return 'fresh'
  const age = next - 1n - counter
  if (age >= windowCounters) return 'too-old'
  return (seen >> age) & 1n ? 'replayed' : 'fresh'
}

/** The window after `counter`, whose message was authenticated. @throws RangeError unless it is fresh */
export function advance(window: ReplayWindow, counter: bigint): ReplayWindow {
  if (judge(window, counter) !== 'fresh') throw new RangeError('only a fresh counter moves the window')
  const { next, seen } = window
  if (counter < next) return { next, seen: seen | (1n << (next - 1n - counter)) }
  const shift = counter + 1n - next
  const kept = shift >= windowCounters ? 0n : BigInt.asUintN(Number(windowCounters), seen << shift)
  return { next: counter + 1n, seen: kept | 1n }
}
