import { equal } from '@chartseal/core/bytes'
import { type Kysely, type Selectable, sql } from 'kysely'
import type { LinkAccess, LinkFile, Links, NewLink, Page, Put, StoredLink } from '../port.js'
import { prepared } from '../prepared.js'
import type { Schema } from '../schema.js'
import type { Unit } from '../unit.js'
import { checkId, checkLimit, ownBytes } from '../values.js'

export function linksIn(unit: Unit): Links {
  return {
    put: (link, most) => unit.together(db => put(db, link, most)),
    find: id =>
      unit.alone(async db => {
        const row = await db.selectFrom('links').selectAll().where('id', '=', id).executeTakeFirst()
        return row === undefined ? null : linkOf(row)
      }),
    files: id => unit.alone(db => files(db, id)),
    file: (id, file) =>
      unit.alone(async db => {
        const all = db.selectFrom('link_files').select(['type', 'jwe']).where('link', '=', id)
        return (await all.where('file', '=', file).executeTakeFirst()) ?? null
      }),
    ofOwner: (kid, { afterId = '', limit }) =>
      unit.alone(async db => {
        const own = db.selectFrom('links').selectAll().where('owner', '=', kid).where('id', '>', afterId)
        return (await own.orderBy('id').limit(checkLimit(limit)).execute()).map(linkOf)
      }),
    end: (id, nowMs) => unit.together(db => end(db, id, nowMs)),
    endAll: nowMs =>
      unit.together(async db => {
        const living = db.updateTable('links').set({ ended_ms: nowMs }).where('ended_ms', 'is', null)
        return (await living.returning('id').execute()).length
      }),
    decide: (id, isRight, nowMs) => unit.alone(db => decide(db, id, isRight, nowMs)),
    addTickets: tickets =>
      unit.alone(async db => {
        if (tickets.length === 0) return
        const rows = tickets.map(({ hash, link, file, expiresMs }) => ({
          hash,
          link,
          file,
          expires_ms: expiresMs,
        }))
        await db.insertInto('link_tickets').values(rows).execute()
      }),
    takeTicket: (hash, nowMs) =>
      unit.alone(async db => {
        const [row] = await takenTicket(db, hash)
        return row === undefined || row.expires_ms <= nowMs ? null : { link: row.link, file: row.file }
      }),
    addAccess: access => unit.together(db => addAccess(db, access)),
    accesses: (id, page) => unit.alone(db => accesses(db, id, page)),
  }
}

function linkOf(row: Selectable<Schema['links']>): StoredLink {
  const { id, owner, flag, passcode, opened } = row
  return {
    id,
    owner,
    flag,
    expMs: row.exp_ms,
    passcode,
    madeMs: row.made_ms,
    endedMs: row.ended_ms,
    attemptsLeft: row.attempts_left,
    opened,
    fileCount: row.file_count,
  }
}

async function files(db: Kysely<Schema>, id: string): Promise<readonly LinkFile[]> {
  const all = db.selectFrom('link_files').select(['type', 'jwe']).where('link', '=', id)
  return (await all.orderBy('file').execute()).map(({ type, jwe }) => ({ type, jwe }))
}

async function put(db: Kysely<Schema>, link: NewLink, most: number): Promise<Put | 'full'> {
  const known = await db.selectFrom('links').selectAll().where('id', '=', link.id).executeTakeFirst()
  if (known === undefined) return add(db, link, most)
  if (equal(ownBytes(known.body_hash), link.bodyHash)) return 'same'
  if (!mayChange(known, link)) return 'conflict'
  await db
    .updateTable('links')
    .set({ body_hash: link.bodyHash, file_count: link.files.length })
    .where('id', '=', link.id)
    .execute()
  await db.deleteFrom('link_tickets').where('link', '=', link.id).execute()
  await replaceFiles(db, link)
  return 'stored'
}

