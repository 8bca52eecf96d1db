import type { DatabaseSync, StatementSync } from 'node:sqlite'
import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDialect,
  SqliteDriver,
  type SqliteStatement,
} from 'kysely'
import { undisputed } from './claim.js'
import { type Engine, Listeners } from './engine.js'
import { isPassing } from './failures.js'
import { loadSqlite } from './platform-sqlite.js'
import { bindable } from './values.js'

/** SQLite has transactional DDL; Kysely says no, and would leave half of a failed migration. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

class Driving extends SqliteDriver {
  /** Takes the right to write at once: a reader that wants it later is refused where another process wrote meanwhile. */
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'))
  }

  /** A full disk ends the transaction by itself; the error that tells so must not be lost over it. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    try {
      await super.rollbackTransaction(connection)
    } catch (error) {
      const isOver = error instanceof Error && error.message.includes('no transaction is active')
      if (!isOver) throw error
    }
  }
}

class NodeSqliteDialect extends SqliteDialect {
  readonly #database: SqliteDatabase

  constructor(database: SqliteDatabase) {
    super({ database })
    this.#database = database
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalAdapter()
  }

  override createDriver(): Driver {
    return new Driving({ database: this.#database })
  }
}

const keptStatements = 200

/** The least that Kysely asks of a database, with values checked; statements are kept, as the same few come again. */
function database(raw: DatabaseSync): SqliteDatabase {
  const kept = new Map<string, SqliteStatement>()
  return {
    close: () => closeWhole(raw),
    prepare(text) {
      const found = kept.get(text)
      if (found !== undefined) return found
      const made = statement(raw.prepare(text))
      if (kept.size >= keptStatements) kept.clear()
      kept.set(text, made)
      return made
    },
  }
}

/**
 * The package for Node 20 keeps statements, and with them `-wal` and `-shm`, until memory is swept. So all goes into the
 * one file first, unless another process has it open, which then does so.
 */
function closeWhole(raw: DatabaseSync): void {
  try {
    raw.exec('pragma busy_timeout = 0; pragma main.journal_mode = delete')
    raw.exec('pragma volatile.journal_mode = delete')
  } catch (error) {
    if (!isPassing(error)) throw error
  } finally {
    raw.close()
  }
}

function statement(prepared: StatementSync): SqliteStatement {
  return {
    // Node before 22.16 does not say, and reads nothing of a statement without rows.
    reader: typeof prepared.columns !== 'function' || prepared.columns().length > 0,
    all: parameters => prepared.all(...parameters.map(bindable)),
    run: parameters => prepared.run(...parameters.map(bindable)),
    iterate: () => {
      throw new TypeError('a statement of the store must not be iterated: pages are read whole')
    },
  }
}

/** Before 3.51.3 two connections that write could damage a database (WAL reset). */
export function warningOf(version: string): string | null {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  const isSound = major * 1e6 + minor * 1e3 + patch >= 3_051_003
  return isSound
    ? null
    : `SQLite ${version} can damage the store when a command writes beside the server: use Node 24, or 22.23 or later.`
}

export interface SqliteEngine extends Engine {
  readonly version: string
}

/**
 * One file beside which `-wal` and `-shm` stand, and `<file>-nonces`, whose loss a power cut may cause: it is written
 * without waiting for the disk.
 * @throws ChartsealError `store/no-sqlite`
 */
export async function openSqlite(file: string, nonces = `${file}-nonces`): Promise<SqliteEngine> {
  const Sqlite = await loadSqlite()
  const raw = new Sqlite(file)
  try {
    prepare(raw, nonces)
    return engineOf(raw)
  } catch (error) {
    raw.close()
    throw error
  }
}

function prepare(raw: DatabaseSync, nonces: string): void {
  raw.exec('pragma busy_timeout = 200; pragma journal_mode = wal; pragma synchronous = full')
  // A long reader, as a backup is, lets the WAL grow; so much of it is kept afterwards.
  raw.exec('pragma journal_size_limit = 67108864')
  raw.exec('pragma foreign_keys = on; pragma trusted_schema = off')
  raw.prepare('attach database ? as volatile').run(nonces)
  raw.exec('pragma volatile.journal_mode = wal; pragma volatile.synchronous = normal')
  raw.exec(
    'create table if not exists volatile.nonces (kid text not null, nonce text not null, ' +
      'expires_ms integer not null, primary key (kid, nonce)) strict, without rowid; ' +
      'create index if not exists volatile.nonces_by_expiry on nonces (kid, expires_ms)',
  )
}

function engineOf(raw: DatabaseSync): SqliteEngine {
  const listeners = new Listeners()
  return {
    kind: 'sqlite',
    version: String(raw.prepare('select sqlite_version() as version').get()?.['version']),
    dialect: new NodeSqliteDialect(database(raw)),
    announce: async () => undefined,
    committed: changes => listeners.tell(changes),
    onChange: listener => listeners.add(listener),
    vacuumInto: file => void raw.prepare('vacuum main into ?').run(file),
    claim: undisputed,
    ready: Promise.resolve(),
    close: async () => undefined,
  }
}
