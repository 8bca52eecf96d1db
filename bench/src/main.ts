/** `npm run bench -- [mining|sha256|gf256|loading …] [--samples N]`: measures, keeps results, writes report.md. */
import { parseArgs } from 'node:util'
import { field } from './cases/gf256.js'
import { loading } from './cases/loading.js'
import { mining } from './cases/mining.js'
import { hashing } from './cases/sha256.js'
import { describeMachine } from './machine.js'
import { type Case, measure } from './measure.js'
import { groupText, reportText } from './report.js'
import { keepReport, keepResult, readResults } from './results.js'

const groups: ReadonlyMap<string, readonly Case[]> = new Map([
  ['mining', mining],
  ['sha256', hashing],
  ['gf256', field],
  ['loading', loading],
])

const fewestSamples = 7

function readArguments(): { names: readonly string[]; samples: number } {
  const { values, positionals } = parseArgs({
    options: { samples: { type: 'string', default: `${fewestSamples}` } },
    allowPositionals: true,
  })
  const samples = Number(values.samples)
  if (!Number.isSafeInteger(samples) || samples < fewestSamples) {
    throw new RangeError(`--samples must be an integer, ${fewestSamples} or more`)
  }
  const unknown = positionals.find(name => !groups.has(name))
  if (unknown !== undefined) throw new RangeError(`no group ${unknown}: ${[...groups.keys()].join(', ')}`)
  return { names: positionals.length > 0 ? positionals : [...groups.keys()], samples }
}

function run(names: readonly string[], samples: number): void {
  for (const group of names) {
    const machine = describeMachine()
    const cases = (groups.get(group) ?? []).map(task => measure(task, samples))
    const result = { group, machine, cases }
    keepResult(result)
    process.stdout.write(`${groupText(result)}\n`)
  }
  keepReport(reportText(readResults()))
}

function main(): void {
  let chosen: ReturnType<typeof readArguments>
  try {
    chosen = readArguments()
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
    process.exitCode = 2
    return
  }
  run(chosen.names, chosen.samples)
}

main()
