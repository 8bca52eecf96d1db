/** All rows of one store into an empty one, whatever the engines: what backups and moves are made of. */
import { type Kysely, sql } from 'kysely'
import { storeError } from './errors.js'
import type { Schema, TableName } from './schema.js'
import { bindable } from './values.js'

/**
 * What is copied, referenced tables first, with the columns that name a row. Numbers of requests are not: they are of
 * use for a minute, and a copy is opened later; which programs may go on is of the tables, and not of what is in them.
 */
const keys: Readonly<Record<Exclude<TableName, 'nonces' | 'store_needs'>, readonly string[]>> = {
  settings: ['name'],
  invitations: ['hash'],
  devices: ['kid'],
  roster: ['seq'],
  slots: ['slot', 'step'],
  boxes: ['id'],
  shares: ['box', 'sender'],
  messages: ['box', 'id'],
  openings: ['id'],
  opening_parties: ['log', 'party', 'leaf_index'],
  blobs: ['cid'],
  blob_holders: ['cid', 'kid'],
  blob_shares: ['kid'],
  tombstones: ['cid', 'kid'],
  packages: ['id'],
  grant_lists: ['package', 'seq'],
  package_blocks: ['cid', 'package', 'root'],
  readers: ['package', 'kid'],
  links: ['id'],
  refused_links: ['owner', 'id'],
  link_files: ['link', 'file'],
  link_tickets: ['hash'],
  link_accesses: ['link', 'position'],
  conferences: ['id'],
  custody_cards: ['kid'],
  emergency_sets: ['id'],
  emergency_set_parties: ['kid', 'emergency_set'],
  emergencies: ['id'],
  emergency_parties: ['kid', 'emergency'],
  emergency_intents: ['hash'],
  emergency_events: ['emergency', 'number'],
  ledger_blocks: ['id'],
  ledger_followed: ['height'],
  ledger_nodes: ['hash'],
  ledger_records: ['txid', 'block'],
  ledger_notes: ['name'],
  ledger_head: ['one'],
  log_writer: ['one'],
  log_ends: ['log'],
}

/** Some hold 1 MiB. */
const pageRows = 32
/** Of these each may hold many. */
const largeRows: readonly string[] = ['packages', 'link_files']

type Row = Readonly<Record<string, unknown>>

/** How many rows each table has. */
export type Counts = Readonly<Record<string, number>>

/**
 * Copies in one transaction on each side: what is read is of one moment, and a target that fails stays empty.
 * @param mark a setting that the target gets in the same transaction, beside what was counted
 * @throws ChartsealError `store/not-empty`
 */
export async function copyRows(
  from: Kysely<Schema>,
  to: Kysely<Schema>,
  mark?: Schema['settings'],
): Promise<Counts> {
  return from
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(source =>
      to.transaction().execute(async target => {
        const tables = await tablesIn(target)
        if (total(await countRows(target, tables)) > 0) throw storeError('store/not-empty', {})
        for (const [table, columns] of Object.entries(keys))
          if (tables.includes(table)) await copyTable(source, target, table, columns)
        const counts = await countRows(target, tables)
        if (mark !== undefined) await target.insertInto('settings').values(mark).execute()
        return counts
      }),
    )
}

/** Those that it has: a store that is copied before an upgrade may lack some. */
async function tablesIn(db: Kysely<Schema>): Promise<readonly string[]> {
  const there = new Set((await db.introspection.getTables()).map(({ name }) => name))
  return Object.keys(keys).filter(name => there.has(name))
}

export async function countRows(
  db: Kysely<Schema>,
  tables: readonly string[] = Object.keys(keys),
): Promise<Counts> {
  const counts: Record<string, number> = {}
  for (const table of tables) {
    const { rows } = await sql<{ count: number }>`select count(*) as count from ${sql.table(table)}`.execute(
      db,
    )
    counts[table] = rows[0]?.count ?? 0
  }
  return counts
}

function total(counts: Counts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}

async function copyTable(
  from: Kysely<Schema>,
  to: Kysely<Schema>,
  table: string,
  columns: readonly string[],
): Promise<void> {
  const limit = largeRows.includes(table) ? 1 : pageRows
  for (let last: Row | null = null; ; ) {
    const rows: readonly Row[] = await pageBehind(from, { table, columns, limit }, last)
    if (rows.length > 0) await insertRows(to, table, rows)
    last = rows.at(-1) ?? null
    if (rows.length < limit) return
  }
}

async function pageBehind(
  db: Kysely<Schema>,
  {
    table,
    columns,
    limit,
  }: { readonly table: string; readonly columns: readonly string[]; readonly limit: number },
  last: Row | null,
): Promise<readonly Row[]> {
  const key = sql.join(columns.map(column => sql.ref(column)))
  const values = last === null ? [] : columns.map(column => sql`${bindable(last[column])}`)
  const behind = last === null ? sql`` : sql`where (${key}) > (${sql.join(values)})`
  const page = sql<Row>`select * from ${sql.table(table)} ${behind} order by ${key} limit ${limit}`
  return (await page.execute(db)).rows
}

async function insertRows(db: Kysely<Schema>, table: string, rows: readonly Row[]): Promise<void> {
  const columns = Object.keys(rows[0] ?? {})
  const values = rows.map(row => sql`(${sql.join(columns.map(column => sql`${bindable(row[column])}`))})`)
  const names = sql.join(columns.map(column => sql.ref(column)))
  await sql`insert into ${sql.table(table)} (${names}) values ${sql.join(values)}`.execute(db)
}
