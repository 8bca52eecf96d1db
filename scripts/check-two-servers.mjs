/**
 * Two servers of one clinic on a real PostgreSQL and NATS, under everything that people do: for the first half of the time
 * each server, PostgreSQL and NATS are killed in turns, for the second half the server that answers is looked at. Two
 * minutes; half an hour with SLOW=1. Exit 1 on a finding, 77 without one of the programs.
 */
import { join } from 'node:path'
import { provideNats } from './lib/nats.mjs'
import { keepPostgres, providePostgres } from './lib/postgres.mjs'
import { childEnv, runHeard } from './lib/process.mjs'
import { server, tellSkipped } from './lib/server-suites.mjs'
import { root } from './lib/workspace.mjs'

const { SLOW: slow } = process.env
const forMs = slow === '1' ? 1_800_000 : 120_000

const [postgres, nats] = [providePostgres(), provideNats()]
const missing = [postgres, nats].find(({ found }) => found === null)
if (missing !== undefined) tellSkipped('two servers', missing.reason)
else {
  const kept = await keepPostgres(postgres.found)
  const args = [
    'run',
    '--root',
    '.',
    '--config',
    '../../vitest.config.ts',
    '--coverage.enabled=false',
    '--project',
    'node',
  ]
  const env = childEnv({
    TEST_DATABASE_URL: kept.url,
    TEST_POSTGRES_PID_FILE: kept.pidFile,
    TEST_NATS_SERVER: join(nats.found, 'nats-server'),
    TEST_TWO_SERVERS_MS: `${forMs}`,
    CHARTSEAL_TEST_RESULTS: 'coverage/two-servers.json',
  })
  const vitest = [join(root, 'node_modules/vitest/vitest.mjs'), ...args, 'test/two-servers-load.test.ts']
  try {
    const said = { push: bytes => process.stdout.write(bytes) }
    process.exitCode = await runHeard(process.execPath, vitest, said, { cwd: server, env })
  } finally {
    await kept.stop()
  }
}
