/** The tables of break-glass. */
import type { Kysely, Migration } from 'kysely'
import { columns, ends } from './columns.js'
import type { Engine } from './engine.js'
import type { Schema } from './schema.js'

type Kind = Engine['kind']

export function breakGlass(kind: Kind): Migration {
  return {
    async up(db) {
      await sets(db, kind)
      await emergencies(db, kind)
      await events(db, kind)
    },
  }
}

async function sets(db: Kysely<unknown>, kind: Kind): Promise<void> {
  const { text, int, blob } = columns[kind]
  const table = (name: keyof Schema) => db.schema.createTable(name).modifyEnd(ends[kind])
  await table('custody_cards')
    .addColumn('kid', text, c => c.primaryKey().notNull())
    .addColumn('at_ms', int, c => c.notNull())
    .addColumn('stored_ms', int, c => c.notNull())
    .addColumn('bytes', blob, c => c.notNull())
    .execute()
  await table('emergency_sets')
    .addColumn('id', text, c => c.primaryKey().notNull())
    .addColumn('hash', text, c => c.notNull().unique())
    .addColumn('position', int, c => c.notNull().unique())
    .addColumn('owner', text, c => c.notNull())
    .addColumn('patient', text, c => c.notNull())
    .addColumn('package', text, c => c.notNull())
    .addColumn('version', int, c => c.notNull())
    .addColumn('payload', text, c => c.notNull())
    .addColumn('is_drill', int, c => c.notNull())
    .addColumn('stored_ms', int, c => c.notNull())
    .addColumn('bytes', blob, c => c.notNull())
    .execute()
  const index = db.schema.createIndex('emergency_sets_by_package').on('emergency_sets')
  await index.columns(['package', 'payload']).execute()
  await table('emergency_set_parties')
    .addColumn('emergency_set', text, c => c.notNull().references('emergency_sets.id'))
    .addColumn('kid', text, c => c.notNull())
    .addPrimaryKeyConstraint('emergency_set_parties_key', ['kid', 'emergency_set'])
    .execute()
}

async function emergencies(db: Kysely<unknown>, kind: Kind): Promise<void> {
  const { text, int } = columns[kind]
  const table = (name: keyof Schema) => db.schema.createTable(name).modifyEnd(ends[kind])
  await table('emergencies')
    .addColumn('id', text, c => c.primaryKey().notNull())
    .addColumn('position', int, c => c.notNull().unique())
    .addColumn('emergency_set', text, c => c.notNull().references('emergency_sets.id'))
    .addColumn('requester', text, c => c.notNull())
    .addColumn('decide_by_ms', int, c => c.notNull())
    .addColumn('access_until_ms', int, c => c.notNull())
    .addColumn('opened_ms', int)
    .addColumn('closed_ms', int)
    .addColumn('is_settled', int, c => c.notNull())
    .addColumn('is_void', int, c => c.notNull())
    .execute()
  const bySet = db.schema.createIndex('emergencies_by_set').on('emergencies')
  await bySet.columns(['emergency_set', 'requester']).execute()
  await table('emergency_parties')
    .addColumn('emergency', text, c => c.notNull().references('emergencies.id'))
    .addColumn('kid', text, c => c.notNull())
    .addPrimaryKeyConstraint('emergency_parties_key', ['kid', 'emergency'])
    .execute()
}

async function events(db: Kysely<unknown>, kind: Kind): Promise<void> {
  const { text, int, blob } = columns[kind]
  const table = (name: keyof Schema) => db.schema.createTable(name).modifyEnd(ends[kind])
  await table('emergency_intents')
    .addColumn('hash', text, c => c.primaryKey().notNull())
    .addColumn('position', int, c => c.notNull().unique())
    .addColumn('about', text, c => c.notNull())
    .addColumn('kind', text, c => c.notNull())
    .addColumn('role', text, c => c.notNull())
    .addColumn('is_officer', int, c => c.notNull())
    .addColumn('bytes', blob, c => c.notNull())
    .addColumn('leaf', blob, c => c.notNull())
    .addColumn('salt', blob, c => c.notNull())
    .addColumn('entry', blob, c => c.notNull())
    .addColumn('stored_ms', int, c => c.notNull())
    .execute()
  await table('emergency_events')
    .addColumn('emergency', text, c => c.notNull().references('emergencies.id'))
    .addColumn('number', int, c => c.notNull())
    .addColumn('kind', text, c => c.notNull())
    .addColumn('by_kid', text, c => c.notNull())
    .addColumn('hash', text, c => c.notNull().unique())
    .addColumn('role', text, c => c.notNull())
    .addColumn('is_officer', int, c => c.notNull())
    .addColumn('stored_ms', int, c => c.notNull())
    .addColumn('opening', text, c => c.notNull().references('openings.id'))
    .addColumn('bytes', blob, c => c.notNull())
    .addPrimaryKeyConstraint('emergency_events_key', ['emergency', 'number'])
    .execute()
}
