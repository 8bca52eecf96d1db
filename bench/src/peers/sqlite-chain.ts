/** A table whose rows hold the hash of the row before: one durable transaction for each batch. libsql 0.5 loses blobs. */
import { createHash } from 'node:crypto'
import type { Skipped } from '../measure.js'
import { type DurableAppends, inBatches } from './batches.js'

export const sqliteName = 'SQLite (libsql), hash chain'

/** libsql comes prebuilt for some machines only. */
export async function whyNoSqlite(): Promise<Skipped | null> {
  try {
    await import('libsql')
    return null
  } catch {
    return { name: sqliteName, skipped: 'libsql does not load here' }
  }
}

export async function sqliteChain(path: string): Promise<DurableAppends> {
  const { default: Database } = await import('libsql')
  const db = new Database(path)
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  db.exec('CREATE TABLE log (seq INTEGER PRIMARY KEY, record TEXT NOT NULL, hash TEXT NOT NULL)')
  const insert = db.prepare('INSERT INTO log (record, hash) VALUES (?, ?)')
  let last: Uint8Array = new Uint8Array(32)
  const write = db.transaction((records: readonly Uint8Array[]) => {
    for (const record of records) {
      last = createHash('sha256').update(last).update(record).digest()
      insert.run(Buffer.from(record).toString('latin1'), Buffer.from(last).toString('hex'))
    }
  })
  return {
    append: inBatches(records => {
      write(records)
    }),
    records: async () => {
      const rows = db.prepare('SELECT record FROM log ORDER BY seq').all()
      return rows.map(row => {
        const { record }: { record: string } = Object(row)
        return Uint8Array.from(Buffer.from(record, 'latin1'))
      })
    },
    close: async () => {
      db.close()
    },
  }
}
