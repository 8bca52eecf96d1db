/** The tables of who writes the logs, and of which programs may go on with these tables. */
import type { Migration } from 'kysely'
import { columns, ends } from './columns.js'
import type { Engine } from './engine.js'
import type { Schema } from './schema.js'

export function writers(kind: Engine['kind']): Migration {
  const { text, int, blob } = columns[kind]
  return {
    async up(db) {
      const table = (name: keyof Schema) => db.schema.createTable(name).modifyEnd(ends[kind])
      await table('log_writer')
        .addColumn('one', int, c => c.primaryKey().notNull())
        .addColumn('number', int, c => c.notNull())
        .addColumn('holder', text, c => c.notNull())
        .addColumn('begun_ms', int, c => c.notNull())
        .execute()
      await table('log_ends')
        .addColumn('log', text, c => c.primaryKey().notNull())
        .addColumn('writer', int, c => c.notNull())
        .addColumn('size', int, c => c.notNull())
        .addColumn('root', blob, c => c.notNull())
        .execute()
      await table('store_needs')
        .addColumn('one', int, c => c.primaryKey().notNull())
        .addColumn('step', text, c => c.notNull())
        .execute()
    },
  }
}
