/** First every contender must give the same answer; then samples are taken in turn, so that drift hits all alike. */
import { equal } from '@chartseal/core/bytes'

/** What some work took. */
export interface Cost {
  readonly cpuSeconds: number
  readonly wallSeconds: number
}

/** One way to do the work. */
export interface Contender {
  readonly name: string
  /** The answer to a small task that every contender of the case is given. */
  answer(): Uint8Array | Promise<Uint8Array>
  /** Does `amount` units of work. */
  work(amount: number): Promise<Cost>
  /** Ends what it started. */
  close?(): void
}

/** A contender that this machine cannot run. */
export interface Skipped {
  readonly name: string
  readonly skipped: string
}

export interface Case {
  readonly id: string
  readonly title: string
  /** `ms` is time for one unit of work; all others are work done in a second. */
  readonly unit:
    | 'MH/s'
    | 'MB/s'
    | 'splits/s'
    | 'appends/s'
    | 'entries/s'
    | 'grants/s'
    | 'commits/s'
    | 'messages/s'
    | 'handshakes/s'
    | 'records/s'
    | 'ms'
  /** How much of `unit` one unit of work is. */
  readonly perUnit: number
  readonly contenders: readonly (Contender | Skipped)[]
  /** Where the usual time is too short for the code to become warm. */
  readonly warmUpMs?: number
  /** Where a sample of the usual length is over before it has begun. */
  readonly sampleMs?: number
}

export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

export interface Row {
  readonly name: string
  /** By CPU time of the whole process: threads of the engine and its compilers included. */
  readonly cpu: Spread
  readonly wall: Spread
}

export interface CaseResult {
  readonly id: string
  readonly title: string
  readonly unit: string
  readonly samples: number
  readonly rows: readonly Row[]
  readonly skipped: readonly Skipped[]
}

const defaultSampleMs = 60
const defaultWarmUpMs = 250

/** A contender that works in this process. */
export function inProcess(
  name: string,
  answer: () => Uint8Array | Promise<Uint8Array>,
  run: (amount: number) => unknown,
): Contender {
  return { name, answer, work: amount => costOf(() => run(amount)) }
}

/** CPU time of this process, all threads. A page cannot know it: there it is the clock's. */
function cpuSeconds(): number {
  if (typeof process === 'undefined') return performance.now() / 1e3
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

/** What it takes to run `run`. */
export async function costOf(run: () => unknown): Promise<Cost> {
  const cpuStart = cpuSeconds()
  const start = performance.now()
  await run()
  const wallSeconds = (performance.now() - start) / 1e3
  return { cpuSeconds: cpuSeconds() - cpuStart, wallSeconds }
}

export interface MeasureOptions {
  readonly samples: number
  /** The default is the case's own, or a quarter of a second. */
  readonly warmUpMs?: number
  /** Before each sample, and not timed. */
  readonly settle?: () => Promise<void>
}

/** @throws Error when two contenders disagree: nothing is timed then */
export async function measure(task: Case, options: MeasureOptions): Promise<CaseResult> {
  const { id, title, unit } = task
  const { samples, warmUpMs = task.warmUpMs ?? defaultWarmUpMs, settle } = options
  const contenders = runnable(task)
  try {
    await requireOneAnswer(task)
    const amounts: number[] = []
    for (const contender of contenders)
      amounts.push(await warmUp(contender, warmUpMs, task.sampleMs ?? defaultSampleMs))
    const costs = await takeInTurn(contenders, amounts, samples, settle)
    const rows = contenders.map(({ name }, i) => row(name, task, amounts[i] ?? 1, costs[i] ?? []))
    const skipped = task.contenders.filter((one): one is Skipped => 'skipped' in one)
    return { id, title, unit, samples, rows, skipped }
  } finally {
    for (const contender of contenders) contender.close?.()
  }
}

const runnable = (task: Case): readonly Contender[] =>
  task.contenders.filter((one): one is Contender => !('skipped' in one))

/** @throws Error when two contenders disagree */
export async function requireOneAnswer(task: Case): Promise<void> {
  let first: Uint8Array | undefined
  for (const contender of runnable(task)) {
    const answer = await contender.answer()
    first ??= answer.slice()
    if (!equal(answer, first)) throw new Error(`${task.title}: ${contender.name} gives another answer`)
  }
}

/** Runs until the code is warm, and answers how much work fills one sample. */
async function warmUp(contender: Contender, warmUpMs: number, sampleMs: number): Promise<number> {
  const end = performance.now() + warmUpMs
  let amount = 1
  for (;;) {
    const { wallSeconds, cpuSeconds } = await contender.work(amount)
    const ms = Math.max(cpuSeconds, 1e-6) * 1e3
    if (performance.now() > end) return Math.max(1, Math.round((amount * sampleMs) / ms))
    if (wallSeconds * 1e3 < sampleMs / 2) amount *= 2
  }
}

/**
 * A forced collection takes what the engine has learnt about types, too: the first thousand joins behind one took 40 µs each,
 * all others 16 to 18. What is measured is code that runs, so a part of each sample goes before it.
 */
const warmedShare = 0.2
const leastWarmed = 100

async function takeInTurn(
  contenders: readonly Contender[],
  amounts: readonly number[],
  samples: number,
  settle: MeasureOptions['settle'],
): Promise<readonly (readonly Cost[])[]> {
  const costs: Cost[][] = contenders.map(() => [])
  for (let round = 0; round < samples; round++) {
    for (const [i, contender] of contenders.entries()) {
      const amount = amounts[i] ?? 1
      await settle?.()
      if (settle !== undefined && amount >= leastWarmed) await contender.work(Math.ceil(amount * warmedShare))
      costs[i]?.push(await contender.work(amount))
    }
  }
  return costs
}

function row(name: string, { unit, perUnit }: Case, amount: number, costs: readonly Cost[]): Row {
  const figure = (seconds: number): number =>
    unit === 'ms' ? (seconds * 1e3) / amount : (amount * perUnit) / seconds
  return {
    name,
    cpu: spread(costs.map(cost => figure(cost.cpuSeconds))),
    wall: spread(costs.map(cost => figure(cost.wallSeconds))),
  }
}

function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (index: number): number => sorted[index] ?? Number.NaN
  const middle = sorted.length >> 1
  const median = sorted.length % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2
  return { median, min: at(0), max: at(sorted.length - 1) }
}
