import { equal } from '@chartseal/core/bytes'
import { type Kysely, type Selectable, sql } from 'kysely'
import { Again } from '../failures.js'
import { lastThatFits } from '../pages.js'
import type { BoxLimits, Deposit, Deposited, Mailboxes, SizedPage, StoredMessage } from '../port.js'
import { prepared } from '../prepared.js'
import type { Schema } from '../schema.js'
import type { Unit } from '../unit.js'
import { checkId, checkLimit, ownBytes } from '../values.js'

export function mailboxesIn(unit: Unit): Mailboxes {
  return {
    ownerOf: box =>
      unit.alone(async db => {
        const row = await db.selectFrom('boxes').select('owner').where('id', '=', box).executeTakeFirst()
        return row?.owner ?? null
      }),
    deposit: (deposit, limits) =>
      unit.together(async (db, tell) => {
        const found = await already(db, deposit)
        if (found !== null) return found
        const position = await placeIn(db, deposit, limits)
        if (typeof position === 'string') return position
        await insert(db, deposit, position)
        tell({ kind: 'mailbox', box: deposit.box })
        return { put: 'stored', position, storedMs: deposit.nowMs }
      }),
    list: (box, page) => unit.alone(db => pending(db, box, page)),
    find: (box, id) =>
      unit.alone(async db => {
        const row = await messageRow(db, box, id)
        return row === undefined ? null : messageOf(row)
      }),
    acknowledge: (box, id, nowMs) => unit.together(db => acknowledge(db, box, id, nowMs)),
  }
}

const messageRows = prepared((db, box: string, id: string) =>
  db.selectFrom('messages').selectAll().where('box', '=', box).where('id', '=', id),
)

async function messageRow(
  db: Kysely<Schema>,
  box: string,
  id: string,
): Promise<Selectable<Schema['messages']> | undefined> {
  return (await messageRows(db, box, id))[0]
}

async function already(db: Kysely<Schema>, { box, id, bytes }: Deposit): Promise<Deposited | null> {
  const found = await messageRow(db, box, checkId(id))
  if (found === undefined) return null
  const put = equal(ownBytes(found.bytes), bytes) ? 'same' : 'conflict'
  return { put, position: found.position, storedMs: found.stored_ms }
}

const countedIn = prepared((db, added: number, box: string, maxMessages: number, mostBefore: number) =>
  db
    .updateTable('boxes')
    .set(row => ({
      last_position: sql`last_position + 1`,
      pending: sql`pending + 1`,
      pending_bytes: row('pending_bytes', '+', added),
    }))
    .where('id', '=', box)
    .where('pending', '<', maxMessages)
    .where('pending_bytes', '<=', mostBefore)
    .returning('last_position'),
)

/** Counts it in and takes the next position; the row stays locked until the message can be seen. */
async function placeIn(
  db: Kysely<Schema>,
  { box, bytes }: Deposit,
  { maxMessages, maxBytes }: BoxLimits,
): Promise<number | 'no-box' | 'full'> {
  const [counted] = await countedIn(db, bytes.length, box, maxMessages, maxBytes - bytes.length)
  if (counted !== undefined) return counted.last_position
  const found = await db.selectFrom('boxes').select('id').where('id', '=', box).executeTakeFirst()
  return found === undefined ? 'no-box' : 'full'
}

const inserted = prepared(
  (
    db,
    box: string,
    id: string,
    position: number,
    storedMs: number,
    acknowledgedMs: null,
    sizeBytes: number,
    bytes: Uint8Array,
  ) =>
    db
      .insertInto('messages')
      .values({
        box,
        id,
        position,
        stored_ms: storedMs,
        acknowledged_ms: acknowledgedMs,
        size_bytes: sizeBytes,
        bytes,
      })
      .onConflict(conflict => conflict.columns(['box', 'id']).doNothing())
      .returning('position'),
)

async function insert(
  db: Kysely<Schema>,
  { box, id, bytes, nowMs }: Deposit,
  position: number,
): Promise<void> {
  const rows = await inserted(db, box, id, position, nowMs, null, bytes.length, bytes)
  // Another deposit of it came between looking and counting, which is taken back.
  if (rows.length === 0) throw new Again()
}

async function pending(
  db: Kysely<Schema>,
  box: string,
  { after = 0, limit, maxBytes }: SizedPage,
): Promise<readonly StoredMessage[]> {
  const waiting = db.selectFrom('messages').where('box', '=', box).where('acknowledged_ms', 'is', null)
  const sizes = await waiting
    .select(['position as place', 'size_bytes'])
    .where('position', '>', after)
    .orderBy('position')
    .limit(checkLimit(limit))
    .execute()
  const last = lastThatFits(sizes, maxBytes)
  if (last === null) return []
  const rows = await waiting
    .selectAll()
    .where('position', '>', after)
    .where('position', '<=', last)
    .orderBy('position')
    .execute()
  return rows.map(messageOf)
}

async function acknowledge(db: Kysely<Schema>, box: string, id: string, nowMs: number): Promise<boolean> {
  const done = await db
    .updateTable('messages')
    .set({ acknowledged_ms: nowMs })
    .where('box', '=', box)
    .where('id', '=', id)
    .where('acknowledged_ms', 'is', null)
    .returning('size_bytes')
    .executeTakeFirst()
  if (done === undefined) return (await messageRow(db, box, id)) !== undefined
  await db
    .updateTable('boxes')
    .set(row => ({
      pending: row('pending', '-', 1),
      pending_bytes: row('pending_bytes', '-', done.size_bytes),
    }))
    .where('id', '=', box)
    .execute()
  return true
}

function messageOf(row: Selectable<Schema['messages']>): StoredMessage {
  const { id, position } = row
  return {
    id,
    position,
    bytes: ownBytes(row.bytes),
    storedMs: row.stored_ms,
    acknowledgedMs: row.acknowledged_ms,
  }
}
