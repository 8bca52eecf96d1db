/** Pages by size: first how large things are, so that nothing is read that does not fit. */

export interface Sized {
  readonly place: number
  readonly size_bytes: number
}

/** The place of the last one that fits, of those in order: at least the first; `null` when there is none. */
export function lastThatFits(sizes: readonly Sized[], maxBytes: number): number | null {
  let last: number | null = null
  let total = 0
  for (const { place, size_bytes } of sizes) {
    total += size_bytes
    if (last !== null && total > maxBytes) return last
    last = place
  }
  return last
}
