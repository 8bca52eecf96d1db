/** Who has the right to write the logs of a clinic, as its database says. */
import { type Kysely, sql } from 'kysely'
import { lockNames } from './claim.js'
import type { Schema } from './schema.js'

export interface Writer {
  readonly number: number
  /** Process and machine. */
  readonly holder: string
  readonly begunMs: number
  /** Whether it has the right still; false once its session has ended. */
  readonly isThere: boolean
}

/** The newest writer; `null` where several servers never were possible. PostgreSQL alone. */
export async function writerIn(db: Kysely<Schema>): Promise<Writer | null> {
  const row = await db.selectFrom('log_writer').selectAll().executeTakeFirst()
  if (row === undefined) return null
  const [high, low] = lockNames
  const { rows } =
    await sql`select 1 from pg_locks where locktype = 'advisory' and granted and classid = ${high}
    and objid = ${low} and objsubid = 2
    and database = (select oid from pg_database where datname = current_database())`.execute(db)
  return { number: row.number, holder: row.holder, begunMs: row.begun_ms, isThere: rows.length > 0 }
}
