/** Times each primitive of one end, over the whole life of that end. */
import {
  emptyPerformance,
  interimPrimitives,
  type MonotonicClock,
  measured,
  type PerformanceRow,
  type Primitives,
  performanceRows,
  recordCall,
} from '@chartseal/elgamal-session/interim'

export interface Stopwatch {
  readonly primitives: Primitives
  rows(): readonly PerformanceRow[]
}

export function startStopwatch(clock: MonotonicClock, primitives: Primitives = interimPrimitives): Stopwatch {
  let table = emptyPerformance
  return {
    primitives: measured(primitives, clock, (name, elapsedMs) => {
      table = recordCall(table, name, elapsedMs)
    }),
    rows: () => performanceRows(table),
  }
}
