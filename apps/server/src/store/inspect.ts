/** A copy of a store is looked at without changing it. */
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { attempt } from '@chartseal/core/files'
import { Kysely, sql } from 'kysely'
import { storeError } from './errors.js'
import { asStoreError } from './failures.js'
import type { Schema } from './schema.js'
import { openSqlite } from './sqlite.js'
import { openingsIn } from './tables/openings.js'
import { unitIn } from './unit.js'

export interface CopyReport {
  /** The greatest index of a leaf that it names of this log; -1 for none. */
  readonly lastLeafIndex: number
  /** CIDs whose bytes must be there. */
  readonly blocks: readonly string[]
}

/**
 * Opening writes beside a file, so a copy of it is opened, in a folder of its own below `scratch`.
 * @throws ChartsealError `store/damaged`, `store/failed`, `files/failed`
 */
export async function inspectCopy(file: string, log: string, scratch: string): Promise<CopyReport> {
  const folder = await attempt('make', () => mkdtemp(join(scratch, '.check-')), scratch)
  try {
    const copy = join(folder, 'store.db')
    await attempt('copy', () => copyFile(file, copy), file)
    return await inspect(copy, log)
  } catch (error) {
    throw asStoreError(error)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function inspect(file: string, log: string): Promise<CopyReport> {
  const { dialect } = await openSqlite(file, ':memory:')
  const db = new Kysely<Schema>({ dialect })
  try {
    const { rows } = await sql<{ integrity_check: string }>`pragma integrity_check`.execute(db)
    const [first] = rows
    if (first?.integrity_check !== 'ok') {
      throw storeError('store/damaged', { reason: first?.integrity_check ?? 'no answer' })
    }
    const openings = openingsIn(unitIn(db, () => undefined))
    return { lastLeafIndex: await openings.lastLeafIndex(log), blocks: await blocksIn(db) }
  } finally {
    await db.destroy()
  }
}

/** None in a copy that was made before there were any. */
async function blocksIn(db: Kysely<Schema>): Promise<readonly string[]> {
  const found = await sql`select 1 from sqlite_master where name = 'blobs'`.execute(db)
  if (found.rows.length === 0) return []
  const rows = await db.selectFrom('blobs').select('cid').orderBy('cid').execute()
  return rows.map(({ cid }) => cid)
}
