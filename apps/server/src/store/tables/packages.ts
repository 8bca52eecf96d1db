import { equal } from '@chartseal/core/bytes'
import { type Kysely, type Selectable, sql } from 'kysely'
import type { GrantsPut, GrantsVersion, Packages, Reader, StoredPackage } from '../port.js'
import type { Schema } from '../schema.js'
import type { Unit } from '../unit.js'
import { checkId, checkLimit, ownBytes } from '../values.js'
import { countedIn, heldSizes, keptBytes } from './blobs.js'
import { inParts } from './parts.js'
import { restoredSetting } from './settings.js'

export function packagesIn(unit: Unit): Packages {
  return {
    find: id => unit.alone(db => find(db, id)),
    bytesOf: id =>
      unit.alone(async db => {
        const row = await db.selectFrom('packages').select('bytes').where('id', '=', id).executeTakeFirst()
        return row === undefined ? null : ownBytes(row.bytes)
      }),
    check: (version, maxBytes) => unit.alone(db => check(db, version, maxBytes)),
    put: (version, maxBytes) => unit.together(db => put(db, version, maxBytes)),
    storedMs: (id, seq) =>
      unit.alone(async db => {
        const lists = db.selectFrom('grant_lists').select('stored_ms').where('package', '=', id)
        return (await lists.where('seq', '=', seq).executeTakeFirst())?.stored_ms ?? null
      }),
    readerOf: (id, kid) =>
      unit.alone(async db => {
        const readers = db.selectFrom('readers').selectAll().where('package', '=', id)
        const row = await readers.where('kid', '=', kid).executeTakeFirst()
        return row === undefined ? null : readerOf(row)
      }),
    readersOf: id =>
      unit.alone(async db => {
        const readers = db.selectFrom('readers').selectAll().where('package', '=', id)
        return (await readers.orderBy('kid').execute()).map(readerOf)
      }),
    ofDevice: (kid, nowMs, page) => unit.alone(db => ofDevice(db, kid, nowMs, page)),
  }
}

const columns = [
  'id',
  'owner',
  'seq',
  'list_cid',
  'version',
  'payload',
  'is_open',
  'not_before_ms',
  'not_after_ms',
  'packages.purposes as allowed',
  'updated_ms',
  'may_jump',
] as const

async function find(db: Kysely<Schema>, id: string): Promise<StoredPackage | null> {
  const row = await db.selectFrom('packages').select(columns).where('id', '=', id).executeTakeFirst()
  return row === undefined ? null : packageOf(row)
}

type Row = Omit<Selectable<Schema['packages']>, 'bytes' | 'purposes'> & { readonly allowed: string }

function packageOf(row: Row): StoredPackage {
  const { id, owner, seq, version, payload } = row
  return {
    id,
    owner,
    seq,
    listCid: row.list_cid,
    version,
    payload,
    isOpen: row.is_open === 1,
    notBeforeMs: row.not_before_ms,
    notAfterMs: row.not_after_ms,
    purposes: row.allowed.split(' ').filter(code => code !== ''),
    updatedMs: row.updated_ms,
    mayJump: row.may_jump === 1,
  }
}

function readerOf(row: Pick<Schema['readers'], 'kid' | 'until_ms' | 'purposes'>): Reader {
  return { kid: row.kid, untilMs: row.until_ms, purposes: row.purposes.split(' ') }
}

async function check(db: Kysely<Schema>, version: GrantsVersion, maxBytes: number): Promise<GrantsPut> {
  const latest = await find(db, version.package)
  if (latest !== null && latest.owner !== version.owner) return 'owner'
  if (latest !== null && version.seq <= latest.seq) {
    const verdict = await again(db, version)
    // Stated anew, it has its readers again.
    return verdict === 'same' && latest.mayJump && version.seq === latest.seq ? 'stored' : verdict
  }
  const mayJump = latest === null ? await isRestored(db) : latest.mayJump
  if (!mayJump && version.seq !== (latest?.seq ?? 0) + 1) return 'gap'
  if (!(mayJump ? isLater(latest, version) : follows(latest, version))) return 'conflict'
  return (await growth(db, version)) + (await keptBytes(db, version.owner)) <= maxBytes ? 'stored' : 'full'
}

/** By how many bytes the newest list grows. */
async function growth(db: Kysely<Schema>, { package: id, bytes }: GrantsVersion): Promise<number> {
  const held = db.selectFrom('packages').select(sql<number>`length(bytes)`.as('size'))
  return bytes.length - ((await held.where('id', '=', id).executeTakeFirst())?.size ?? 0)
}

async function again(db: Kysely<Schema>, version: GrantsVersion): Promise<'same' | 'conflict'> {
  const row = await db
    .selectFrom('grant_lists')
    .select('body_hash')
    .where('package', '=', version.package)
    .where('seq', '=', version.seq)
    .executeTakeFirst()
  return row !== undefined && equal(ownBytes(row.body_hash), version.bodyHash) ? 'same' : 'conflict'
}

