/**
 * A clinic's server and relays over a real NATS server, which is killed and started again while a doctor speaks. Installs
 * Debian's where CI has none. Exit 1 on a failed test, 77 without NATS. Arguments go to Vitest.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { provideNats } from './lib/nats.mjs'
import { childEnv, run } from './lib/process.mjs'
import { root } from './lib/workspace.mjs'

const skipped = 77
const server = join(root, 'apps/server')
const results = 'coverage/nats.json'
/** They ask test/relay-process.ts for a NATS server. */
const suites = ['test/relays-over-nats.test.ts', 'test/nats-bus.test.ts']

function runSuites(program) {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const args = ['run', '--root', '.', '--config', '../../vitest.config.ts', '--project', 'node']
  const given = process.argv.slice(2)
  return run(process.execPath, [vitest, ...args, ...(given.length > 0 ? given : suites)], {
    cwd: server,
    env: childEnv({ TEST_NATS_SERVER: program, CHARTSEAL_TEST_RESULTS: results }),
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
    `nats: ${numPassedTests} ok, ${numFailedTests} failed, ${numTotalTests - numPassedTests - numFailedTests} skipped\n`,
  )
  return numPassedTests > 0 && numPassedTests === numTotalTests ? 0 : 1
}

const { found: folder, reason } = provideNats()
if (folder === null) {
  process.stdout.write(`nats: skipped: ${reason}\n`)
  process.exitCode = skipped
} else process.exitCode = runSuites(join(folder, 'nats-server')) === 0 ? countOf() : 1
