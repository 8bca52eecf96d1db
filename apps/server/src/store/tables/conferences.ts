import type { Kysely, Selectable } from 'kysely'
import type { ConferencePut, Conferences, NewConference, StoredConference } from '../port-conferences.js'
import { prepared } from '../prepared.js'
import type { Schema } from '../schema.js'
import type { Unit } from '../unit.js'
import { checkId } from '../values.js'

export function conferencesIn(unit: Unit): Conferences {
  return {
    check: (conference, most) => unit.alone(db => check(db, conference, most)),
    put: (conference, most) => unit.together(db => put(db, conference, most)),
    find: id => unit.alone(db => find(db, id)),
    end: (id, nowMs) =>
      unit.alone(async db => {
        const living = db.updateTable('conferences').set(ended(nowMs)).where('id', '=', id)
        return (await living.where('ended_ms', 'is', null).returning('id').execute()).length > 0
      }),
    keepLastFrame: (id, frame) =>
      unit.alone(async db => {
        const own = db.updateTable('conferences').set({ last_frame: frame }).where('id', '=', id)
        await own.where('last_frame', 'is', null).execute()
      }),
    lastFrame: id =>
      unit.alone(async db => {
        const row = db.selectFrom('conferences').select('last_frame').where('id', '=', id)
        const found = (await row.executeTakeFirst())?.last_frame ?? null
        return found === null ? null : new Uint8Array(found)
      }),
    setTicket: (id, hash, expiresMs) =>
      unit.alone(async db => {
        const row = { ticket: hash, ticket_expires_ms: expiresMs }
        await db.updateTable('conferences').set(row).where('id', '=', id).execute()
      }),
    takeTicket: (id, { hash, place, nowMs }) =>
      unit.alone(async db => {
        const taken = await db
          .updateTable('conferences')
          .set({ ticket: null, place: checkId(place) })
          .where('id', '=', id)
          .where('ticket', '=', hash)
          .where('ticket_expires_ms', '>', nowMs)
          .where('ended_ms', 'is', null)
          .returning('id')
          .execute()
        return taken.length > 0
      }),
  }
}

/** Of one device that ends. */
export async function endConferencesOf(db: Kysely<Schema>, owner: string, nowMs: number): Promise<void> {
  const own = db.updateTable('conferences').set(ended(nowMs)).where('owner', '=', owner)
  await own.where('ended_ms', 'is', null).execute()
}

const ended = (nowMs: number) => ({ ended_ms: nowMs, ticket: null })

/** Whoever asks for a WebSocket is looked up by it, also in a flood. */
const rowOf = prepared((db, id: string) => db.selectFrom('conferences').selectAll().where('id', '=', id))

async function find(db: Kysely<Schema>, id: string): Promise<StoredConference | null> {
  const [row] = await rowOf(db, id)
  return row === undefined ? null : conferenceOf(row)
}

async function check(db: Kysely<Schema>, conference: NewConference, most: number): Promise<ConferencePut> {
  const { id, owner, nowMs } = conference
  const known = await find(db, id)
  if (known !== null) return verdictOn(known, conference)
  const going = db.selectFrom('conferences').select(one => one.fn.countAll<number>().as('count'))
  const own = going.where('owner', '=', owner).where('ended_ms', 'is', null).where('until_ms', '>', nowMs)
  const { count } = await own.executeTakeFirstOrThrow()
  return count >= most ? 'full' : 'stored'
}

function verdictOn(known: StoredConference, { owner, nowMs }: NewConference): ConferencePut {
  if (known.owner !== owner) return 'owner'
  return known.endedMs !== null || known.untilMs <= nowMs ? 'ended' : 'same'
}

async function put(db: Kysely<Schema>, conference: NewConference, most: number): Promise<ConferencePut> {
  const verdict = await check(db, conference, most)
  if (verdict === 'stored') return insert(db, conference)
  const { id, untilMs } = conference
  if (verdict === 'same')
    await db.updateTable('conferences').set({ until_ms: untilMs }).where('id', '=', id).execute()
  return verdict
}

async function insert(db: Kysely<Schema>, conference: NewConference): Promise<ConferencePut> {
  const { id, owner, nowMs, untilMs } = conference
  const row = {
    id: checkId(id),
    owner: checkId(owner),
    made_ms: nowMs,
    until_ms: untilMs,
    ended_ms: null,
    place: '',
  }
  const inserted = await db
    .insertInto('conferences')
    .values({ ...row, ticket: null, ticket_expires_ms: 0, last_frame: null })
    .onConflict(conflict => conflict.doNothing())
    .returning('id')
    .executeTakeFirst()
  if (inserted !== undefined) return 'stored'
  // Somebody put it at the same moment.
  const known = await find(db, id)
  return known === null ? 'owner' : verdictOn(known, conference)
}

function conferenceOf(row: Selectable<Schema['conferences']>): StoredConference {
  const { id, owner, place } = row
  return { id, owner, place, madeMs: row.made_ms, untilMs: row.until_ms, endedMs: row.ended_ms }
}
