import type { OwnLink } from '../records/link-row.js'

/** How a link is, as its maker knows: the clinic decides. */
export function linkState(
  { isStored, isEnding, endedMs, expMs, why }: OwnLink,
  nowMs: number,
): 'sending' | 'refused' | 'open' | 'over' | 'ended' {
  if (why !== '') return 'refused'
  if (endedMs > 0) return 'ended'
  if (!isStored || isEnding) return 'sending'
  return expMs > 0 && expMs <= nowMs ? 'over' : 'open'
}
