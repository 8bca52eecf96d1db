import { type Kysely, sql } from 'kysely'
import type { Blobs, HeldBlob, Released, StoredBlob } from '../port.js'
import { prepared } from '../prepared.js'
import type { Schema } from '../schema.js'
import type { Unit } from '../unit.js'
import { checkId, checkLimit } from '../values.js'
import { isOpenedFor } from './break-glass.js'
import { inParts } from './parts.js'
import { isDeleted, isGivenNow, markDeleted, wasDeletedFor } from './tombstones.js'

/** Few enough for the variables of a statement, and that nobody waits long. */
const mostReleased = 200

export function blobsIn(unit: Unit): Blobs {
  return {
    find: cid => unit.alone(db => find(db, cid)),
    readable: (cid, kid, nowMs) => unit.alone(db => readable(db, cid, kid, nowMs)),
    held: (cid, kid) => unit.alone(db => held(db, cid, kid)),
    isPart: (cid, kid) => unit.alone(async db => (await partsOf(db, cid, [cid], kid)).length > 0),
    room: (blob, maxBytes) => unit.alone(db => room(db, blob, maxBytes)),
    heldSizes: (kid, cids) => unit.alone(db => heldSizes(db, kid, cids)),
    put: (blob, maxBytes) => unit.together(db => put(db, blob, maxBytes)),
    release: released => unit.together(db => release(db, released)),
    releaseUnnamed: untilMs => unit.together(db => releaseUnnamed(db, untilMs)),
    list: ({ afterCid = '', limit }) =>
      unit.alone(async db => {
        const behind = db.selectFrom('blobs').select('cid').where('cid', '>', afterCid)
        const rows = await behind.orderBy('cid').limit(checkLimit(limit)).execute()
        return rows.map(({ cid }) => cid)
      }),
  }
}

const blobRows = prepared((db, cid: string) =>
  db.selectFrom('blobs').select(['size_bytes', 'stored_ms']).where('cid', '=', cid),
)

async function find(db: Kysely<Schema>, cid: string): Promise<StoredBlob | null> {
  const [row] = await blobRows(db, cid)
  return row === undefined ? null : { sizeBytes: row.size_bytes, storedMs: row.stored_ms }
}

const heldRows = prepared((db, cid: string, kid: string) =>
  db
    .selectFrom('blob_holders')
    .select(['size_bytes', 'since_ms'])
    .where('cid', '=', cid)
    .where('kid', '=', kid),
)

async function held(db: Kysely<Schema>, cid: string, kid: string): Promise<StoredBlob | null> {
  const [row] = await heldRows(db, cid, kid)
  return row === undefined ? null : { sizeBytes: row.size_bytes, storedMs: row.since_ms }
}

async function readable(
  db: Kysely<Schema>,
  cid: string,
  kid: string,
  nowMs: number,
): Promise<StoredBlob | 'deleted' | 'missing'> {
  const found = await find(db, cid)
  if (found !== null && (await mayRead(db, cid, kid, nowMs))) return found
  return (await wasDeletedFor(db, cid, kid, nowMs)) ? 'deleted' : 'missing'
}

async function mayRead(db: Kysely<Schema>, cid: string, kid: string, nowMs: number): Promise<boolean> {
  if ((await held(db, cid, kid)) !== null || (await isGiven(db, cid, kid, nowMs))) return true
  return isOpenedFor(db, cid, kid, nowMs)
}

/** By a package that names it. */
async function isGiven(db: Kysely<Schema>, cid: string, kid: string, nowMs: number): Promise<boolean> {
  const { rows } = await sql`
    select 1 from package_blocks join packages on packages.id = package_blocks.package
    left join readers on readers.package = packages.id and readers.kid = ${kid}
    where package_blocks.cid = ${cid} and (packages.owner = ${kid} or (${isGivenNow(nowMs)}))
    limit 1`.execute(db)
  return rows.length > 0
}

async function room(
  db: Kysely<Schema>,
  { cid, kid, sizeBytes }: HeldBlob,
  maxBytes: number,
): Promise<'room' | 'same' | 'full' | 'deleted'> {
  if ((await held(db, cid, kid)) !== null) return 'same'
  if (await isDeleted(db, cid, kid)) return 'deleted'
  return (await keptBytes(db, kid)) + sizeBytes <= maxBytes ? 'room' : 'full'
}

/** Of blocks and grant lists of a device. */
export async function keptBytes(db: Kysely<Schema>, kid: string): Promise<number> {
  const shares = db.selectFrom('blob_shares').select('kept_bytes').where('kid', '=', kid)
  return (await shares.executeTakeFirst())?.kept_bytes ?? 0
}

export async function heldSizes(
  db: Kysely<Schema>,
  kid: string,
  cids: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>()
  for (const part of inParts(cids)) {
    const held = db.selectFrom('blob_holders').select(['cid', 'size_bytes']).where('kid', '=', kid)
    for (const row of await held.where('cid', 'in', part).execute()) sizes.set(row.cid, row.size_bytes)
  }
  return sizes
}

