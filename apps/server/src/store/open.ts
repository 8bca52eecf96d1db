import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock, Random } from '@chartseal/core/ports'
import type { LedgerIndex } from '@chartseal/emr-ledger'
import { Kysely, sql } from 'kysely'
import type { Claim } from './claim.js'
import { type Counts, copyRows } from './copy.js'
import type { Engine } from './engine.js'
import { storeError } from './errors.js'
import { asStoreError } from './failures.js'
import { applied, migrate, migrationsOf, type Steps } from './migrations.js'
import type { Store, Tables } from './port.js'
import { openPostgres } from './postgres.js'
import { purge } from './purge.js'
import type { Schema } from './schema.js'
import { openSqlite, warningOf } from './sqlite.js'
import { blobsIn } from './tables/blobs.js'
import { breakGlassIn } from './tables/break-glass.js'
import { conferencesIn } from './tables/conferences.js'
import { devicesIn } from './tables/devices.js'
import { invitationsIn } from './tables/invitations.js'
import { ledgerIn } from './tables/ledger.js'
import { linksIn } from './tables/links.js'
import { mailboxesIn } from './tables/mailboxes.js'
import { noncesIn } from './tables/nonces.js'
import { openingsIn } from './tables/openings.js'
import { packagesIn } from './tables/packages.js'
import { rosterIn } from './tables/roster.js'
import { settingsIn } from './tables/settings.js'
import { slotsIn } from './tables/slots.js'
import { Outside, repeat, type Unit, unitIn } from './unit.js'

/** Where a store is: a file of SQLite, or the URL of a database of PostgreSQL. */
export type StoreTarget = { readonly file: string } | { readonly url: string }

export interface OpenStoreOptions {
  readonly target: StoreTarget
  readonly clock: Clock
  readonly random: Random
  /** Where a copy goes before tables change: a folder that is there. */
  readonly backups: string
  /** False: tables of an earlier version are refused instead of changed. */
  readonly upgrade?: boolean
  /** True: one that was moved or is arriving is opened as well, for `move-store`. */
  readonly moving?: boolean
  /** True: tables of a later version are refused also where this program could go on with them, for whoever copies all. */
  readonly exact?: boolean
  /** The versions of the tables, in place of those of this program; for tests. */
  readonly migrations?: Steps
}

/** Set in a store that was moved, so that nobody goes on with it. */
export const movedSetting = 'store-moved'
/** Set in a store that everything was copied to, until the old one is closed: never two go on. */
export const arrivingSetting = 'store-arriving'

/** A store, and what the commands of an operator need beside the port. */
export interface OpenedStore extends Store {
  readonly db: Kysely<Schema>
  /** The right to write the log; nobody has it before somebody takes it. */
  readonly claim: Claim
  /** The index of the ledger for the writer of this number: who was overtaken writes nothing into it (`store/claimed`). */
  ledgerOf(number: number): LedgerIndex
  /** What its operator should know of the engine; `null` for nothing. */
  readonly warning: string | null
  /** Puts a copy of all but the nonces into a new file of SQLite, as it is at one moment. */
  snapshot(file: string): Promise<void>
}

/**
 * Opens a store and brings its tables to this version, after a copy of what is there. Makes an empty one where there is
 * none; of PostgreSQL the database itself must exist.
 * @throws ChartsealError `store/newer-version`, `store/older-version`, `store/moved`, `store/arriving`, `store/no-sqlite`,
 * `store/busy`, `store/claimed`, `store/damaged`, `store/failed`
 */
export async function openStore(options: OpenStoreOptions): Promise<OpenedStore> {
  const { target } = options
  const sqlite = 'file' in target ? await openFile(target.file, options) : null
  const engine = sqlite ?? openPostgres('url' in target ? target.url : '')
  const db = new Kysely<Schema>({ dialect: engine.dialect })
  const store = storeOf(db, engine, options, sqlite === null ? null : warningOf(sqlite.version))
  try {
    const { migrations = migrationsOf(engine.kind), upgrade = true, exact = false } = options
    // Nobody writes while tables change.
    const copy = async (): Promise<void> => {
      await engine.claim.hold()
      await snapshot(db, engine, copyPath(options), migrations)
    }
    await repeat(() => migrate(db, { kind: engine.kind, migrations, copy, upgrade, exact }), options.random)
    if (options.moving !== true) await refuseMoved(store)
    await engine.ready
    return store
  } catch (error) {
    await store.close().catch(() => undefined)
    throw asStoreError(error)
  }
}

