/**
 * `npm run bench -- [GROUP …] [--gate] [--samples N]`: measures in Node 20 and 24, keeps results, writes report.md
 * and the README's table. With `--gate` it exits with 1 when a figure misses its must.
 */
import { parseArgs } from 'node:util'
import { groups } from './groups.js'
import { updateReadme } from './readme.js'
import { gateTable, groupText, reportText } from './report.js'
import { type GroupResult, keepReport, keepResult, readResults } from './results.js'
import { measureIn, runtimes } from './runtimes.js'
import { type Verdict, verdicts } from './verdicts.js'

interface Options {
  readonly names: readonly string[]
  readonly samples: number
  readonly gate: boolean
}

const fewestSamples = 7

function readArguments(): Options {
  const { values, positionals } = parseArgs({
    options: {
      samples: { type: 'string', default: `${fewestSamples}` },
      gate: { type: 'boolean', default: false },
    },
    allowPositionals: true,
  })
  const samples = Number(values.samples)
  if (!Number.isSafeInteger(samples) || samples < fewestSamples) {
    throw new RangeError(`--samples must be an integer, ${fewestSamples} or more`)
  }
  const unknown = positionals.find(name => !groups.has(name))
  if (unknown !== undefined) throw new RangeError(`no group ${unknown}: ${[...groups.keys()].join(', ')}`)
  return { names: positionals.length > 0 ? positionals : [...groups.keys()], samples, gate: values.gate }
}

async function run({ names, samples, gate }: Options): Promise<void> {
  const results: GroupResult[] = []
  for (const node of await runtimes()) {
    await measureIn(node, names, samples, result => {
      results.push(result)
      keepResult(result)
      process.stdout.write(`${groupText(result)}\n`)
    })
  }
  publish()
  if (gate) hold(results)
}

/** From everything that was ever kept, so that one group does not lose the others. */
function publish(): void {
  const kept = readResults()
  const judged = verdicts(kept)
  keepReport(reportText(kept, judged))
  if (!updateReadme(kept, judged)) process.stderr.write('README.md has no markers for the table.\n')
}

function hold(results: readonly GroupResult[]): void {
  const judged = verdicts(results)
  process.stdout.write(`${gateTable(judged)}\n`)
  const count = (wanted: Verdict['verdict']): number => judged.filter(one => one.verdict === wanted).length
  process.stdout.write(
    `\n${count('holds')} gates hold, ${count('missed')} missed, ${count('skipped')} skipped\n`,
  )
  if (count('missed') > 0) process.exitCode = 1
}

async function main(): Promise<void> {
  let options: Options
  try {
    options = readArguments()
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
    process.exitCode = 2
    return
  }
  await run(options)
}

await main()
