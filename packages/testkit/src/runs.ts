/** How often laws and loops over faults are tried: `CHARTSEAL_GATE=1` is set by the gate, `SLOW=1` by whoever has a night. */
const { CHARTSEAL_GATE, SLOW, FC_SEED } = process.env

/** `inGate` in the gate and under `SLOW=1`; `elsewhere`, where a person waits, of what is slow. */
export function runsOf(inGate: number, elsewhere: number): number {
  return CHARTSEAL_GATE === '1' || SLOW === '1' ? inGate : elsewhere
}

/**
 * fast-check settings: the runs in the gate and, for a slow law, elsewhere. `SLOW=1` makes 20 times those of the
 * gate, `FC_SEED` repeats a failing one.
 */
export function propertyRuns(
  inGate = 100,
  elsewhere: number = inGate,
): { readonly numRuns: number; readonly seed?: number } {
  const runs = { numRuns: runsOf(inGate, elsewhere) * (SLOW === '1' ? 20 : 1) }
  return FC_SEED === undefined ? runs : { ...runs, seed: Number(FC_SEED) }
}
