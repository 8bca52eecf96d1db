const maxAheadMs = 86_400_000

/** The other side may name any time; here it counts from 1970 to a day ahead of this clock. */
export const theirTime = (sentMs: number, nowMs: number): number =>
  Math.min(Math.max(0, sentMs), nowMs + maxAheadMs)
