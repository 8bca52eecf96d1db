/** fast-check settings: `SLOW=1` raises the runs, `FC_SEED` repeats a failing one. */
export function propertyRuns(numRuns = 100): { readonly numRuns: number; readonly seed?: number } {
  const { SLOW, FC_SEED } = process.env
  return {
    numRuns: SLOW === '1' ? numRuns * 20 : numRuns,
    ...(FC_SEED === undefined ? {} : { seed: Number(FC_SEED) }),
  }
}