async function put(
  db: Kysely<Schema>,
  blob: HeldBlob,
  maxBytes: number,
): Promise<StoredBlob | 'full' | 'deleted'> {
  const cid = checkId(blob.cid)
  const { kid, sizeBytes, nowMs } = blob
  const before = await room(db, blob, maxBytes)
  if (before === 'full' || before === 'deleted') return before
  // Restored without its bytes, it may be the same and yet be put again.
  await insertedBlob(db, cid, sizeBytes, nowMs)
  if (before === 'room' && (await insertedHolder(db, cid, checkId(kid), nowMs, sizeBytes, 0)).length > 0)
    await countedIn(db, kid, 1, sizeBytes)
  const now = await held(db, cid, kid)
  if (now === null) throw new Error('internal: a block that was put is not held')
  return now
}

const insertedBlob = prepared((db, cid: string, sizeBytes: number, storedMs: number) =>
  db
    .insertInto('blobs')
    .values({ cid, size_bytes: sizeBytes, stored_ms: storedMs })
    .onConflict(conflict => conflict.doNothing()),
)

const insertedHolder = prepared(
  (db, cid: string, kid: string, sinceMs: number, sizeBytes: number, named: number) =>
    db
      .insertInto('blob_holders')
      .values({ cid, kid, since_ms: sinceMs, size_bytes: sizeBytes, named })
      .onConflict(conflict => conflict.doNothing())
      .returning('cid'),
)

export const countedIn = prepared((db, kid: string, kept: number, keptBytes: number) =>
  db
    .insertInto('blob_shares')
    .values({ kid, kept, kept_bytes: keptBytes })
    .onConflict(conflict =>
      conflict.column('kid').doUpdateSet({
        kept: sql`blob_shares.kept + excluded.kept`,
        kept_bytes: sql`blob_shares.kept_bytes + excluded.kept_bytes`,
      }),
    ),
)

async function release(db: Kysely<Schema>, { root, cids, kid, nowMs }: Released): Promise<readonly string[]> {
  if (cids.length > mostReleased) throw new RangeError(`cids must be at most ${mostReleased}`)
  if (cids.length === 0) return []
  const others = new Set(await partsOf(db, root, cids, kid))
  const going = cids.filter(cid => !others.has(cid))
  await db
    .deleteFrom('package_blocks')
    .where('cid', 'in', cids)
    .where('root', '=', root)
    .where('package', 'in', db.selectFrom('packages').select('id').where('owner', '=', kid))
    .execute()
  if (going.length === 0) return []
  const { left, gone } = await letGo(db, going, kid)
  if (left.length === 0) return gone
  // A node may name blocks of others, which its device never had.
  await markDeleted(db, left, { kid, nowMs })
  return gone
}

/** Those of these blocks that payloads with another root have, of packages of the device. */
async function partsOf(
  db: Kysely<Schema>,
  root: string,
  cids: readonly string[],
  kid: string,
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('package_blocks')
    .select('cid')
    .where('cid', 'in', cids)
    .where('package', 'in', db.selectFrom('packages').select('id').where('owner', '=', kid))
    .where('root', '<>', root)
    .execute()
  return rows.map(({ cid }) => cid)
}

interface LetGo {
  /** Those that the device had. */
  readonly left: readonly string[]
  /** Those that nobody holds. */
  readonly gone: readonly string[]
}

/** One device holds these no longer. */
async function letGo(db: Kysely<Schema>, cids: readonly string[], kid: string): Promise<LetGo> {
  const held = await db
    .deleteFrom('blob_holders')
    .where('cid', 'in', cids)
    .where('kid', '=', kid)
    .returning(['cid', 'size_bytes'])
    .execute()
  const bytes = held.reduce((sum, { size_bytes: size }) => sum + size, 0)
  if (held.length > 0) await countedIn(db, kid, -held.length, -bytes)
  const gone = await db
    .deleteFrom('blobs')
    .where('cid', 'in', cids)
    .where('cid', 'not in', db.selectFrom('blob_holders').select('cid').where('cid', 'in', cids))
    .returning('cid')
    .execute()
  return { left: held.map(({ cid }) => cid), gone: gone.map(({ cid }) => cid) }
}

async function releaseUnnamed(
  db: Kysely<Schema>,
  untilMs: number,
): Promise<{ readonly count: number; readonly gone: readonly string[] }> {
  // The word as the partial index has it, or it is not used.
  const { rows } = await sql<{ cid: string; kid: string }>`
    select cid, kid from blob_holders where named = 0 and since_ms <= ${untilMs}
    order by since_ms limit ${sql.lit(mostReleased)}`.execute(db)
  const byKid = new Map<string, string[]>()
  for (const { cid, kid } of rows) byKid.set(kid, [...(byKid.get(kid) ?? []), cid])
  const gone: string[] = []
  for (const [kid, cids] of [...byKid].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    gone.push(...(await letGo(db, cids, kid)).gone)
  return { count: rows.length, gone }
}
