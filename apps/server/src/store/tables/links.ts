import { equal } from '@chartseal/core/bytes'
import { type Kysely, type Selectable, sql } from 'kysely'
import type {
  LinkAccess,
  LinkAccessKind,
  LinkLimits,
  LinkPut,
  Links,
  LinkTicket,
  NewLink,
  Page,
  StoredLink,
  StoredLinkFile,
} from '../port.js'
import { prepared } from '../prepared.js'
import type { Schema } from '../schema.js'
import type { Unit } from '../unit.js'
import { checkId, checkLimit, ownBytes } from '../values.js'
import { countedIn, keptBytes } from './blobs.js'
import { endLinks, forgetFiles } from './closing.js'
import { isRefused, refuse } from './refused-links.js'

export function linksIn(unit: Unit): Links {
  return {
    check: (link, limits) => unit.alone(db => check(db, link, limits)),
    put: (link, limits) => unit.together(db => put(db, link, limits)),
    refuse: (refused, most) => unit.together(db => refuse(db, refused, most)),
    find: id =>
      unit.alone(async db => {
        const row = await db.selectFrom('links').selectAll().where('id', '=', id).executeTakeFirst()
        return row === undefined ? null : linkOf(row)
      }),
    files: id => unit.alone(db => files(db, id)),
    jwe: (id, file) =>
      unit.alone(async db => {
        const all = db.selectFrom('link_files').select('jwe').where('link', '=', id)
        return (await all.where('file', '=', file).executeTakeFirst())?.jwe ?? null
      }),
    ofOwner: (kid, { afterId = '', limit }) =>
      unit.alone(async db => {
        const own = db.selectFrom('links').selectAll().where('owner', '=', kid).where('id', '>', afterId)
        return (await own.orderBy('id').limit(checkLimit(limit)).execute()).map(linkOf)
      }),
    end: (id, nowMs) => unit.together(async db => (await endLinks(db, [id], nowMs)) > 0),
    countWrongPasscode: (id, seen, next) =>
      unit.alone(async db => (await counted(db, next, id, seen)).length > 0),
    addTicket: ticket => unit.alone(db => addTicket(db, ticket)),
    takeTicket: (link, hash) =>
      unit.alone(async db => {
        const [row] = await takenTicket(db, link, hash)
        return row === undefined ? null : ticketOf(row)
      }),
    addAccess: access => unit.together(db => addAccess(db, access)),
    accesses: (id, page) => unit.alone(db => accesses(db, id, page)),
  }
}

function linkOf(row: Selectable<Schema['links']>): StoredLink {
  const { id, owner, flags, passcode, opened } = row
  return {
    id,
    owner,
    flags,
    expMs: row.exp_ms,
    passcode,
    wrongPasscodes: row.wrong_passcodes,
    maxWrongPasscodes: row.max_wrong_passcodes,
    madeMs: row.made_ms,
    endedMs: row.ended_ms,
    opened,
  }
}

async function files(db: Kysely<Schema>, id: string): Promise<readonly StoredLinkFile[]> {
  const rows = await db
    .selectFrom('link_files')
    .select(['content_type', 'updated_ms', 'fhir_version', 'size'])
    .where('link', '=', id)
    .orderBy('file')
    .execute()
  return rows.map(row => ({
    contentType: row.content_type,
    updatedMs: row.updated_ms,
    fhirVersion: row.fhir_version,
    length: row.size,
  }))
}

async function check(db: Kysely<Schema>, link: NewLink, limits: LinkLimits): Promise<LinkPut> {
  const known = await db.selectFrom('links').selectAll().where('id', '=', link.id).executeTakeFirst()
  if (known !== undefined) {
    if (known.owner === link.owner && equal(ownBytes(known.body_hash), link.bodyHash)) return 'same'
    if (!mayChange(known, link)) return 'conflict'
  } else {
    if (await isRefused(db, link)) return 'conflict'
    if (!(await hasRoom(db, link, limits.links))) return 'full'
  }
  const bytes = (await keptBytes(db, link.owner)) + (await growth(db, link))
  return bytes <= limits.bytes ? 'stored' : 'quota'
}

async function put(db: Kysely<Schema>, link: NewLink, limits: LinkLimits): Promise<LinkPut> {
  const verdict = await check(db, link, limits)
  if (verdict !== 'stored') return verdict
  await forgetFiles(db, [link.id])
  await addLink(db, link)
  await addFiles(db, link)
  return 'stored'
}

