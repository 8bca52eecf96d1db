/**
 * A clinic's server and relays over a real NATS server, which is killed and started again while a doctor speaks. Installs
 * Debian's where CI has none. Exit 1 on a failed test, 77 without NATS. Arguments go to Vitest.
 */
import { join } from 'node:path'
import { provideNats } from './lib/nats.mjs'
import { runServerSuites, tellSkipped } from './lib/server-suites.mjs'

/** They ask test/relay-process.ts for a NATS server. */
const suites = ['test/relays-over-nats.test.ts', 'test/nats-bus.test.ts']

const { found: folder, reason } = provideNats()
if (folder === null) tellSkipped('nats', reason)
else process.exitCode = runServerSuites('nats', suites, { TEST_NATS_SERVER: join(folder, 'nats-server') })
