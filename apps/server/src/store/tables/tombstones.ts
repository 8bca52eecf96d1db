/** Blocks that a device had and deleted: it does not put them again, and whoever it gives packages to is told. */
import { type Kysely, sql } from 'kysely'
import type { Released } from '../port.js'
import { prepared } from '../prepared.js'
import type { Schema } from '../schema.js'
import { checkId } from '../values.js'

const tombstoneRows = prepared((db, cid: string, kid: string) =>
  db.selectFrom('tombstones').select('cid').where('cid', '=', cid).where('kid', '=', kid),
)

/** By the device itself. */
export async function isDeleted(db: Kysely<Schema>, cid: string, kid: string): Promise<boolean> {
  return (await tombstoneRows(db, cid, kid)).length > 0
}

/** By the device, or by one that gives it a package now; to others a block that went is as one that never was. */
export async function wasDeletedFor(
  db: Kysely<Schema>,
  cid: string,
  kid: string,
  nowMs: number,
): Promise<boolean> {
  if (await isDeleted(db, cid, kid)) return true
  const { rows } = await sql`
    select 1 from tombstones join packages on packages.owner = tombstones.kid
    left join readers on readers.package = packages.id and readers.kid = ${kid}
    where tombstones.cid = ${cid} and ${isGivenNow(nowMs)}
    limit 1`.execute(db)
  return rows.length > 0
}

/** Of a package, with the row of a reader beside it. */
export const isGivenNow = (nowMs: number) => sql`
  packages.not_before_ms <= ${nowMs} and (packages.not_after_ms is null or packages.not_after_ms >= ${nowMs})
  and (packages.is_open = 1 or (readers.kid is not null
    and (readers.until_ms is null or readers.until_ms > ${nowMs})))`

export async function markDeleted(
  db: Kysely<Schema>,
  cids: readonly string[],
  { kid, nowMs }: Pick<Released, 'kid' | 'nowMs'>,
): Promise<void> {
  const tombstones = cids.map(cid => ({ cid: checkId(cid), kid: checkId(kid), deleted_ms: nowMs }))
  const inserting = db.insertInto('tombstones').values(tombstones)
  await inserting.onConflict(conflict => conflict.doNothing()).execute()
}