async function hasRoom(db: Kysely<Schema>, { owner }: NewLink, most: number): Promise<boolean> {
  const living = db.selectFrom('links').select(one => one.fn.countAll<number>().as('count'))
  const own = living.where('owner', '=', owner).where('ended_ms', 'is', null)
  return (await own.executeTakeFirstOrThrow()).count < most
}

/** By how many bytes its files grow. */
async function growth(db: Kysely<Schema>, { id, files: all }: NewLink): Promise<number> {
  const before = await files(db, id)
  return sizeOf(all) - before.reduce((sum, { length }) => sum + length, 0)
}

const sizeOf = (all: NewLink['files']): number => all.reduce((sum, { jwe }) => sum + jwe.length, 0)

/** Of a link that lives on, the files alone: what was promised of it stays. */
function mayChange(known: Selectable<Schema['links']>, link: NewLink): boolean {
  return (
    known.owner === link.owner &&
    known.ended_ms === null &&
    known.flags.includes('L') &&
    known.flags === link.flags &&
    known.exp_ms === link.expMs &&
    known.passcode === link.passcode &&
    known.max_wrong_passcodes === link.maxWrongPasscodes
  )
}

/** Of one that is there, other files alone. */
async function addLink(db: Kysely<Schema>, link: NewLink): Promise<void> {
  await db
    .insertInto('links')
    .values({
      id: checkId(link.id),
      owner: checkId(link.owner),
      flags: link.flags,
      exp_ms: link.expMs,
      passcode: link.passcode,
      wrong_passcodes: 0,
      max_wrong_passcodes: link.maxWrongPasscodes,
      made_ms: link.nowMs,
      ended_ms: null,
      opened: 0,
      last_position: 0,
      body_hash: link.bodyHash,
    })
    .onConflict(conflict => conflict.column('id').doUpdateSet({ body_hash: link.bodyHash }))
    .execute()
}

async function addFiles(db: Kysely<Schema>, { id, owner, files: all }: NewLink): Promise<void> {
  await countedIn(db, owner, 0, sizeOf(all))
  for (const [file, { contentType, updatedMs, fhirVersion, jwe }] of all.entries())
    await db
      .insertInto('link_files')
      .values({
        link: id,
        file,
        content_type: contentType,
        updated_ms: updatedMs,
        fhir_version: fhirVersion,
        size: jwe.length,
        jwe,
      })
      .execute()
}

const counted = prepared((db, next: number, id: string, seen: number) =>
  db
    .updateTable('links')
    .set({ wrong_passcodes: next })
    .where('id', '=', id)
    .where('wrong_passcodes', '=', seen)
    .where('ended_ms', 'is', null)
    .returning('id'),
)

async function addTicket(db: Kysely<Schema>, ticket: LinkTicket): Promise<void> {
  const { hash, link, file, recipient, expiresMs } = ticket
  const row = { hash, link, file, recipient, expires_ms: expiresMs }
  await db.insertInto('link_tickets').values(row).execute()
}

const takenTicket = prepared((db, link: string, hash: Uint8Array) =>
  db.deleteFrom('link_tickets').where('link', '=', link).where('hash', '=', hash).returningAll(),
)

function ticketOf(row: Selectable<Schema['link_tickets']>): LinkTicket {
  const { link, file, recipient } = row
  return { hash: ownBytes(row.hash), link, file, recipient, expiresMs: row.expires_ms }
}

async function addAccess(db: Kysely<Schema>, access: LinkAccess): Promise<number> {
  const { link, atMs, kind, recipient, file, leafIndex } = access
  const isOpening = kind === 'manifest' || kind === 'direct'
  const { last_position: position } = await db
    .updateTable('links')
    .set({ last_position: sql`last_position + 1`, ...(isOpening ? { opened: sql`opened + 1` } : {}) })
    .where('id', '=', link)
    .returning('last_position')
    .executeTakeFirstOrThrow()
  await db
    .insertInto('link_accesses')
    .values({ link, position, at_ms: atMs, kind, recipient, file, leaf_index: leafIndex })
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
  return rows.map(({ position, at_ms: atMs, kind, recipient, file, leaf_index: leafIndex }) => {
    return { position, link, atMs, kind: kindOf(kind), recipient, file, leafIndex }
  })
}

const kinds: readonly LinkAccessKind[] = ['manifest', 'direct', 'file', 'wrong-passcode']

function kindOf(text: string): LinkAccessKind {
  const kind = kinds.find(known => known === text)
  if (kind === undefined) throw new Error('internal: an access of another kind')
  return kind
}