/** @throws ChartsealError `store/moved`, `store/arriving` */
export async function refuseMoved({ settings }: Store): Promise<void> {
  const moved = await settings.get(movedSetting)
  if (moved !== null) throw storeError('store/moved', { to: moved })
  if ((await settings.get(arrivingSetting)) !== null) throw storeError('store/arriving', {})
}

/** Again while another process, that opens or closes it, has it for itself. */
async function openFile(
  file: string,
  { upgrade = true, random }: OpenStoreOptions,
): ReturnType<typeof openSqlite> {
  return repeat(async () => {
    if (!upgrade) await access(file)
    return openSqlite(file)
  }, random)
}

function copyPath({ backups, clock }: OpenStoreOptions): string {
  const at = new Date(clock.nowMs()).toISOString().replaceAll(':', '-')
  return join(backups, `before-upgrade-${at}.db`)
}

function tablesIn(unit: Unit): Tables {
  return {
    settings: settingsIn(unit),
    invitations: invitationsIn(unit),
    devices: devicesIn(unit),
    roster: rosterIn(unit),
    slots: slotsIn(unit),
    mailboxes: mailboxesIn(unit),
    nonces: noncesIn(unit),
    openings: openingsIn(unit),
    blobs: blobsIn(unit),
    packages: packagesIn(unit),
    links: linksIn(unit),
    conferences: conferencesIn(unit),
    breakGlass: breakGlassIn(unit),
    ledger: ledgerIn(unit),
  }
}

function storeOf(
  db: Kysely<Schema>,
  engine: Engine,
  { random }: OpenStoreOptions,
  warning: string | null,
): OpenedStore {
  const unit = new Outside(db, engine, random)
  let closing: Promise<void> | null = null
  return {
    ...tablesIn(unit),
    engine: engine.kind,
    claim: engine.claim,
    ledgerOf: number => ledgerIn(unit, inner => engine.claim.requireIn(inner, number)),
    db,
    warning,
    ping: () => unit.alone(async () => void (await sql`select 1`.execute(db))),
    inTx: work => unit.together((inner, tell) => work(tablesIn(unitIn(inner, tell))), 'serial'),
    purge: (nowMs, rules) => purge(unit, nowMs, rules),
    onChange: listener => engine.onChange(listener),
    snapshot: file => repeat(() => snapshot(db, engine, file), random),
    close() {
      closing ??= db.destroy().finally(() => engine.close())
      return closing
    },
  }
}

async function snapshot(
  db: Kysely<Schema>,
  { kind, vacuumInto }: Engine,
  file: string,
  steps?: Steps,
): Promise<void> {
  if (vacuumInto === null) await copyInto(db, kind, file, steps)
  else vacuumInto(file)
}

/** Copies every row of a file of SQLite into a store that is empty. @throws ChartsealError `store/not-empty` */
export async function fillFrom(file: string, to: OpenedStore, options: OpenStoreOptions): Promise<Counts> {
  const from = await openStore({ ...options, target: { file } })
  try {
    return await repeat(() => copyRows(from.db, to.db), options.random)
  } finally {
    await from.close()
  }
}

/** With the tables of its version, which may be older than this program. */
async function copyInto(
  from: Kysely<Schema>,
  kind: Engine['kind'],
  file: string,
  steps: Steps = {},
): Promise<void> {
  const done = await applied(from, kind)
  const all = Object.entries({ ...steps, ...migrationsOf('sqlite') })
  const engine = await openSqlite(file, ':memory:')
  const to = new Kysely<Schema>({ dialect: engine.dialect })
  try {
    await migrate(to, {
      kind: 'sqlite',
      migrations: Object.fromEntries(all.filter(([name]) => done.includes(name))),
      copy: async () => undefined,
      upgrade: true,
      exact: true,
    })
    await copyRows(from, to)
  } finally {
    await to.destroy()
  }
}
