import { sql } from 'kysely'

/** Column types by engine: strict tables on SQLite, one order of texts on both. */
export const columns = {
  sqlite: { text: sql`text`, int: sql`integer`, blob: sql`blob` },
  postgres: { text: sql`text collate "C"`, int: sql`bigint`, blob: sql`bytea` },
} as const

export const ends = { sqlite: sql`strict`, postgres: sql`` } as const