/** Of a link that lives on, the files alone: what was promised of it stays. */
function mayChange(known: Selectable<Schema['links']>, link: NewLink): boolean {
  return (
    known.owner === link.owner &&
    known.ended_ms === null &&
    known.flag.includes('L') &&
    known.flag === link.flag &&
    known.exp_ms === link.expMs &&
    known.passcode === link.passcode
  )
}

async function add(db: Kysely<Schema>, link: NewLink, most: number): Promise<'stored' | 'full'> {
  const living = db.selectFrom('links').select(one => one.fn.countAll<number>().as('count'))
  const own = living.where('owner', '=', link.owner).where('ended_ms', 'is', null)
  if ((await own.executeTakeFirstOrThrow()).count >= most) return 'full'
  await db
    .insertInto('links')
    .values({
      id: checkId(link.id),
      owner: checkId(link.owner),
      flag: link.flag,
      exp_ms: link.expMs,
      passcode: link.passcode,
      made_ms: link.nowMs,
      ended_ms: null,
      attempts_left: link.attempts,
      opened: 0,
      last_position: 0,
      file_count: link.files.length,
      body_hash: link.bodyHash,
    })
    .execute()
  await replaceFiles(db, link)
  return 'stored'
}

async function replaceFiles(db: Kysely<Schema>, { id, files: all }: NewLink): Promise<void> {
  await db.deleteFrom('link_files').where('link', '=', id).execute()
  const rows = all.map(({ type, jwe }, file) => ({ link: id, file, type, jwe }))
  for (const row of rows) await db.insertInto('link_files').values(row).execute()
}

async function end(db: Kysely<Schema>, id: string, nowMs: number): Promise<boolean> {
  const ended = await db
    .updateTable('links')
    .set({ ended_ms: nowMs })
    .where('id', '=', id)
    .where('ended_ms', 'is', null)
    .returning('id')
    .execute()
  await db.deleteFrom('link_tickets').where('link', '=', id).execute()
  await db.deleteFrom('link_files').where('link', '=', id).execute()
  return ended.length > 0
}

async function decide(
  db: Kysely<Schema>,
  id: string,
  isRight: boolean,
  nowMs: number,
): Promise<number | null> {
  const [spent, opened] = isRight ? [0, 1] : [1, 0]
  const { rows } = await sql<{ attempts_left: number }>`
    update links set attempts_left = attempts_left - ${spent}, opened = opened + ${opened}
    where id = ${id} and ended_ms is null and (exp_ms is null or exp_ms > ${nowMs}) and attempts_left > 0
    returning attempts_left`.execute(db)
  return rows[0]?.attempts_left ?? null
}

const takenTicket = prepared((db, hash: Uint8Array) =>
  db.deleteFrom('link_tickets').where('hash', '=', hash).returning(['link', 'file', 'expires_ms']),
)

async function addAccess(db: Kysely<Schema>, access: LinkAccess): Promise<number> {
  const { link, atMs, recipient, outcome, leafIndex } = access
  const counted = await db
    .updateTable('links')
    .set({ last_position: sql`last_position + 1` })
    .where('id', '=', link)
    .returning('last_position')
    .executeTakeFirstOrThrow()
  const { last_position: position } = counted
  await db
    .insertInto('link_accesses')
    .values({ link, position, at_ms: atMs, recipient, outcome, leaf_index: leafIndex })
    .execute()
  return position
}

async function accesses(
  db: Kysely<Schema>,
  link: string,
  { after = 0, limit }: Page,
): ReturnType<Links['accesses']> {
  const behind = db.selectFrom('link_accesses').selectAll().where('link', '=', link)
  const rows = await behind
    .where('position', '>', after)
    .orderBy('position')
    .limit(checkLimit(limit))
    .execute()
  return rows.map(({ position, at_ms: atMs, recipient, outcome, leaf_index: leafIndex }) => ({
    position,
    link,
    atMs,
    recipient,
    outcome: outcome === 'opened' ? 'opened' : 'refused',
    leafIndex,
  }))
}
