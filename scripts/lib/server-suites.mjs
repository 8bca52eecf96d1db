/** Suites of apps/server beside a program that is no part of the workspace, such as a database. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { childEnv, run } from './process.mjs'
import { root } from './workspace.mjs'

/** The exit code of a check that has not found its program. */
export const skipped = 77

export const server = join(root, 'apps/server')

/**
 * Runs them to the end; the exit code, 0 only where every test ran and passed.
 * @param name of the check, and of the file with its results
 * @param suites unless the check was given arguments, which go to Vitest
 * @param env by which tests find the program
 * @param more for Vitest
 */
export function runServerSuites(name, suites, env, more = []) {
  const results = `coverage/${name}.json`
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const args = ['run', '--root', '.', '--config', '../../vitest.config.ts', '--project', 'node', ...more]
  const given = process.argv.slice(2)
  const code = run(process.execPath, [vitest, ...args, ...(given.length > 0 ? given : suites)], {
    cwd: server,
    env: childEnv({ ...env, CHARTSEAL_TEST_RESULTS: results }),
    stdio: ['ignore', 1, 1],
    shell: false,
  })
  return code === 0 ? countOf(name, join(server, results)) : 1
}

/** A run that tested nothing has not passed. */
function countOf(name, results) {
  const {
    numPassedTests: ok,
    numFailedTests: failed,
    numTotalTests: all,
  } = JSON.parse(readFileSync(results, 'utf8'))
  process.stdout.write(`${name}: ${ok} ok, ${failed} failed, ${all - ok - failed} skipped\n`)
  return ok > 0 && ok === all ? 0 : 1
}