/** A payload has one version, and versions have no gap. */
function follows(latest: StoredPackage | null, { previousCid, version, payload }: GrantsVersion): boolean {
  if (latest === null) return previousCid === null
  if (previousCid !== latest.listCid) return false
  return version === latest.version + (payload === latest.payload ? 0 : 1)
}

/** Behind lists that a restored store lacks. */
function isLater(latest: StoredPackage | null, { version, payload }: GrantsVersion): boolean {
  if (latest === null || version > latest.version) return true
  return version === latest.version && payload === latest.payload
}

/** Whether packages of meanwhile may be unknown here. */
async function isRestored(db: Kysely<Schema>): Promise<boolean> {
  const restored = db.selectFrom('settings').select('name').where('name', '=', restoredSetting)
  return (await restored.executeTakeFirst()) !== undefined
}

async function put(db: Kysely<Schema>, version: GrantsVersion, maxBytes: number): Promise<GrantsPut> {
  const verdict = await check(db, version, maxBytes)
  if (verdict !== 'stored') return verdict
  const { owner, blocks } = version
  if ((await heldSizes(db, owner, blocks)).size !== new Set(blocks).size) return 'payload'
  await countedIn(db, owner, 0, await growth(db, version))
  await replace(db, version)
  await db
    .insertInto('grant_lists')
    .values({
      package: version.package,
      seq: version.seq,
      list_cid: version.listCid,
      stored_ms: version.nowMs,
      body_hash: version.bodyHash,
    })
    .onConflict(conflict => conflict.doNothing())
    .execute()
  await name(db, version)
  await replaceReaders(db, version)
  return 'stored'
}

async function replace(db: Kysely<Schema>, version: GrantsVersion): Promise<void> {
  const row = {
    owner: checkId(version.owner),
    seq: version.seq,
    list_cid: checkId(version.listCid),
    version: version.version,
    payload: checkId(version.payload),
    is_open: version.readers === null ? 1 : 0,
    not_before_ms: version.notBeforeMs,
    not_after_ms: version.notAfterMs,
    purposes: version.purposes.map(checkId).join(' '),
    updated_ms: version.nowMs,
    may_jump: 0,
    bytes: version.bytes,
  }
  await db
    .insertInto('packages')
    .values({ id: checkId(version.package), ...row })
    .onConflict(conflict => conflict.column('id').doUpdateSet(row))
    .execute()
}

async function name(
  db: Kysely<Schema>,
  { package: id, payload: root, owner, blocks }: GrantsVersion,
): Promise<void> {
  for (const part of inParts(blocks)) {
    const rows = part.map(cid => ({ cid, package: id, root }))
    const inserting = db.insertInto('package_blocks').values(rows)
    await inserting.onConflict(conflict => conflict.doNothing()).execute()
    const holding = db.updateTable('blob_holders').set({ named: 1 }).where('kid', '=', owner)
    await holding.where('cid', 'in', part).execute()
  }
}

async function replaceReaders(db: Kysely<Schema>, { package: id, readers }: GrantsVersion): Promise<void> {
  await db.deleteFrom('readers').where('package', '=', id).execute()
  for (const part of inParts(readers ?? [])) {
    const rows = part.map(({ kid, untilMs, purposes }) => ({
      package: id,
      kid: checkId(kid),
      until_ms: untilMs,
      purposes: purposes.map(checkId).join(' '),
    }))
    await db.insertInto('readers').values(rows).execute()
  }
}

async function ofDevice(
  db: Kysely<Schema>,
  kid: string,
  nowMs: number,
  { afterId = '', limit }: { readonly afterId?: string; readonly limit: number },
): ReturnType<Packages['ofDevice']> {
  const rows = await db
    .selectFrom('packages')
    .leftJoin('readers', join =>
      join.onRef('readers.package', '=', 'packages.id').on('readers.kid', '=', kid),
    )
    .select(columns)
    .select(['readers.kid as reader', 'readers.until_ms', 'readers.purposes'])
    .where('packages.id', '>', afterId)
    .where(one =>
      one.or([
        one('packages.owner', '=', kid),
        one.and([
          one('readers.kid', 'is not', null),
          one.or([one('readers.until_ms', 'is', null), one('readers.until_ms', '>', nowMs)]),
        ]),
      ]),
    )
    .orderBy('packages.id')
    .limit(checkLimit(limit))
    .execute()
  return rows.map(row => {
    const { reader, until_ms, purposes } = row
    const isReader = reader !== null && purposes !== null
    return { found: packageOf(row), reader: isReader ? readerOf({ kid, until_ms, purposes }) : null }
  })
}
