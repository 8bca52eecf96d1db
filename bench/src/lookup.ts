/** Finds figures in results. */
import type { CaseResult, Row, Skipped } from './measure.js'
import type { GroupResult } from './results.js'

/** A figure, or why there is none. */
export type Figure = number | Skipped

const missing = (name: string): Skipped => ({ name, skipped: 'not measured' })

/** The results of one Node. */
export class Lookup {
  readonly #results: readonly GroupResult[]

  constructor(results: readonly GroupResult[]) {
    this.#results = results
  }

  /** Our CPU rate by that of the best contender whose name starts with `theirs`; ours is the one of that name. */
  ratio(caseId: string, ours: string, theirs: string): Figure {
    const mine = this.cpu(caseId, ours)
    const other = this.best(caseId, theirs)
    if (typeof mine !== 'number') return mine
    return typeof other === 'number' ? mine / other : other
  }

  /** Median by CPU time of the best contender whose name starts so. */
  best(caseId: string, start: string): Figure {
    return this.#figure(caseId, start, true, row => row.cpu.median)
  }

  /** Median by CPU time. */
  cpu(caseId: string, name: string): Figure {
    return this.#figure(caseId, name, false, row => row.cpu.median)
  }

  wall(caseId: string, name: string): Figure {
    return this.#figure(caseId, name, false, row => row.wall.median)
  }

  fact(id: string): Figure {
    const fact = this.#results.flatMap(result => result.facts).find(one => one.id === id)
    return fact?.value ?? missing(id)
  }

  /** Load of the machine when the group of this case began. */
  load(caseId: string): number {
    const group = this.#results.find(result => result.cases.some(one => one.id === caseId))
    return group?.machine.load ?? Number.NaN
  }

  #figure(caseId: string, name: string, isPrefix: boolean, of: (row: Row) => number): Figure {
    const isMeant = (one: { readonly name: string }): boolean =>
      isPrefix ? one.name.startsWith(name) : one.name === name
    const found = this.#case(caseId)
    const values = found?.rows.filter(isMeant).map(of) ?? []
    if (values.length === 0) return found?.skipped.find(isMeant) ?? missing(name)
    return found?.unit === 'ms' ? Math.min(...values) : Math.max(...values)
  }

  #case(id: string): CaseResult | undefined {
    return this.#results.flatMap(result => result.cases).find(one => one.id === id)
  }
}
