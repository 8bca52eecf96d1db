/** Shares and secrets over GF(2^8) block by block: what is the same in both engines. */
import { requireCombination, requireSharing } from './checks.js'
import { type Plan, planCombination, planSharing, type Sharing } from './gf256-plan.js'
import type { Engine, GfCoefficients } from './types.js'

/** The rows of a plan, and what carries a plan out. */
export interface RowMachine {
  /** All zeros between two calls. */
  readonly rows: Uint8Array<ArrayBuffer>
  /** Carries a plan out on the first `length` bytes of each row; all bytes up to the end of a strip may change. */
  run(plan: Plan, length: number): void
}

export type GfBulk = Pick<Engine, 'gfSplit' | 'gfRefresh' | 'gfCombine'>

/** Arrays of one length, in rows one behind the other. */
interface Rows {
  readonly first: number
  readonly arrays: readonly Uint8Array[]
}

interface Job {
  readonly plan: Plan
  readonly inputs: readonly Rows[]
  readonly outputs: Rows
  /** Fills the rows from 1 on; there are none where the coefficients are inputs. */
  readonly fill: (bytes: Uint8Array<ArrayBuffer>) => void
  readonly numFilled: number
}

const unused = (): void => {}

/** @param makeMachine is called at the first use, which a program may never come to */
export function makeGfBulk(makeMachine: () => RowMachine): GfBulk {
  let machine: RowMachine | undefined
  let busy = false
  const work = (job: Job): void => {
    if (busy) throw new Error('the engine is at work: what fills coefficients must not use it')
    machine ??= makeMachine()
    busy = true
    try {
      inBlocks(machine, job)
    } finally {
      machine.rows.fill(0, 0, usedBytes(job))
      busy = false
    }
  }
  const planOf = rememberingLast()
  return {
    gfSplit: (secret, coefficients, xs, outputs) => {
      requireSharing(coefficients, xs, outputs, secret)
      work(sharingJob(planOf, 'secret', coefficients, xs, outputs, [{ first: 0, arrays: [secret] }]))
    },
    gfRefresh: (coefficients, xs, shares) => {
      requireSharing(coefficients, xs, shares)
      const own = { first: 1 + countOf(coefficients), arrays: shares }
      work(sharingJob(planOf, 'share', coefficients, xs, shares, [own]))
    },
    gfCombine: (ys, weights, output) => {
      requireCombination(ys, weights, output)
      const inputs = [{ first: 0, arrays: ys }]
      const outputs = { first: ys.length, arrays: [output] }
      const plan = planCombination(weights, output.length)
      work({ plan, inputs, outputs, fill: unused, numFilled: 0 })
    },
  }
}

function sharingJob(
  planOf: (sharing: Sharing) => Plan,
  from: Sharing['from'],
  coefficients: GfCoefficients,
  xs: readonly number[],
  shares: readonly Uint8Array[],
  starts: readonly Rows[],
): Job {
  const numCoefficients = countOf(coefficients)
  const plan = planOf({ numCoefficients, xs, from, sizeBytes: shares[0]?.length ?? 0 })
  const outputs = { first: 1 + numCoefficients, arrays: shares }
  if ('count' in coefficients) {
    const { fill } = coefficients
    return { plan, inputs: starts, outputs, fill, numFilled: numCoefficients }
  }
  const inputs = [...starts, { first: 1, arrays: coefficients }]
  return { plan, inputs, outputs, fill: unused, numFilled: 0 }
}

const countOf = (coefficients: GfCoefficients): number =>
  'count' in coefficients ? coefficients.count : coefficients.length

/** Plans of one shape follow each other: the keys of a store, the pieces of a stream. */
function rememberingLast(): (sharing: Sharing) => Plan {
  let last: { readonly sharing: Sharing; readonly plan: Plan } | undefined
  return sharing => {
    if (last === undefined || !isSame(last.sharing, sharing)) {
      last = { sharing: { ...sharing, xs: [...sharing.xs] }, plan: planSharing(sharing) }
    }
    return last.plan
  }
}

const isSame = (a: Sharing, b: Sharing): boolean =>
  a.numCoefficients === b.numCoefficients &&
  a.from === b.from &&
  a.sizeBytes === b.sizeBytes &&
  a.xs.length === b.xs.length &&
  a.xs.every((x, i) => x === b.xs[i])

const sizeOf = ({ outputs }: Job): number => outputs.arrays[0]?.length ?? 0

const usedBytes = (job: Job): number =>
  (job.plan.numRows - 1) * job.plan.blockBytes + Math.min(sizeOf(job), job.plan.blockBytes)

/** Randomness first: what fills may fail, and nothing secret is in the rows yet. */
function inBlocks(machine: RowMachine, job: Job): void {
  const { plan, inputs, outputs } = job
  const size = sizeOf(job)
  for (let start = 0; start < size; start += plan.blockBytes) {
    const length = Math.min(plan.blockBytes, size - start)
    fillRows(machine.rows, job, length)
    for (const { first, arrays } of inputs) {
      for (let i = 0, at = first * plan.blockBytes; i < arrays.length; i++, at += plan.blockBytes) {
        machine.rows.set(part(arrays[i] ?? noBytes, start, length), at)
      }
    }
    machine.run(plan, length)
    for (
      let i = 0, at = outputs.first * plan.blockBytes;
      i < outputs.arrays.length;
      i++, at += plan.blockBytes
    ) {
      outputs.arrays[i]?.set(machine.rows.subarray(at, at + length), start)
    }
  }
}

const noBytes = new Uint8Array(0)

const part = (whole: Uint8Array, start: number, length: number): Uint8Array =>
  length === whole.length ? whole : whole.subarray(start, start + length)

/** WebCrypto gives so much in one call. */
const maxFillBytes = 65_536

/** Whole rows lie without gaps and are filled together: the order of the bytes is the same as row by row. */
function fillRows(rows: Uint8Array<ArrayBuffer>, { plan, fill, numFilled }: Job, length: number): void {
  const { blockBytes } = plan
  const together = length === blockBytes ? Math.floor(maxFillBytes / blockBytes) : 1
  for (let row = 1; row <= numFilled; row += together) {
    const last = Math.min(row + together, numFilled + 1) - 1
    fill(rows.subarray(row * blockBytes, last * blockBytes + length))
  }
}
