/** Mining against a clock that is made up: what the retargeting makes of hash rates that jump and of clocks that lie. */
import { nextDifficulty } from '../../packages/emr-ledger/dist/index.js'

export const rule = { kind: 'pow', firstDifficulty: 60_000n, blockSeconds: 60, window: 60 }
/** Hashes a second at which the first difficulty is right. */
export const baseRate = Number(rule.firstDifficulty) / rule.blockSeconds
const aheadSeconds = Math.min(7_200, 12 * rule.blockSeconds)
const medianBlocks = 11

/** Uniform from 0 to 1, by a seed (xorshift32). */
export function dice(seed) {
  let state = seed >>> 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

/** A miner stamps what it likes, as far as nodes take it: above the median, at most twelve block times ahead. */
function stamped(wish, now, times) {
  return Math.min(Math.max(Math.floor(wish), medianOf(times) + 1), Math.floor(now) + aheadSeconds)
}

function medianOf(times) {
  const last = times.slice(-medianBlocks).toSorted((a, b) => a - b)
  return last[Math.floor(last.length / 2)] ?? 0
}

/**
 * @param scenario `rate({height, difficulty})` in multiples of the base rate; `stamp({now, isLiar, last})` in seconds;
 * `liars`: share of the hash rate
 */
export function simulate({ blocks, seed, rate, stamp = ({ now }) => now, liars = 0 }) {
  const random = dice(seed)
  const steps = []
  const times = []
  const seen = []
  let now = 1_000_000
  for (let height = 0; height < blocks; height++) {
    const difficulty = nextDifficulty(rule, steps)
    const power = rate({ height, difficulty: Number(difficulty) / Number(rule.firstDifficulty) })
    const seconds = (-Math.log(1 - random()) * Number(difficulty)) / (power * baseRate)
    now += seconds
    const isLiar = random() < liars
    times.push(stamped(stamp({ now, isLiar }), now, times))
    steps.push({ timestamp: BigInt(times.at(-1)), difficulty })
    seen.push({ height, now, seconds, power, difficulty: Number(difficulty) / Number(rule.firstDifficulty) })
  }
  return seen
}

/** From one block to the next, as a visitor of difficulty does: comes when it is cheap, leaves when it is not. */
function hopper(times) {
  let isHere = false
  return ({ difficulty }) => {
    if (difficulty < 1.2) isHere = true
    if (difficulty > 2) isHere = false
    return isHere ? times : 1
  }
}

export const scenarios = [
  {
    name: 'The hash rate is ten times as high from block 200 to block 600',
    rate: ({ height }) => (height >= 200 && height < 600 ? 10 : 1),
  },
  {
    name: 'A miner with nine times the others comes when it is cheap and leaves when it is not',
    rate: hopper(10),
  },
  {
    name: 'A third of the hash rate stamps every block as late as it may',
    rate: () => 1,
    liars: 1 / 3,
    stamp: ({ now, isLiar }) => (isLiar ? now + aheadSeconds : now),
  },
  {
    name: 'A third of the hash rate stamps every block as early as it may',
    rate: () => 1,
    liars: 1 / 3,
    stamp: ({ now, isLiar }) => (isLiar ? 0 : now),
  },
  {
    name: 'Three fifths of the hash rate stamp every block as early as they may',
    rate: () => 1,
    liars: 3 / 5,
    stamp: ({ now, isLiar }) => (isLiar ? 0 : now),
  },
]

const mean = values => values.reduce((sum, value) => sum + value, 0) / values.length

/** Averages over so many blocks, that a line can be read. */
export function smooth(seen, width = 20) {
  return seen.map((one, i) => {
    const near = seen.slice(Math.max(0, i - width + 1), i + 1)
    return {
      height: one.height,
      blockTime: mean(near.map(({ seconds }) => seconds)) / rule.blockSeconds,
      ...pick(one),
    }
  })
}

const pick = ({ difficulty, power }) => ({ difficulty, power })

/** What a table says of a run. */
export function summary(seen) {
  const later = seen.slice(rule.window)
  const difficulties = later.map(({ difficulty, power }) => difficulty / power)
  return {
    'mean time between blocks, of that aimed at':
      mean(later.map(({ seconds }) => seconds)) / rule.blockSeconds,
    'longest, of that aimed at': Math.max(...later.map(({ seconds }) => seconds)) / rule.blockSeconds,
    'lowest difficulty, of the right one': Math.min(...difficulties),
    'highest difficulty, of the right one': Math.max(...difficulties),
  }
}
