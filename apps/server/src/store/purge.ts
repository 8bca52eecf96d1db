import type { Kysely } from 'kysely'
import type { Purged, PurgeRules } from './port.js'
import type { Schema } from './schema.js'
import type { Unit } from './unit.js'

/** Few enough that nobody waits long for the one who forgets. */
const rows = 200

/** Forgets what has had its time. Each round is a transaction of its own, so that others come between. */
export async function purge(unit: Unit, nowMs: number, rules: PurgeRules): Promise<Purged> {
  const acknowledgedMs = nowMs - rules.keepAcknowledgedMs
  const invitedMs = nowMs - rules.keepInvitationsMs
  return {
    messages: await inRounds(unit, db => oldMessages(db, acknowledgedMs)),
    steps: await inRounds(unit, db => oldSteps(db, nowMs)),
    nonces: await inRounds(unit, db => oldNonces(db, nowMs)),
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
    const { length } = await unit.alone(round)
    total += length
    if (length < rows) return total
  }
}

function oldMessages(db: Kysely<Schema>, untilMs: number): Promise<readonly unknown[]> {
  return db
    .deleteFrom('messages')
    .where(one =>
      one(
        one.refTuple('box', 'id'),
        'in',
        db
          .selectFrom('messages')
          .select(['box', 'id'])
          .where('acknowledged_ms', '<=', untilMs)
          .limit(rows)
          .$asTuple('box', 'id'),
      ),
    )
    .returning('id')
    .execute()
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
