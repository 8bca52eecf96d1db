import { ChartsealError } from '@chartseal/core/errors'

/** The code that `attempt` is refused with, or what else happened. */
export function codeOf(attempt: () => unknown): string {
  try {
    attempt()
    return 'accepted'
  } catch (error) {
    return error instanceof ChartsealError ? error.code : `${error}`
  }
}

/** fast-check settings: `SLOW=1` raises the runs, `FC_SEED` repeats a failing one. */
export function propertyRuns(numRuns = 100): { numRuns: number; seed?: number } {
  const { SLOW, FC_SEED } = process.env
  const runs = { numRuns: SLOW === '1' ? numRuns * 20 : numRuns }
  return FC_SEED === undefined ? runs : { ...runs, seed: Number(FC_SEED) }
}
