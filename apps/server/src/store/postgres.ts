import { type Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient, sql } from 'kysely'
import pg from 'pg'
import { claimOn } from './claim.js'
import { type Engine, Listeners } from './engine.js'
import { asKyselyClient } from './platform-postgres.js'
import type { Change } from './port.js'
import { listen } from './postgres-listen.js'
import type { Schema } from './schema.js'
import { bindable, safeInteger } from './values.js'

/** Integers of 64 bits, also what is counted, come as numbers or not at all; every other type as the client reads it. */
const bigintType = 20
const types: pg.CustomTypesConfig = {
  getTypeParser(type: number, format?: string) {
    if (type === bigintType && format !== 'binary') return safeInteger
    return format === 'binary' ? pg.types.getTypeParser(type, 'binary') : pg.types.getTypeParser(type, 'text')
  },
}

const connectMs = 5_000
/** A statement that takes longer has met a lock that somebody forgot, or a disk that hangs. */
const statementMs = 30_000
const connections = 10
const channel = 'chartseal'

/** PostgreSQL 15 or later. No connection is made before the first statement. */
export function openPostgres(url: string): Engine {
  const listeners = new Listeners()
  const pool = poolOf(url)
  const claim = claimOn(url)
  const ear = listen({ url, channel, tell: change => listeners.tell([change]) })
  return {
    kind: 'postgres',
    dialect: new PostgresDialect({ pool: checked(pool) }),
    announce,
    committed: () => undefined,
    onChange: listener => listeners.add(listener),
    vacuumInto: null,
    claim,
    ready: ear.ready,
    close: async () => {
      await claim.release()
      await ear.close()
    },
  }
}

function poolOf(url: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: connectMs,
    statement_timeout: statementMs,
    idle_in_transaction_session_timeout: statementMs,
    keepAlive: true,
    application_name: 'chartseal-server',
    types,
  })
  // Whoever uses a connection that ends is told by the statement; without a listener the process would end.
  pool.on('error', () => undefined)
  pool.on('connect', client => client.on('error', () => undefined))
  return pool
}

/** The pool as Kysely asks for it, with values checked before the client turns them into text. */
function checked(pool: pg.Pool): PostgresPool {
  return { connect: async () => checkedClient(await pool.connect()), end: () => pool.end() }
}

const known = new WeakMap<pg.PoolClient, PostgresPoolClient>()

/** One object for one connection, as Kysely remembers connections by it. */
function checkedClient(client: pg.PoolClient): PostgresPoolClient {
  const found = known.get(client)
  if (found !== undefined) return found
  const query = async (text: string, parameters: readonly unknown[]): Promise<unknown> =>
    client.query(text, parameters.map(bindable))
  const made = asKyselyClient({ query, release: destroy => client.release(destroy) })
  known.set(client, made)
  return made
}

async function announce(db: Kysely<Schema>, changes: readonly Change[]): Promise<void> {
  for (const change of changes) {
    await sql`select pg_notify(${channel}, ${JSON.stringify(change)})`.execute(db)
  }
}
