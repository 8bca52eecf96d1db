import { equal } from '@chartseal/core/bytes'
import { defaultEngine } from '@chartseal/core/engine'
import type { Kysely, Selectable } from 'kysely'
import { Again } from '../failures.js'
import { lastThatFits } from '../pages.js'
import type { Deposit, Deposited, Mailboxes, SizedPage, StoredMessage } from '../port.js'
import { prepared } from '../prepared.js'
import type { Schema } from '../schema.js'
import type { Unit } from '../unit.js'
import { checkId, checkLimit, ownBytes } from '../values.js'
import { countOut, hasRoom, keptOfAcknowledged, placeIn } from './shares.js'

export function mailboxesIn(unit: Unit): Mailboxes {
  return {
    ownerOf: box =>
      unit.alone(async db => {
        const row = await db.selectFrom('boxes').select('owner').where('id', '=', box).executeTakeFirst()
        return row?.owner ?? null
      }),
    deposit: (deposit, limits) =>
      unit.together(async (db, tell) => {
        checkId(deposit.id)
        const found = await already(db, deposit)
        if (found !== null) return found
        const position = await placeIn(db, deposit, limits)
        if (typeof position === 'string') return position
        await insert(db, deposit, position)
        tell({ kind: 'mailbox', box: deposit.box })
        return { put: 'stored', position, storedMs: deposit.nowMs }
      }),
    compare: (box, id, bytes) => unit.alone(db => already(db, { box, id, bytes })),
    hasRoom: (deposit, limits) => unit.alone(db => hasRoom(db, deposit, limits)),
    list: (box, page) => unit.alone(db => pending(db, box, page)),
    find: (box, id) =>
      unit.alone(async db => {
        const row = await messageRow(db, box, id)
        return row === undefined ? null : messageOf(row)
      }),
    given: (box, ids) =>
      unit.alone(async db => {
        if (ids.length === 0) return
        const query = db.updateTable('messages').set({ given: 1 }).where('box', '=', box)
        await query.where('id', 'in', ids).execute()
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

async function already(
  db: Kysely<Schema>,
  { box, id, bytes }: Pick<Deposit, 'box' | 'id' | 'bytes'>,
): Promise<Deposited | null> {
  const found = await messageRow(db, box, id)
  if (found === undefined) return null
  const isWhole = found.bytes.length === found.size_bytes
  const isSame =
    bytes.length === found.size_bytes && equal(ownBytes(found.bytes), isWhole ? bytes : digest(bytes))
  const put = isSame ? 'same' : 'conflict'
  return { put, position: found.position, storedMs: found.stored_ms }
}

function digest(bytes: Uint8Array): Uint8Array {
  return defaultEngine().sha256(bytes)
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
    sender: string,
    given: number,
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
        sender,
        given,
      })
      .onConflict(conflict => conflict.columns(['box', 'id']).doNothing())
      .returning('position'),
)

async function insert(
  db: Kysely<Schema>,
  { box, id, bytes, nowMs, sender = '' }: Deposit,
  position: number,
): Promise<void> {
  const rows = await inserted(db, box, id, position, nowMs, null, bytes.length, bytes, sender, 0)
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
  const found = await messageRow(db, box, id)
  if (found === undefined || found.acknowledged_ms !== null) return found !== undefined
  const { sender, size_bytes: size } = found
  const bytes = ownBytes(found.bytes)
  const done = await db
    .updateTable('messages')
    .set({ acknowledged_ms: nowMs, bytes: size > keptOfAcknowledged ? digest(bytes) : bytes })
    .where('box', '=', box)
    .where('id', '=', id)
    .where('acknowledged_ms', 'is', null)
    .returning('id')
    .executeTakeFirst()
  if (done !== undefined && size > keptOfAcknowledged)
    await countOut(db, { box, sender, messages: 0, bytes: size - keptOfAcknowledged })
  return true
}

function messageOf(row: Selectable<Schema['messages']>): StoredMessage {
  const { id, position, sender } = row
  return {
    id,
    position,
    sender,
    bytes: ownBytes(row.bytes),
    storedMs: row.stored_ms,
    isGiven: row.given === 1,
    acknowledgedMs: row.acknowledged_ms,
  }
}
