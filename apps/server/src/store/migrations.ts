/** The tables' versions. One list builds them on both engines; a migration that was released is never edited. */
import { type Kysely, type Migration, type MigrationProvider, Migrator, sql } from 'kysely'
import { columns, ends } from './columns.js'
import type { Engine } from './engine.js'
import { storeError } from './errors.js'
import { breakGlass } from './migration-break-glass.js'
import { conferences, endsOfConferences } from './migration-conferences.js'
import { ledger } from './migration-ledger.js'
import { records } from './migration-records.js'
import { writers } from './migration-writers.js'
import type { Schema } from './schema.js'

type Kind = Engine['kind']

function firstTables(kind: Kind): Migration {
  const { text, int, blob } = columns[kind]
  return {
    async up(db) {
      const table = (name: keyof Schema) => db.schema.createTable(name).modifyEnd(ends[kind])
      await table('settings')
        .addColumn('name', text, c => c.primaryKey())
        .addColumn('value', text, c => c.notNull())
        .execute()
      await table('invitations')
        .addColumn('hash', blob, c => c.primaryKey().notNull())
        .addColumn('role', text, c => c.notNull())
        .addColumn('created_ms', int, c => c.notNull())
        .addColumn('expires_ms', int, c => c.notNull())
        .addColumn('used_by', text)
        .addColumn('used_ms', int)
        .execute()
      await table('devices')
        .addColumn('kid', text, c => c.primaryKey().notNull())
        .addColumn('role', text, c => c.notNull())
        .addColumn('box', text, c => c.notNull().unique())
        .addColumn('added_ms', int, c => c.notNull())
        .addColumn('ended_ms', int)
        .addColumn('keys', blob, c => c.notNull())
        .execute()
      await table('roster')
        .addColumn('seq', int, c => c.primaryKey().notNull())
        .addColumn('stored_ms', int, c => c.notNull())
        .addColumn('bytes', blob, c => c.notNull())
        .execute()
      await table('slots')
        .addColumn('slot', text, c => c.notNull())
        .addColumn('step', text, c => c.notNull())
        .addColumn('expires_ms', int, c => c.notNull())
        .addColumn('taken', int, c => c.notNull())
        .addColumn('bytes', blob, c => c.notNull())
        .addPrimaryKeyConstraint('slots_key', ['slot', 'step'])
        .execute()
      await boxes(db, kind)
      await openings(db, kind)
    },
  }
}

async function boxes(db: Kysely<unknown>, kind: Kind): Promise<void> {
  const { text, int, blob } = columns[kind]
  const table = (name: keyof Schema) => db.schema.createTable(name).modifyEnd(ends[kind])
  await table('boxes')
    .addColumn('id', text, c => c.primaryKey().notNull())
    .addColumn('owner', text, c => c.notNull())
    .addColumn('last_position', int, c => c.notNull())
    .addColumn('pending', int, c => c.notNull())
    .addColumn('pending_bytes', int, c => c.notNull())
    .execute()
  await table('messages')
    .addColumn('box', text, c => c.notNull().references('boxes.id'))
    .addColumn('id', text, c => c.notNull())
    .addColumn('position', int, c => c.notNull())
    .addColumn('stored_ms', int, c => c.notNull())
    .addColumn('acknowledged_ms', int)
    .addColumn('size_bytes', int, c => c.notNull())
    .addColumn('bytes', blob, c => c.notNull())
    .addPrimaryKeyConstraint('messages_key', ['box', 'id'])
    .execute()
  await sql`create unique index messages_pending on messages (box, position) where acknowledged_ms is null`.execute(
    db,
  )
  await sql`create index messages_done on messages (acknowledged_ms) where acknowledged_ms is not null`.execute(
    db,
  )
  // What is sealed cannot be compressed.
  if (kind === 'postgres') await sql`alter table messages alter column bytes set storage external`.execute(db)
}

async function openings(db: Kysely<unknown>, kind: Kind): Promise<void> {
  const { text, int, blob } = columns[kind]
  const table = (name: keyof Schema) => db.schema.createTable(name).modifyEnd(ends[kind])
  await table('openings')
    .addColumn('id', text, c => c.primaryKey().notNull())
    .addColumn('log', text, c => c.notNull())
    .addColumn('leaf_index', int, c => c.notNull())
    .addColumn('parties', text, c => c.notNull())
    .addColumn('salt', blob)
    .addColumn('entry', blob, c => c.notNull())
    .addUniqueConstraint('openings_leaf', ['log', 'leaf_index'])
    .execute()
  await table('opening_parties')
    .addColumn('log', text, c => c.notNull())
    .addColumn('party', text, c => c.notNull())
    .addColumn('leaf_index', int, c => c.notNull())
    .addColumn('id', text, c => c.notNull().references('openings.id'))
    .addPrimaryKeyConstraint('opening_parties_key', ['log', 'party', 'leaf_index'])
    .execute()
  if (kind === 'sqlite') return
  // SQLite has them in a file of their own.
  await table('nonces')
    .addColumn('kid', text, c => c.notNull())
    .addColumn('nonce', text, c => c.notNull())
    .addColumn('expires_ms', int, c => c.notNull())
    .addPrimaryKeyConstraint('nonces_key', ['kid', 'nonce'])
    .execute()
  await sql`create index nonces_by_expiry on nonces (kid, expires_ms)`.execute(db)
}

