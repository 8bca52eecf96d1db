/** The tables of the prescription ledger. */
import type { Migration } from 'kysely'
import { columns, ends } from './columns.js'
import type { Engine } from './engine.js'
import type { Schema } from './schema.js'

export function ledger(kind: Engine['kind']): Migration {
  const { text, int, blob } = columns[kind]
  return {
    async up(db) {
      const table = (name: keyof Schema) => db.schema.createTable(name).modifyEnd(ends[kind])
      await table('ledger_blocks')
        .addColumn('id', blob, c => c.primaryKey().notNull())
        .addColumn('height', int, c => c.notNull())
        .addColumn('entry', int, c => c.notNull())
        .addColumn('weight', text, c => c.notNull())
        .addColumn('header', blob, c => c.notNull())
        .execute()
      await db.schema
        .createIndex('ledger_blocks_by_height')
        .on('ledger_blocks')
        .columns(['height', 'entry'])
        .execute()
      await table('ledger_followed')
        .addColumn('height', int, c => c.primaryKey().notNull())
        .addColumn('id', blob, c => c.notNull())
        .execute()
      await table('ledger_nodes')
        .addColumn('hash', blob, c => c.primaryKey().notNull())
        .addColumn('bytes', blob, c => c.notNull())
        .execute()
      await table('ledger_records')
        .addColumn('txid', blob, c => c.notNull())
        .addColumn('block', blob, c => c.notNull())
        .addColumn('place', int, c => c.notNull())
        .addPrimaryKeyConstraint('ledger_records_key', ['txid', 'block'])
        .execute()
      await table('ledger_notes')
        .addColumn('name', text, c => c.primaryKey().notNull())
        .addColumn('value', blob, c => c.notNull())
        .execute()
      await table('ledger_head')
        .addColumn('one', int, c => c.primaryKey().notNull())
        .addColumn('tip', blob, c => c.notNull())
        .addColumn('final', blob, c => c.notNull())
        .addColumn('entries', int, c => c.notNull())
        .execute()
    },
  }
}
