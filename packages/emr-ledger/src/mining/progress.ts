/** What a search reports while it runs. */
import type { Clock } from '@chartseal/core/ports'

export interface MiningProgress {
  /** Nonces tried so far. */
  readonly hashes: bigint
  readonly hashesPerSecond: number
  /** How many nonces it takes on average: the difficulty. */
  readonly expectedHashes: bigint
  /** How long that takes at this rate, from any moment on: the nonces tried bring the hit no nearer. */
  readonly expectedMs: number | null
}

const intervalMs = 250

/** Reports progress while `search` runs, and once when it has ended well. */
export async function withProgress<Result>(
  search: Promise<Result>,
  hashes: () => bigint,
  expectedHashes: bigint,
  clock: Clock,
  onProgress: ((progress: MiningProgress) => void) | undefined,
): Promise<Result> {
  if (onProgress === undefined) return search
  const startMs = clock.nowMs()
  const report = (): void => onProgress(measure(hashes(), expectedHashes, clock.nowMs() - startMs))
  const timer = setInterval(report, intervalMs)
  try {
    const result = await search
    report()
    return result
  } finally {
    clearInterval(timer)
  }
}

function measure(hashes: bigint, expectedHashes: bigint, elapsedMs: number): MiningProgress {
  const hashesPerSecond = elapsedMs > 0 ? (Number(hashes) * 1_000) / elapsedMs : 0
  const expectedMs = hashesPerSecond > 0 ? (Number(expectedHashes) * 1_000) / hashesPerSecond : null
  return { hashes, hashesPerSecond, expectedHashes, expectedMs }
}
