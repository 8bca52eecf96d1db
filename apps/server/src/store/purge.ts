import type { Kysely, Selectable, SelectQueryBuilder } from 'kysely'
import type { Purged, PurgeRules } from './port.js'
import type { Schema } from './schema.js'
import { endLinks } from './tables/closing.js'
import { type CountedOut, countOut, keptOfAcknowledged } from './tables/shares.js'
import type { Unit } from './unit.js'

/** So long behind its end a conference is known, and its frames are kept. */
const keptConferenceMs = 86_400_000
/** Few enough that nobody waits long for the one who forgets. */
const rows = 200

/** Forgets what has had its time. Each round is a transaction of its own, so that others come between. */
export async function purge(unit: Unit, nowMs: number, rules: PurgeRules): Promise<Purged> {
  const acknowledgedMs = nowMs - rules.keepAcknowledgedMs
  const invitedMs = nowMs - rules.keepInvitationsMs
  return {
    messages:
      (await inRounds(unit, db => oldMessages(db, acknowledgedMs))) +
      (await inRounds(unit, db => messagesOfEnded(db, acknowledgedMs))),
    steps: await inRounds(unit, db => oldSteps(db, nowMs)),
    nonces: await inRounds(unit, db => oldNonces(db, nowMs)),
    tickets: await inRounds(unit, db => oldTickets(db, nowMs)),
    links: await inRounds(unit, db => overdueLinks(db, nowMs)),
    refusedLinks: await inRounds(unit, db => oldRefusals(db, nowMs)),
    conferences: await inRounds(unit, db => oldConferences(db, nowMs - keptConferenceMs)),
    invitations: await unit.alone(async db => {
      const done = await db
        .deleteFrom('invitations')
        .where('expires_ms', '<=', invitedMs)
        .returning('role')
        .execute()
      return done.length
    }),
  }
}

async function inRounds(
  unit: Unit,
  round: (db: Kysely<Schema>) => Promise<readonly unknown[]>,
): Promise<number> {
  let total = 0
  for (;;) {
    const { length } = await unit.together(round)
    total += length
    if (length < rows) return total
  }
}

/** What had its time is counted out of its box, so that there is room again. */
async function oldMessages(db: Kysely<Schema>, untilMs: number): Promise<readonly unknown[]> {
  const acknowledged = db.selectFrom('messages').where('acknowledged_ms', '<=', untilMs)
  return forget(db, acknowledged)
}

/** Nobody fetches them any more. */
async function messagesOfEnded(db: Kysely<Schema>, untilMs: number): Promise<readonly unknown[]> {
  const ended = db.selectFrom('devices').select('box').where('ended_ms', '<=', untilMs)
  const waiting = db.selectFrom('messages').where('acknowledged_ms', 'is', null)
  return forget(db, waiting.where('box', 'in', ended))
}

async function forget(
  db: Kysely<Schema>,
  which: SelectQueryBuilder<Schema, 'messages', object>,
): Promise<readonly unknown[]> {
  const names = which.select(['box', 'id']).limit(rows).$asTuple('box', 'id')
  const gone = await db
    .deleteFrom('messages')
    .where(one => one(one.refTuple('box', 'id'), 'in', names))
    .returning(['box', 'sender', 'size_bytes', 'acknowledged_ms'])
    .execute()
  for (const one of countedTogether(gone)) await countOut(db, one)
  return gone
}

type Gone = Pick<Selectable<Schema['messages']>, 'box' | 'sender' | 'size_bytes' | 'acknowledged_ms'>

/** By box and sender, in an order that is the same for everybody who locks them. */
function countedTogether(gone: readonly Gone[]): readonly CountedOut[] {
  const sums = new Map<string, CountedOut>()
  for (const { box, sender, size_bytes: size, acknowledged_ms: acknowledgedMs } of gone) {
    const held = acknowledgedMs === null ? size : Math.min(size, keptOfAcknowledged)
    const { messages, bytes } = sums.get(`${box} ${sender}`) ?? { messages: 0, bytes: 0 }
    sums.set(`${box} ${sender}`, { box, sender, messages: messages + 1, bytes: bytes + held })
  }
  return [...sums].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => sum)
}

function oldSteps(db: Kysely<Schema>, nowMs: number): Promise<readonly unknown[]> {
  return db
    .deleteFrom('slots')
    .where(one =>
      one(
        one.refTuple('slot', 'step'),
        'in',
        db
          .selectFrom('slots')
          .select(['slot', 'step'])
          .where('expires_ms', '<=', nowMs)
          .limit(rows)
          .$asTuple('slot', 'step'),
      ),
    )
    .returning('step')
    .execute()
}

function oldNonces(db: Kysely<Schema>, nowMs: number): Promise<readonly unknown[]> {
  return db
    .deleteFrom('nonces')
    .where(one =>
      one(
        one.refTuple('kid', 'nonce'),
        'in',
        db
          .selectFrom('nonces')
          .select(['kid', 'nonce'])
          .where('expires_ms', '<=', nowMs)
          .limit(rows)
          .$asTuple('kid', 'nonce'),
      ),
    )
    .returning('nonce')
    .execute()
}

function oldTickets(db: Kysely<Schema>, nowMs: number): Promise<readonly unknown[]> {
  const old = db.selectFrom('link_tickets').select('hash').where('expires_ms', '<=', nowMs).limit(rows)
  return db.deleteFrom('link_tickets').where('hash', 'in', old).returning('link').execute()
}

/** Nobody opens them any more. */
async function overdueLinks(db: Kysely<Schema>, nowMs: number): Promise<readonly unknown[]> {
  const ids = await db
    .selectFrom('links')
    .select('id')
    .where('ended_ms', 'is', null)
    .where(one =>
      one.or([one('exp_ms', '<=', nowMs), one('wrong_passcodes', '>=', one.ref('max_wrong_passcodes'))]),
    )
    .orderBy('id')
    .limit(rows)
    .execute()
  await endLinks(
    db,
    ids.map(({ id }) => id),
    nowMs,
  )
  return ids
}

function oldRefusals(db: Kysely<Schema>, nowMs: number): Promise<readonly unknown[]> {
  return db
    .deleteFrom('refused_links')
    .where(one =>
      one(
        one.refTuple('owner', 'id'),
        'in',
        db
          .selectFrom('refused_links')
          .select(['owner', 'id'])
          .where('expires_ms', '<=', nowMs)
          .limit(rows)
          .$asTuple('owner', 'id'),
      ),
    )
    .returning('id')
    .execute()
}

function oldConferences(db: Kysely<Schema>, untilMs: number): Promise<readonly unknown[]> {
  const old = db
    .selectFrom('conferences')
    .select('id')
    .where(one => one.or([one('ended_ms', '<=', untilMs), one('until_ms', '<=', untilMs)]))
    .limit(rows)
  return db.deleteFrom('conferences').where('id', 'in', old).returning('id').execute()
}
