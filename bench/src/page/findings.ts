/** What the page of bench/browser answers, judged: everything that does not hold, and what it complained of. */
import type { CaseResult } from '../measure.js'

/** How one group of checks went. */
export interface CheckResult {
  readonly name: string
  readonly passed: number
  readonly failures: readonly string[]
  /** What was seen, and by name what was skipped. */
  readonly notes: readonly string[]
  readonly seconds: number
}

/** What the page keeps in its element `#result`. */
export interface PageResult {
  readonly situation: string
  readonly checks: readonly CheckResult[]
  readonly figures: readonly CaseResult[]
  /** Why the page could not go on. */
  readonly broken: string | null
}

/** A page as its driver saw it. */
export interface SeenPage {
  readonly result: PageResult
  /** Errors of the console and of scripts, and requests that failed or went elsewhere. */
  readonly complaints: readonly string[]
  /** How many were drawn. */
  readonly bars: number
}

// The page asks for workers that its policy forbids, to see that the miner says so.
const refusedWorker = /^Creating a worker from .* violates .*"worker-src 'none'"/

/** `vectors` is what the page must say of the vector files, wherever it runs them. */
export function findingsOf(situation: string, seen: SeenPage, vectors: string): readonly string[] {
  const { checks, figures, broken } = seen.result
  const rows = figures.flatMap(one => one.rows).length
  const isExpected = (text: string): boolean => situation === 'no-workers' && refusedWorker.test(text)
  return [
    ...(broken === null ? [] : [`the page stopped: ${broken}`]),
    ...(checks.length > 0 ? [] : ['no check ran']),
    ...checks.flatMap(check => checkFindings(check, vectors)),
    ...(situation !== 'isolated' || rows > 0 ? [] : ['no figure was drawn']),
    ...(seen.bars === rows ? [] : [`${seen.bars} bars for ${rows} rows`]),
    ...seen.complaints.filter(text => !isExpected(text)),
  ].map(text => `${situation}: ${text}`)
}

function checkFindings({ name, passed, failures, notes }: CheckResult, vectors: string): readonly string[] {
  return [
    ...failures.map(text => `${name}: ${text}`),
    ...(passed > 0 ? [] : [`${name}: nothing was checked`]),
    ...(name !== 'vectors' || notes.includes(vectors) ? [] : [`vectors: not all of ${vectors}`]),
  ]
}

/** One line for each group. */
export const linesOf = ({ situation, checks, figures }: PageResult): readonly string[] => [
  ...checks.map(({ name, passed, failures, notes }) =>
    [`${situation}: ${name}: ${passed} hold, ${failures.length} do not`, ...notes].join('; '),
  ),
  ...(figures.length > 0 ? [`${situation}: figures: ${figures.length} tables drawn`] : []),
]
