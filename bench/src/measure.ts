/** First every contender must give the same answer; then samples are taken in turn, so that drift hits all alike. */

/** One way to do the work. */
export interface Contender {
  readonly name: string
  /** The answer to a small task that every contender of the case is given. */
  answer(): Uint8Array
  /** Does `amount` units of work. */
  run(amount: number): void
}

export interface Case {
  readonly title: string
  /** `MH/s` is millions of hashes, `MB/s` millions of bytes, `loads/s` engines made. */
  readonly unit: 'MH/s' | 'MB/s' | 'loads/s'
  /** How much of that one unit of work is. */
  readonly perUnit: number
  readonly contenders: readonly Contender[]
}

/** Rates in the unit of the case. */
export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

export interface Row {
  readonly name: string
  /** Work per second of CPU time of the whole process: threads of the engine and its compilers included. */
  readonly cpu: Spread
  readonly wall: Spread
}

export interface CaseResult {
  readonly title: string
  readonly unit: string
  readonly samples: number
  readonly rows: readonly Row[]
}

interface Sample {
  readonly cpu: number
  readonly wall: number
}

const sampleMs = 100
const warmUpMs = 300

/** @throws Error when two contenders disagree: nothing is timed then */
export function measure(task: Case, samples: number): CaseResult {
  requireOneAnswer(task)
  const amounts = task.contenders.map(warmUp)
  const taken: Sample[][] = task.contenders.map(() => [])
  for (let round = 0; round < samples; round++) {
    task.contenders.forEach((contender, i) => {
      taken[i]?.push(timed(contender, amounts[i] ?? 1, task.perUnit))
    })
  }
  const rows = task.contenders.map(({ name }, i) => ({
    name,
    cpu: spread(taken[i]?.map(sample => sample.cpu) ?? []),
    wall: spread(taken[i]?.map(sample => sample.wall) ?? []),
  }))
  return { title: task.title, unit: task.unit, samples, rows }
}

function requireOneAnswer({ title, contenders }: Case): void {
  const answers = contenders.map(contender => Buffer.from(contender.answer()).toString('hex'))
  answers.forEach((answer, i) => {
    if (answer !== answers[0]) throw new Error(`${title}: ${contenders[i]?.name} gives another answer`)
  })
}

/** Runs until the code is warm, and answers how much work fills one sample. */
function warmUp(contender: Contender): number {
  const end = performance.now() + warmUpMs
  let amount = 1
  for (;;) {
    const start = performance.now()
    contender.run(amount)
    const now = performance.now()
    if (now > end) return Math.max(1, Math.round((amount * sampleMs) / Math.max(now - start, 0.001)))
    if (now - start < sampleMs / 4) amount *= 2
  }
}

function timed(contender: Contender, amount: number, perUnit: number): Sample {
  const cpuStart = process.cpuUsage()
  const start = performance.now()
  contender.run(amount)
  const wallMs = performance.now() - start
  const { user, system } = process.cpuUsage(cpuStart)
  const done = amount * perUnit
  return { cpu: done / ((user + system) / 1e6), wall: done / (wallMs / 1e3) }
}

function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (index: number): number => sorted[index] ?? Number.NaN
  const middle = sorted.length >> 1
  const median = sorted.length % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2
  return { median, min: at(0), max: at(sorted.length - 1) }
}
