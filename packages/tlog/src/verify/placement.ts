/** From where leaves were found, and where they belong, to what happened to them. */
import { type Evidence, type TreeFinding, type VerifyErrors, verifyError } from '../verify-errors.js'

/** Leaves found one after the other, from `place` on; `home` is where the first belongs, `null` for nowhere. */
export interface Run {
  readonly place: number
  readonly home: number | null
  readonly count: number
}

interface HomeRun extends Run {
  readonly home: number
}

interface Range {
  readonly from: number
  readonly to: number
}

/** More runs than this are not told apart: ordering them takes their square. */
const maxRuns = 1024

/** Collects runs in the order of their places. */
export class Placement {
  readonly #runs: { place: number; home: number | null; count: number }[] = []
  #refusedAt: number | null = null

  /** Leaves from `place` on that belong from `home` on. */
  add(place: number, home: number | null, count: number): void {
    if (count <= 0) return
    const last = this.#runs.at(-1)
    if (
      last !== undefined &&
      (home === null ? last.home === null : last.home !== null && last.home + last.count === home)
    ) {
      last.count += count
    } else if (this.#runs.length < maxRuns) {
      this.#runs.push({ place, home, count })
    } else {
      this.#refusedAt ??= place
    }
  }

  /** What happened, if `size` leaves belong here. With evidence `seq` nothing is known of what follows the last one. */
  findings(size: number, evidence: Evidence): readonly TreeFinding[] {
    const end = this.#refusedAt === null ? size : Math.max(0, ...this.#runs.map(endOf))
    const found = classify(this.#runs, end, evidence)
    return this.#refusedAt === null
      ? found
      : [...found, verifyError('verify/too-many', { place: this.#refusedAt })]
  }
}

function classify(runs: readonly Run[], size: number, evidence: Evidence): readonly TreeFinding[] {
  const homed = runs.filter((run): run is HomeRun => run.home !== null)
  const chain = longestChain(homed)
  const inOrder = new Set<Run>(chain)
  const covered = trimmed(chain)
  const moved = homed.filter(run => !inOrder.has(run)).flatMap(run => displaced(run, covered, evidence))
  return [...moved, ...repeatsInChain(chain, evidence), ...gaps(runs, inOrder, covered, size, evidence)]
}

/** Where leaf `index` of a run was found. */
const placeIn = (run: HomeRun, index: number): number => run.place + index - run.home

function endOf(run: Run): number {
  return run.home === null ? 0 : run.home + run.count
}

/** The runs that are in order, together as long as possible; where two overlap, the later one counts from the overlap on. */
function longestChain(runs: readonly HomeRun[]): readonly HomeRun[] {
  const weights: number[] = []
  const before: number[] = []
  let best = -1
  for (const [i, run] of runs.entries()) {
    let [weight, previous] = [run.count, -1]
    for (let j = 0; j < i; j++) {
      const gained = endOf(run) - Math.max(run.home, endOf(runs[j] ?? run))
      const total = (weights[j] ?? 0) + gained
      if (gained > 0 && total >= weight) [weight, previous] = [total, j]
    }
    weights.push(weight)
    before.push(previous)
    if (best < 0 || weight > (weights[best] ?? 0)) best = i
  }
  const chain: HomeRun[] = []
  for (let i = best; i >= 0; i = before[i] ?? -1) {
    const run = runs[i]
    if (run !== undefined) chain.unshift(run)
  }
  return chain
}

/** What each run of a chain adds to those before it. */
function trimmed(chain: readonly HomeRun[]): Range[] {
  let end = 0
  return chain.map(run => {
    const from = Math.max(run.home, end)
    end = endOf(run)
    return { from, to: end }
  })
}

function repeatsInChain(chain: readonly HomeRun[], evidence: Evidence): readonly TreeFinding[] {
  let end = 0
  return chain.flatMap(run => {
    const count = Math.max(0, end - run.home)
    end = endOf(run)
    if (count === 0) return []
    return [verifyError('verify/duplicated', { index: run.home, count, place: run.place, evidence })]
  })
}

/** A leaf out of order is a second one where another stands at its home, or came before it. */
function displaced(run: HomeRun, covered: Range[], evidence: Evidence): readonly TreeFinding[] {
  const range = { from: run.home, to: endOf(run) }
  const fresh = without(range, covered)
  const repeated = without(range, fresh)
  covered.push(...fresh)
  const context = (part: Range): VerifyErrors['verify/reordered'] => ({
    index: part.from,
    count: part.to - part.from,
    place: placeIn(run, part.from),
    evidence,
  })
  return [
    ...fresh.map(part => verifyError('verify/reordered', context(part))),
    ...repeated.map(part => verifyError('verify/duplicated', context(part))),
  ]
}

/** The parts of a range that none of the others covers. */
function without(range: Range, others: readonly Range[]): readonly Range[] {
  let parts: readonly Range[] = [range]
  for (const { from, to } of others) {
    parts = parts
      .flatMap(part => [
        { from: part.from, to: Math.min(part.to, from) },
        { from: Math.max(part.from, to), to: part.to },
      ])
      .filter(part => part.from < part.to)
  }
  return parts
}

/** Leaves that are nowhere, beside those that belong nowhere: between two runs in order they stand for each other. */
function gaps(
  runs: readonly Run[],
  kept: ReadonlySet<Run>,
  covered: readonly Range[],
  size: number,
  evidence: Evidence,
): readonly TreeFinding[] {
  const findings: TreeFinding[] = []
  let next = 0
  let strangers: Run[] = []
  for (const run of runs) {
    if (run.home === null) strangers.push(run)
    if (run.home === null || !kept.has(run)) continue
    findings.push(...gap({ from: next, to: run.home }, strangers, covered, size, evidence))
    next = Math.max(next, endOf(run))
    strangers = []
  }
  const end = evidence === 'tree' ? size : next
  return [...findings, ...gap({ from: next, to: Math.max(next, end) }, strangers, covered, size, evidence)]
}

function gap(
  range: Range,
  strangers: readonly Run[],
  covered: readonly Range[],
  size: number,
  evidence: Evidence,
): readonly TreeFinding[] {
  const findings: TreeFinding[] = []
  const queue = strangers.map(run => ({ ...run }))
  for (const missing of without(range, covered)) {
    let { from } = missing
    for (const run of queue) {
      const count = Math.min(run.count, missing.to - from)
      if (count === 0) continue
      findings.push(verifyError('verify/edited', { index: from, count }))
      from += count
      run.count -= count
      run.place += count
    }
    const count = missing.to - from
    if (count === 0) continue
    const isEnd = missing.to === size && evidence === 'tree'
    findings.push(
      isEnd
        ? verifyError('verify/cut-off', { index: from, count })
        : verifyError('verify/deleted', { index: from, count, evidence }),
    )
  }
  const rest = queue.filter(run => run.count > 0)
  return [...findings, ...rest.map(({ place, count }) => verifyError('verify/inserted', { place, count }))]
}
