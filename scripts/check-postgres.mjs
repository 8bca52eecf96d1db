/**
 * The suites of the server's storage on a real PostgreSQL, which it starts and ends. Installs Debian's where CI has
 * none. Exit 1 on a failed test, 77 without PostgreSQL. Arguments go to Vitest.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { providePostgres, startPostgres } from './lib/postgres.mjs'
import { runServerSuites, server, tellSkipped } from './lib/server-suites.mjs'

/** Those that make their stores with test/store-world.ts. */
function suites() {
  const folder = join(server, 'test')
  const tests = readdirSync(folder).filter(name => name.endsWith('.test.ts'))
  return tests
    .filter(name => readFileSync(join(folder, name), 'utf8').includes("from './store-world.js'"))
    .map(name => `test/${name}`)
}

const { found: bin, reason } = providePostgres()
if (bin === null) tellSkipped('postgres', reason)
else {
  const postgres = await startPostgres(bin)
  try {
    const flags = [`--maxWorkers=${availableParallelism()}`]
    process.exitCode = runServerSuites('postgres', suites(), { TEST_DATABASE_URL: postgres.url }, flags)
  } finally {
    await postgres.stop()
  }
}
