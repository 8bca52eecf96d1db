/** Calls and average time of each primitive. Pure: the application owns the clock. */
import type { Primitives } from './primitives.js'

export type PrimitiveName = keyof Primitives

/** A clock that never goes back, such as `performance.now`. */
export interface MonotonicClock {
  nowMs(): number
}

export interface Tally {
  readonly calls: number
  readonly totalMs: number
}

export type PerformanceTable = ReadonlyMap<PrimitiveName, Tally>

export interface PerformanceRow {
  readonly primitive: PrimitiveName
  readonly calls: number
  /** 0 where there were no calls. */
  readonly averageMs: number
}

const names: readonly PrimitiveName[] = ['keyPair', 'sign', 'verify', 'hash', 'encrypt', 'decrypt']

export const emptyPerformance: PerformanceTable = new Map()

/** The table with one call more. */
export function recordCall(
  table: PerformanceTable,
  primitive: PrimitiveName,
  elapsedMs: number,
): PerformanceTable {
  const { calls, totalMs } = table.get(primitive) ?? { calls: 0, totalMs: 0 }
  return new Map(table).set(primitive, { calls: calls + 1, totalMs: totalMs + elapsedMs })
}

/** One row for each primitive, called or not, always in the same order. */
export function performanceRows(table: PerformanceTable): readonly PerformanceRow[] {
  return names.map(primitive => {
    const { calls, totalMs } = table.get(primitive) ?? { calls: 0, totalMs: 0 }
    return { primitive, calls, averageMs: calls === 0 ? 0 : totalMs / calls }
  })
}

/** The same primitives; each call is reported with its time, those that throw too. */
export function measured(
  primitives: Primitives,
  clock: MonotonicClock,
  report: (primitive: PrimitiveName, elapsedMs: number) => void,
): Primitives {
  const timed = <T>(name: PrimitiveName, call: () => T): T => {
    const startMs = clock.nowMs()
    try {
      return call()
    } finally {
      report(name, clock.nowMs() - startMs)
    }
  }
  return {
    keyPair: random => timed('keyPair', () => primitives.keyPair(random)),
    sign: (pair, message, random) => timed('sign', () => primitives.sign(pair, message, random)),
    verify: (key, message, signature) => timed('verify', () => primitives.verify(key, message, signature)),
    hash: message => timed('hash', () => primitives.hash(message)),
    encrypt: (key, message, random) => timed('encrypt', () => primitives.encrypt(key, message, random)),
    decrypt: (pair, ciphertext) => timed('decrypt', () => primitives.decrypt(pair, ciphertext)),
  }
}
