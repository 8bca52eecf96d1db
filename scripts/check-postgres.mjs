/**
 * The suites of the server's storage on a real PostgreSQL, which it starts and ends. Installs Debian's where CI has
 * none. Exit 1 on a failed test, 77 without PostgreSQL. Arguments go to Vitest.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { providePostgres, startPostgres } from './lib/postgres.mjs'
import { childEnv, run } from './lib/process.mjs'
import { root } from './lib/workspace.mjs'

const skipped = 77
const server = join(root, 'apps/server')
const results = 'coverage/postgres.json'

/** Those that make their stores with test/store-world.ts. */
function suites() {
  const folder = join(server, 'test')
  const tests = readdirSync(folder).filter(name => name.endsWith('.test.ts'))
  return tests
    .filter(name => readFileSync(join(folder, name), 'utf8').includes("from './store-world.js'"))
    .map(name => `test/${name}`)
}

function runSuites(url) {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const args = ['run', '--root', '.', '--config', '../../vitest.config.ts', '--project', 'node']
  args.push(`--maxWorkers=${availableParallelism()}`)
  const given = process.argv.slice(2)
  return run(process.execPath, [vitest, ...args, ...(given.length > 0 ? given : suites())], {
    cwd: server,
    env: childEnv({ TEST_DATABASE_URL: url, CHARTSEAL_TEST_RESULTS: results }),
    stdio: ['ignore', 1, 1],
    shell: false,
  })
}

/** A run that tested nothing has not passed. */
function countOf() {
  const { numPassedTests, numFailedTests, numTotalTests } = JSON.parse(
    readFileSync(join(server, results), 'utf8'),
  )
  process.stdout.write(
    `postgres: ${numPassedTests} ok, ${numFailedTests} failed, ${numTotalTests - numPassedTests - numFailedTests} skipped\n`,
  )
  return numPassedTests > 0 && numPassedTests === numTotalTests ? 0 : 1
}

const { found: bin, reason } = providePostgres()
if (bin === null) {
  process.stdout.write(`postgres: skipped: ${reason}\n`)
  process.exitCode = skipped
} else {
  const postgres = await startPostgres(bin)
  try {
    process.exitCode = runSuites(postgres.url) === 0 ? countOf() : 1
  } finally {
    await postgres.stop()
  }
}
