/** Difficulties by a linearly weighted moving average (LWMA): docs/spec/ledger-v2.md, "Retargeting". */
import type { PowRule } from '../genesis.js'

/** What retargeting looks at of one block. */
export interface WorkStep {
  readonly timestamp: bigint
  readonly difficulty: bigint
}

const maxDifficulty = 2n ** 128n - 1n
/** A time between two blocks counts for at most so many times the one aimed at, forwards and backwards. */
const longestSteps = 6n
/** The average moves at most so far in one window. */
const largestFactor = 10n
/** So many times between blocks must be known before anything is changed. */
const fewestTimes = 3

/**
 * The difficulty of the next block, from the newest blocks: the sum of difficulties over the time that they took, in
 * which the newest block weighs as many times the oldest as there are blocks. Times may run backwards, as the
 * timestamps of miners do; a time that is a lie is taken back by the next one that is none.
 * @param steps the newest last, without block 0, whose time nobody mined at; those beyond the window are not looked at
 */
export function nextDifficulty(rule: PowRule, steps: readonly WorkStep[]): bigint {
  const seen = steps.slice(-(rule.window + 1))
  const count = seen.length - 1
  if (count < Math.min(fewestTimes, rule.window)) return rule.firstDifficulty
  const aim = BigInt(rule.blockSeconds)
  let [weighted, difficulties] = [0n, 0n]
  for (let i = 1; i <= count; i++) {
    const [before, step] = [seen[i - 1], seen[i]]
    if (before === undefined || step === undefined) throw new Error('internal: a step is missing')
    weighted += BigInt(i) * clamp(step.timestamp - before.timestamp, -longestSteps * aim, longestSteps * aim)
    difficulties += step.difficulty
  }
  // Sum of the weights times the time aimed at: what `weighted` is when every block takes that.
  const expected = (aim * BigInt(count) * BigInt(count + 1)) / 2n
  const least = expected / largestFactor
  const next = (difficulties * expected) / (BigInt(count) * (weighted < least ? atLeastOne(least) : weighted))
  return clamp(next, 1n, maxDifficulty)
}

function clamp(value: bigint, low: bigint, high: bigint): bigint {
  return value < low ? low : value > high ? high : value
}

function atLeastOne(value: bigint): bigint {
  return value < 1n ? 1n : value
}
