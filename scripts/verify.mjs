/**
 * The gate: every check, in order, going on after a failure. `--ci` adds the checks on Node 24 and fails on a
 * skipped test. The last line counts tests and gate steps that really ran.
 */

import { run } from './lib/process.mjs'
import { testResults, totals } from './lib/results.mjs'
import { runTests } from './lib/test.mjs'

const inCi = process.argv.includes('--ci')
const count = { passed: 0, failed: 0, skipped: 0 }

const add = part => {
  for (const key of Object.keys(count)) count[key] += part[key]
}

function step(name, work) {
  process.stdout.write(`\n== ${name}\n`)
  const passed = work() === 0
  process.stdout.write(`== ${name}: ${passed ? 'ok' : 'FAILED'}\n`)
  add({ passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 })
}

const { CHARTSEAL_TEST_EXIT: earlier } = process.env
step('tests', () => (earlier === undefined ? runTests() : Number(earlier)))
add(totals(testResults()))
step('format and lint', () =>
  run('node_modules/.bin/biome', ['ci', '--colors=off', '--error-on-warnings', '.'], {
    stdio: ['ignore', 1, 1],
  }),
)

process.stdout.write(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`)
process.exitCode = count.failed > 0 || (inCi && count.skipped > 0) ? 1 : 0
