/** The table of conferences. */
import type { Migration } from 'kysely'
import { columns, ends } from './columns.js'
import type { Engine } from './engine.js'

/** The host's last word, so that every server on this database can give it. */
export function endsOfConferences(kind: Engine['kind']): Migration {
  return {
    async up(db) {
      await db.schema.alterTable('conferences').addColumn('last_frame', columns[kind].blob).execute()
    },
  }
}

export function conferences(kind: Engine['kind']): Migration {
  const { text, int, blob } = columns[kind]
  return {
    async up(db) {
      await db.schema
        .createTable('conferences')
        .modifyEnd(ends[kind])
        .addColumn('id', text, c => c.primaryKey().notNull())
        .addColumn('owner', text, c => c.notNull())
        .addColumn('made_ms', int, c => c.notNull())
        .addColumn('until_ms', int, c => c.notNull())
        .addColumn('ended_ms', int)
        .addColumn('place', text, c => c.notNull())
        .addColumn('ticket', blob)
        .addColumn('ticket_expires_ms', int, c => c.notNull())
        .execute()
      await db.schema
        .createIndex('conferences_by_owner')
        .on('conferences')
        .columns(['owner', 'until_ms'])
        .execute()
    },
  }
}
