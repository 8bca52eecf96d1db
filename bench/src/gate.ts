/** One figure and what it is held to. */
import type { Figure, Lookup } from './lookup.js'

export interface Gate {
  readonly figure: string
  readonly group: string
  /** Major version of the only Node it applies to. */
  readonly node?: string
  readonly bound: 'at least' | 'below'
  readonly unit: 'x' | '' | 's' | 'ms' | 'µs' | 'bytes' | 'MH/s' | '/s'
  /** `null`: reported only. */
  readonly must: number | null
  readonly aim: number | null
  measured(lookup: Lookup): Figure
}

export type Limits = readonly [must: number | null, aim: number | null]

/** Our rate by that of the best contender whose name starts with `theirs`. */
export function ratioGate(
  figure: string,
  group: string,
  [must, aim]: Limits,
  [caseId, mine, theirs]: readonly [string, string, string],
): Gate {
  return {
    figure,
    group,
    bound: 'at least',
    unit: 'x',
    must,
    aim,
    measured: lookup => lookup.ratio(caseId, mine, theirs),
  }
}

/** @param share of the rate of one thread that each of two workers should keep */
export const half = (two: Figure, one: Figure, share: number): Figure =>
  typeof two !== 'number' ? two : typeof one !== 'number' ? one : two / one / share

export function below(
  group: string,
  figure: string,
  unit: Gate['unit'],
  must: number | null,
  aim: number,
): Omit<Gate, 'measured'> {
  return { figure, group, bound: 'below', unit, must, aim }
}
