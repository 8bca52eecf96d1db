/** Stores of their own for tests: a new file of SQLite each, or with TEST_DATABASE_URL a new database of PostgreSQL. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeHex } from '@chartseal/core/encoding'
import { systemClock, systemRandom } from '@chartseal/core/system'
import pg from 'pg'
import { afterAll, onTestFinished } from 'vitest'
import { type OpenedStore, type OpenStoreOptions, openStore, type StoreTarget } from '../dist/store.js'

const { TEST_DATABASE_URL: postgresUrl } = process.env

/** Which engine this run tests; the suite is the same. */
export const engine: 'sqlite' | 'postgres' = postgresUrl === undefined ? 'sqlite' : 'postgres'

export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-store-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A place where no store is yet. */
export async function emptyTarget(): Promise<StoreTarget> {
  return postgresUrl === undefined ? { file: join(emptyFolder(), 'store.db') } : emptyDatabase(postgresUrl)
}

const made: string[] = []
const spare: string[] = []

/** One that an earlier test of this file has left is emptied: making one takes half a second. */
async function emptyDatabase(url: string): Promise<StoreTarget> {
  const name = spare.pop() ?? (await newDatabase(url))
  const target = Object.assign(new URL(url), { pathname: `/${name}` }).href
  onTestFinished(async () => {
    await onPostgres(target, emptying)
    spare.push(name)
  })
  return { url: target }
}

/** Tables that a test has changed go; others are emptied, which takes a tenth of the time. */
const emptying = `do $$ declare one record; begin
  if not exists (select from pg_tables where tablename = 'kysely_migration') then return; end if;
  if (select count(*) from kysely_migration) <> 8 or exists (
    select from information_schema.columns where table_name = 'devices' and column_name in ('note', 'other'))
  then drop schema public cascade; create schema public; return; end if;
  for one in select tablename from pg_tables where schemaname = 'public' and tablename not like 'kysely%'
  loop execute 'alter table ' || one.tablename || ' disable trigger all; delete from ' || one.tablename ||
    '; alter table ' || one.tablename || ' enable trigger all'; end loop; end $$`

async function newDatabase(url: string): Promise<string> {
  const name = `chartseal_${encodeHex(systemRandom.bytes(8))}`
  await onPostgres(url, `create database ${name} template template0`)
  made.push(name)
  return name
}

if (postgresUrl !== undefined) {
  afterAll(async () => {
    for (const name of made) await onPostgres(postgresUrl, `drop database ${name} with (force)`)
  })
}

export async function onPostgres(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

/** Opens a store that is closed with its test; before the database goes, as what was added last is done first. */
export async function open(
  target: StoreTarget,
  extras: Partial<OpenStoreOptions> = {},
): Promise<OpenedStore> {
  const backups = emptyFolder()
  const store = await openStore({ target, clock: systemClock, random: systemRandom, backups, ...extras })
  onTestFinished(() => store.close())
  return store
}

export async function newStore(): Promise<OpenedStore> {
  return open(await emptyTarget())
}

export const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)

/** A device, and with it a box, whose names say which. */
export async function addDevice(store: OpenedStore, name: string): Promise<string> {
  const box = `box-${name}`
  await store.devices.add({ kid: `kid-${name}`, role: 'patient', keys: bytes(1, 2), box, addedMs: 5 })
  return box
}

export const roomy = { maxMessages: 1_000, maxBytes: 1e9 }
