/** The tables of blocks, packages and links. */
import { type Kysely, type Migration, sql } from 'kysely'
import { columns, ends } from './columns.js'
import type { Engine } from './engine.js'
import type { RecordsSchema } from './schema-records.js'

type Kind = Engine['kind']

export function records(kind: Kind): Migration {
  return {
    async up(db) {
      await blobs(db, kind)
      await packages(db, kind)
      await links(db, kind)
    },
  }
}

const tableIn = (db: Kysely<unknown>, kind: Kind) => (name: keyof RecordsSchema) =>
  db.schema.createTable(name).modifyEnd(ends[kind])

async function blobs(db: Kysely<unknown>, kind: Kind): Promise<void> {
  const { text, int } = columns[kind]
  const table = tableIn(db, kind)
  await table('blobs')
    .addColumn('cid', text, c => c.primaryKey().notNull())
    .addColumn('size_bytes', int, c => c.notNull())
    .addColumn('stored_ms', int, c => c.notNull())
    .execute()
  await table('blob_holders')
    .addColumn('cid', text, c => c.notNull().references('blobs.cid'))
    .addColumn('kid', text, c => c.notNull())
    .addColumn('since_ms', int, c => c.notNull())
    .addColumn('size_bytes', int, c => c.notNull())
    .addColumn('named', int, c => c.notNull())
    .addPrimaryKeyConstraint('blob_holders_key', ['cid', 'kid'])
    .execute()
  await sql`create index blob_holders_unnamed on blob_holders (since_ms) where named = 0`.execute(db)
  await table('blob_shares')
    .addColumn('kid', text, c => c.primaryKey().notNull())
    .addColumn('kept', int, c => c.notNull())
    .addColumn('kept_bytes', int, c => c.notNull())
    .execute()
  await table('tombstones')
    .addColumn('cid', text, c => c.primaryKey().notNull())
    .addColumn('deleted_ms', int, c => c.notNull())
    .execute()
}

async function packages(db: Kysely<unknown>, kind: Kind): Promise<void> {
  const { text, int, blob } = columns[kind]
  const table = tableIn(db, kind)
  await table('packages')
    .addColumn('id', text, c => c.primaryKey().notNull())
    .addColumn('owner', text, c => c.notNull())
    .addColumn('seq', int, c => c.notNull())
    .addColumn('list_cid', text, c => c.notNull())
    .addColumn('version', int, c => c.notNull())
    .addColumn('payload', text, c => c.notNull())
    .addColumn('is_open', int, c => c.notNull())
    .addColumn('not_before_ms', int, c => c.notNull())
    .addColumn('not_after_ms', int)
    .addColumn('purposes', text, c => c.notNull())
    .addColumn('updated_ms', int, c => c.notNull())
    .addColumn('bytes', blob, c => c.notNull())
    .execute()
  await sql`create index packages_by_owner on packages (owner, id)`.execute(db)
  await table('grant_lists')
    .addColumn('package', text, c => c.notNull().references('packages.id'))
    .addColumn('seq', int, c => c.notNull())
    .addColumn('list_cid', text, c => c.notNull())
    .addColumn('stored_ms', int, c => c.notNull())
    .addColumn('body_hash', blob, c => c.notNull())
    .addPrimaryKeyConstraint('grant_lists_key', ['package', 'seq'])
    .execute()
  await table('package_blocks')
    .addColumn('cid', text, c => c.notNull())
    .addColumn('package', text, c => c.notNull().references('packages.id'))
    .addColumn('root', text, c => c.notNull())
    .addPrimaryKeyConstraint('package_blocks_key', ['cid', 'package', 'root'])
    .execute()
  await table('readers')
    .addColumn('package', text, c => c.notNull().references('packages.id'))
    .addColumn('kid', text, c => c.notNull())
    .addColumn('until_ms', int)
    .addColumn('purposes', text, c => c.notNull())
    .addPrimaryKeyConstraint('readers_key', ['package', 'kid'])
    .execute()
  await sql`create index readers_by_kid on readers (kid, package)`.execute(db)
  // What is sealed cannot be compressed.
  if (kind === 'postgres') await sql`alter table packages alter column bytes set storage external`.execute(db)
}

async function links(db: Kysely<unknown>, kind: Kind): Promise<void> {
  const { text, int, blob } = columns[kind]
  const table = tableIn(db, kind)
  await table('links')
    .addColumn('id', text, c => c.primaryKey().notNull())
    .addColumn('owner', text, c => c.notNull())
    .addColumn('flags', text, c => c.notNull())
    .addColumn('exp_ms', int)
    .addColumn('passcode', text)
    .addColumn('wrong_passcodes', int, c => c.notNull())
    .addColumn('max_wrong_passcodes', int, c => c.notNull())
    .addColumn('made_ms', int, c => c.notNull())
    .addColumn('ended_ms', int)
    .addColumn('opened', int, c => c.notNull())
    .addColumn('last_position', int, c => c.notNull())
    .addColumn('body_hash', blob, c => c.notNull())
    .execute()
  await sql`create index links_by_owner on links (owner, id)`.execute(db)
  await table('link_files')
    .addColumn('link', text, c => c.notNull().references('links.id'))
    .addColumn('file', int, c => c.notNull())
    .addColumn('content_type', text, c => c.notNull())
    .addColumn('updated_ms', int, c => c.notNull())
    .addColumn('fhir_version', text)
    .addColumn('size', int, c => c.notNull())
    .addColumn('jwe', text, c => c.notNull())
    .addPrimaryKeyConstraint('link_files_key', ['link', 'file'])
    .execute()
  await table('link_tickets')
    .addColumn('hash', blob, c => c.primaryKey().notNull())
    .addColumn('link', text, c => c.notNull().references('links.id'))
    .addColumn('file', int, c => c.notNull())
    .addColumn('recipient', text, c => c.notNull())
    .addColumn('expires_ms', int, c => c.notNull())
    .execute()
  await sql`create index link_tickets_by_expiry on link_tickets (expires_ms)`.execute(db)
  await table('link_accesses')
    .addColumn('link', text, c => c.notNull().references('links.id'))
    .addColumn('position', int, c => c.notNull())
    .addColumn('at_ms', int, c => c.notNull())
    .addColumn('kind', text, c => c.notNull())
    .addColumn('recipient', text, c => c.notNull())
    .addColumn('file', int)
    .addColumn('leaf_index', int, c => c.notNull())
    .addPrimaryKeyConstraint('link_accesses_key', ['link', 'position'])
    .execute()
}
