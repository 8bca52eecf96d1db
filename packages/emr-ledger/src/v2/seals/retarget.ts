/** Difficulties by a linearly weighted moving average (LWMA): docs/spec/ledger-v2.md, "Retargeting". */
import type { PowRule } from '../genesis.js'

/** What retargeting looks at of one block. */
export interface WorkStep {
  /** Seconds. */
  readonly timestamp: bigint
  readonly difficulty: bigint
}

const maxDifficulty = 2n ** 128n - 1n
/** The time that is believed goes on by at most so many times the one aimed at with each block, and never back. */
const longestSteps = 6n
/** The average moves at most so far in one window. */
const largestFactor = 10n

/**
 * The difficulty of the next block, from the newest blocks: the sum of their difficulties over the time that they took,
 * in which the newest weighs as many times the oldest as the window has blocks. Where the chain is shorter than the
 * window, the blocks that are missing are taken to have had the first difficulty and the time aimed at. A timestamp that
 * is too early counts as nothing and one that is too late as little, and the next honest one makes up for it.
 * @param steps the newest last, without block 0, at whose time nobody mined; those beyond the window are not looked at
 */
export function nextDifficulty(rule: PowRule, steps: readonly WorkStep[]): bigint {
  const [first, ...seen] = steps.slice(-(rule.window + 1))
  if (first === undefined) return rule.firstDifficulty
  const [aim, count] = [BigInt(rule.blockSeconds), BigInt(rule.window)]
  let [believed, weight] = [first.timestamp, count - BigInt(seen.length)]
  let [weighted, difficulties] = [(aim * weight * (weight + 1n)) / 2n, weight * rule.firstDifficulty]
  for (const { timestamp, difficulty } of seen) {
    const before = believed
    believed = clamp(timestamp, before, before + longestSteps * aim)
    weight += 1n
    weighted += weight * (believed - before)
    difficulties += difficulty
  }
  // What `weighted` is when every block takes the time aimed at.
  const expected = (aim * count * (count + 1n)) / 2n
  const next = (difficulties * expected) / (count * atLeast(weighted, expected / largestFactor))
  return clamp(next, 1n, maxDifficulty)
}

function clamp(value: bigint, low: bigint, high: bigint): bigint {
  if (value < low) return low
  return value > high ? high : value
}

/** And never zero, by which nothing can be divided. */
function atLeast(value: bigint, least: bigint): bigint {
  const floor = least < 1n ? 1n : least
  return value < floor ? floor : value
}