/** Who has how much of a box, and what its owner was given: counted from what is there. */
function shares(kind: Kind): Migration {
  const { text, int } = columns[kind]
  return {
    async up(db) {
      const alter = db.schema.alterTable('messages')
      await alter.addColumn('sender', text, c => c.notNull().defaultTo('')).execute()
      await alter.addColumn('given', int, c => c.notNull().defaultTo(0)).execute()
      await sendersOf[kind].execute(db)
      for (const [from, to] of [
        ['pending', 'kept'],
        ['pending_bytes', 'kept_bytes'],
      ] as const)
        await db.schema.alterTable('boxes').renameColumn(from, to).execute()
      await sql`update boxes set kept = (select count(*) from messages where box = boxes.id),
        kept_bytes = (select coalesce(sum(${heldBytes}), 0) from messages where box = boxes.id)`.execute(db)
      await db.schema
        .createTable('shares')
        .modifyEnd(ends[kind])
        .addColumn('box', text, c => c.notNull().references('boxes.id'))
        .addColumn('sender', text, c => c.notNull())
        .addColumn('kept', int, c => c.notNull())
        .addColumn('kept_bytes', int, c => c.notNull())
        .addPrimaryKeyConstraint('shares_key', ['box', 'sender'])
        .execute()
      await sql`insert into shares (box, sender, kept, kept_bytes)
        select box, sender, count(*), sum(${heldBytes}) from messages group by box, sender`.execute(db)
    },
  }
}

const heldBytes = sql`case when acknowledged_ms is null or size_bytes < 32 then size_bytes else 32 end`

/** The server has put the key id of the sender before each message, behind its length. */
const sendersOf = {
  sqlite: sql`update messages set sender = cast(substr(bytes, 2, 43) as text)
    where size_bytes >= 44 and hex(substr(bytes, 1, 1)) = '2B'`,
  postgres: sql`update messages set sender = convert_from(substring(bytes from 2 for 43), 'UTF8')
    where size_bytes >= 44 and get_byte(bytes, 0) = 43`,
} as const

/** `isAdditive`: it only adds what the program of the version before does not look at, so that one may go on beside it. */
export type Step = Migration & { readonly isAdditive?: boolean }
export type Steps = Readonly<Record<string, Step>>

const withNeeds = '2026-12-03-writers'

/** In the order in which they are applied, which is that of their names. */
export function migrationsOf(kind: Kind): Steps {
  return {
    '2026-11-29-first-tables': firstTables(kind),
    '2026-11-29-shares': shares(kind),
    '2026-11-30-records': records(kind),
    '2026-12-01-conferences': conferences(kind),
    '2026-12-01-ends-of-conferences': endsOfConferences(kind),
    '2026-12-01-ledger': ledger(kind),
    '2026-12-02-break-glass': breakGlass(kind),
    [withNeeds]: writers(kind),
  }
}

export interface MigrateOptions {
  readonly kind: Kind
  readonly migrations: Steps
  /** Makes a copy of what is there, before anything of it changes. */
  copy(): Promise<void>
  /** False: older tables are refused. */
  readonly upgrade: boolean
  /** True: tables of a later version are refused, also where this program could go on with them. */
  readonly exact: boolean
}

/**
 * Brings the tables to this version, all pending steps in one transaction, or leaves them as they were.
 * @throws ChartsealError `store/newer-version`, and what the engine throws
 */
export async function migrate(
  db: Kysely<Schema>,
  { kind, migrations, copy, upgrade, exact }: MigrateOptions,
): Promise<void> {
  const done = await applied(db, kind)
  const pending = Object.keys(migrations).filter(name => !done.includes(name))
  const newer = done.find(name => !Object.hasOwn(migrations, name))
  if (newer !== undefined) {
    if (!exact && pending.length === 0 && (await mayGoOn(db, migrations))) return
    throw storeError('store/newer-version', { version: newer })
  }
  if (pending.length === 0) return
  if (!upgrade) throw storeError('store/older-version', { version: done.at(-1) ?? 'none' })
  if (done.length > 0) await copy()
  // Before the tables change: a program that would be wrong on them must never find that it may go on.
  const needs = Object.keys(migrations).findLast(name => migrations[name]?.isAdditive !== true)
  if (done.includes(withNeeds)) await setNeeds(db, needs)
  const provider: MigrationProvider = { getMigrations: async () => ({ ...migrations }) }
  const { error } = await new Migrator({ db, provider }).migrateToLatest()
  if (error !== undefined) throw error
  if (!done.includes(withNeeds) && Object.hasOwn(migrations, withNeeds)) await setNeeds(db, needs)
}

/** Whether this program has every step that whoever made the later ones says is needed. */
async function mayGoOn(db: Kysely<Schema>, migrations: Steps): Promise<boolean> {
  const row = await db.selectFrom('store_needs').select('step').executeTakeFirst()
  return row !== undefined && Object.hasOwn(migrations, row.step)
}

async function setNeeds(db: Kysely<Schema>, step = ''): Promise<void> {
  const row = { one: 1, step }
  const insert = db.insertInto('store_needs').values(row)
  await insert.onConflict(conflict => conflict.column('one').doUpdateSet({ step })).execute()
}

/** The names of the migrations that were applied, in their order; none in an empty database. */
export async function applied(db: Kysely<Schema>, kind: Kind): Promise<readonly string[]> {
  const { rows: tables } = await tableNamed[kind].execute(db)
  if ((tables[0]?.count ?? 0) === 0) return []
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db)
  return rows.map(({ name }) => name)
}

/** Asked at each start, so not by Kysely's way, which reads all of the catalog. */
const tableNamed = {
  sqlite: sql<{ count: number }>`select count(*) as count from sqlite_master where name = 'kysely_migration'`,
  postgres: sql<{ count: number }>`select count(to_regclass('kysely_migration')) as count`,
}
