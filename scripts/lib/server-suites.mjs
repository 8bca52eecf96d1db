/** Suites of the server that need another program, which was found or installed for them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { childEnv, run } from './process.mjs'
import { root } from './workspace.mjs'

/** Where there is no such program. */
const skipped = 77
export const server = join(root, 'apps/server')

/** Arguments go to Vitest, in place of the suites. @returns the exit code: 0 when all of them passed */
export function runServerSuites(name, suites, env, flags = []) {
  const results = `coverage/${name}.json`
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const args = ['run', '--root', '.', '--config', '../../vitest.config.ts', '--project', 'node', ...flags]
  const given = process.argv.slice(2)
  const code = run(process.execPath, [vitest, ...args, ...(given.length > 0 ? given : suites)], {
    cwd: server,
    env: childEnv({ ...env, CHARTSEAL_TEST_RESULTS: results }),
    stdio: ['ignore', 1, 1],
    shell: false,
  })
  return code === 0 ? countOf(name, results) : 1
}

/** A run that tested nothing has not passed. */
function countOf(name, results) {
  const { numPassedTests, numFailedTests, numTotalTests } = JSON.parse(
    readFileSync(join(server, results), 'utf8'),
  )
  const left = numTotalTests - numPassedTests - numFailedTests
  process.stdout.write(`${name}: ${numPassedTests} ok, ${numFailedTests} failed, ${left} skipped\n`)
  return numPassedTests > 0 && numPassedTests === numTotalTests ? 0 : 1
}

export function tellSkipped(name, reason) {
  process.stdout.write(`${name}: skipped: ${reason}\n`)
  process.exitCode = skipped
}
