/**
 * `npm run bench -- timing [--samples N]`: whether the time of GF(256) arithmetic tells a secret of zeros from a random
 * one. Exits with 1 when it does, or when the subject that leaks on purpose is not found. Limits: bench/timing.md.
 */
import { parseArgs } from 'node:util'
import { systemRandom } from '@chartseal/core/system'
import { describeMachine } from '../machine.js'
import { type Subject, subjects } from './subjects.js'
import { largestT, median, type Samples, thresholdT } from './welch.js'

const fewest = 4_000
const warmUps = 2_000
const roundSize = 2_000
/** Secrets of a round, made before anything is timed. */
const poolSize = 512

/** Times of both classes, in rounds with other secrets in other places. */
function measure(subject: Subject, count: number, fixed: Uint8Array | null): Samples {
  measureRound(subject, warmUps, fixed)
  const rounds = Array.from({ length: Math.ceil(count / roundSize) }, () =>
    measureRound(subject, roundSize, fixed),
  )
  return { fixed: rounds.flatMap(round => round.fixed), random: rounds.flatMap(round => round.random) }
}

/**
 * Secrets of both classes lie in one pool alike, in an order that was drawn, so that they are as far away as each other:
 * a secret of zeros that was always at hand would be faster whatever is done to it.
 */
function measureRound({ run, secretBytes }: Subject, count: number, fixed: Uint8Array | null): Samples {
  const isFixed = Array.from(systemRandom.bytes(poolSize), byte => (byte & 1) === 0)
  const pool = isFixed.map(one => (one && fixed !== null ? fixed.slice() : systemRandom.bytes(secretBytes)))
  const secret = new Uint8Array(secretBytes)
  const places = new Uint16Array(systemRandom.bytes(2 * count).buffer).map(place => place % poolSize)
  const times = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    secret.set(pool[places[i] ?? 0] ?? secret)
    const start = process.hrtime.bigint()
    run(secret)
    times[i] = Number(process.hrtime.bigint() - start)
  }
  const of = (wanted: boolean): readonly number[] =>
    [...times].filter((_, i) => isFixed[places[i] ?? 0] === wanted)
  return { fixed: of(true), random: of(false) }
}

interface Row {
  readonly name: string
  readonly samples: Samples
  readonly mustDiffer: boolean
}

/** One line of the table; whether it is as it must be. */
function tell({ name, samples, mustDiffer }: Row): boolean {
  const t = largestT(samples)
  const differs = Math.abs(t) > thresholdT
  const cells = [
    name,
    median(samples.fixed),
    median(samples.random),
    t.toFixed(1),
    differs ? 'seen' : 'none seen',
  ]
  process.stdout.write(`| ${cells.join(' | ')} |${differs === mustDiffer ? '' : ' (!)'}\n`)
  return differs === mustDiffer
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { samples: { type: 'string', default: '100000' } } })
  const count = Number(values.samples)
  if (!Number.isSafeInteger(count) || count < fewest) {
    process.stderr.write(`--samples must be an integer, ${fewest} or more\n`)
    process.exitCode = 2
    return
  }
  const { node, cpu, load, date } = await describeMachine()
  process.stdout.write(
    `Node ${node}, ${cpu}, ${date}, others kept ${load.toFixed(1)} cores busy; ${count} times\n\n`,
  )
  process.stdout.write(
    '| subject | zeros, ns | random, ns | largest t | difference |\n|---|---:|---:|---:|---|\n',
  )
  const told = subjects().map(subject => {
    const zeros = new Uint8Array(subject.secretBytes)
    return tell({ name: subject.name, samples: measure(subject, count, zeros), mustDiffer: subject.leaks })
  })
  const quiet = subjects().find(subject => !subject.leaks)
  if (quiet !== undefined)
    told.push(
      tell({
        name: `${quiet.name}, random in both`,
        samples: measure(quiet, count, null),
        mustDiffer: false,
      }),
    )
  if (told.includes(false)) process.exitCode = 1
}

await main()
