/** All suites through turbo, which replays what did not change. */

import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { childEnv, runPnpm } from './process.mjs'
import { forgetResults, summary, testResults, totals } from './results.mjs'
import { statStamp } from './stamp.mjs'
import { filesBelow, root } from './workspace.mjs'

/** The folder of vectors that are read and never committed is an input of the tests, so of turbo's hash. */
function sharedEnv() {
  const folder = resolve(root, process.env.CHARTSEAL_SHARED ?? '../shared')
  const stamp = existsSync(folder)
    ? statStamp([...filesBelow(`${folder}/vectors`), ...filesBelow(`${folder}/data`)])
    : 'absent'
  return { CHARTSEAL_SHARED_STAMP: stamp }
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
  })
  const rows = testResults()
  process.stdout.write(summary(rows))
  return code === 0 && totals(rows).failed > 0 && args.length === 0 ? 1 : code
}
