/** All suites through turbo, which replays what did not change. */

import { availableParallelism } from 'node:os'
import { childEnv, runPnpm, timeLeftMs } from './process.mjs'
import { forgetResults, summary, testResults, totals } from './results.mjs'
import { statStamp } from './stamp.mjs'
import { filesBelow, sharedFolder } from './workspace.mjs'

/** The folder of vectors that are read and never committed is an input of the tests, so of turbo's hash. */
function sharedEnv() {
  const folders = ['vectors', 'data'].map(sharedFolder).filter(folder => folder !== null)
  return { CHARTSEAL_SHARED_STAMP: statStamp(folders.flatMap(folder => filesBelow(folder))) }
}

// What the rest of the gate needs stays; 20 s let an outer run count what this one leaves.
function limitMs() {
  const left = timeLeftMs()
  return left === undefined ? undefined : Math.max(1, Math.min(8 * 60_000, left - 20_000))
}

/** Runs every suite and prints the summary; the exit code. Further arguments go to turbo. */
export function runTests(args = []) {
  forgetResults()
  const turbo = [
    'exec',
    'turbo',
    'run',
    'test',
    '--continue',
    '--log-order=grouped',
    '--output-logs=new-only',
  ]
  const code = runPnpm([...turbo, `--concurrency=${availableParallelism()}`, ...args], {
    env: childEnv(sharedEnv()),
    stdio: ['ignore', 1, 2],
    timeout: limitMs(),
  })
  const rows = testResults()
  process.stdout.write(summary(rows))
  if (code !== 0 && totals(rows).failed === 0) {
    process.stdout.write('A suite failed without a failed test: see above, mostly for its branch coverage.\n')
  }
  return code === 0 && totals(rows).failed > 0 && args.length === 0 ? 1 : code
}
