/** The same in PostgreSQL, where CHARTSEAL_POSTGRES names a server: one transaction for each batch. */
import { createHash } from 'node:crypto'
import pg from 'pg'
import type { Skipped } from '../measure.js'
import { type DurableAppends, inBatches } from './batches.js'

export const postgresName = 'PostgreSQL, hash chain'

const url = process.env['CHARTSEAL_POSTGRES']

export async function whyNoPostgres(): Promise<Skipped | null> {
  if (url === undefined) return { name: postgresName, skipped: 'CHARTSEAL_POSTGRES names no server' }
  const client = new pg.Client({ connectionString: url })
  try {
    await client.connect()
    await client.end()
    return null
  } catch {
    return { name: postgresName, skipped: 'the server of CHARTSEAL_POSTGRES does not answer' }
  }
}

export async function postgresChain(): Promise<DurableAppends> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const table = `chartseal_bench_${process.pid}_${(await client.query('SELECT pg_backend_pid() AS id')).rows[0].id}`
  await client.query(
    `CREATE TABLE ${table} (seq BIGSERIAL PRIMARY KEY, record BYTEA NOT NULL, hash BYTEA NOT NULL)`,
  )
  let last: Uint8Array = new Uint8Array(32)
  const write = async (records: readonly Uint8Array[]): Promise<void> => {
    const hashes = records.map(record => {
      last = createHash('sha256').update(last).update(record).digest()
      return last
    })
    const rows = 'SELECT * FROM unnest($1::bytea[], $2::bytea[])'
    await client.query(`INSERT INTO ${table} (record, hash) ${rows}`, [
      records.map(record => Buffer.from(record)),
      hashes,
    ])
  }
  return {
    append: inBatches(write),
    records: async () => {
      const { rows } = await client.query<{ record: Buffer }>(`SELECT record FROM ${table} ORDER BY seq`)
      return rows.map(({ record }) => Uint8Array.from(record))
    },
    close: async () => {
      await client.query(`DROP TABLE ${table}`)
      await client.end()
    },
  }
}
