/** Who has how much of a box: what is taken is counted in, and out when it goes. */
import { type Kysely, sql } from 'kysely'
import type { BoxLimits, Deposit, Share } from '../port.js'
import { prepared } from '../prepared.js'
import type { Schema } from '../schema.js'

/** What stays of a message that was acknowledged; fewer bytes stay as they are. */
export const keptOfAcknowledged = 32

function shareOf(sender: string, limits: BoxLimits): Share {
  return (sender === '' ? limits.ofUnsigned : limits.ofSender) ?? limits
}

const countedIn = prepared(
  (
    db,
    added: number,
    box: string,
    maxMessages: number,
    mostBefore: number,
    sender: string,
    maxOfSender: number,
    mostBeforeOfSender: number,
  ) =>
    db
      .updateTable('boxes')
      .set(row => ({
        last_position: sql`last_position + 1`,
        kept: sql`kept + 1`,
        kept_bytes: row('kept_bytes', '+', added),
      }))
      .where('id', '=', box)
      .where('kept', '<', maxMessages)
      .where('kept_bytes', '<=', mostBefore)
      .where(row =>
        row.not(
          row.exists(
            row
              .selectFrom('shares')
              .select('shares.kept')
              .whereRef('shares.box', '=', 'boxes.id')
              .where('shares.sender', '=', sender)
              .where(share =>
                share.or([
                  share('shares.kept', '>=', maxOfSender),
                  share('shares.kept_bytes', '>', mostBeforeOfSender),
                ]),
              ),
          ),
        ),
      )
      .returning('last_position'),
)

const countedForSender = prepared((db, box: string, sender: string, kept: number, keptBytes: number) =>
  db
    .insertInto('shares')
    .values({ box, sender, kept, kept_bytes: keptBytes })
    .onConflict(conflict =>
      conflict.columns(['box', 'sender']).doUpdateSet({
        kept: sql`shares.kept + excluded.kept`,
        kept_bytes: sql`shares.kept_bytes + excluded.kept_bytes`,
      }),
    ),
)

/** Counts it in and takes the next position; the row stays locked until the message can be seen. */
export async function placeIn(
  db: Kysely<Schema>,
  { box, bytes, sender = '' }: Deposit,
  limits: BoxLimits,
): Promise<number | 'no-box' | 'full'> {
  const { length } = bytes
  const share = shareOf(sender, limits)
  const { maxMessages, maxBytes } = limits
  const ofSender = [share.maxMessages, share.maxBytes - length] as const
  const [counted] =
    length > share.maxBytes
      ? []
      : await countedIn(db, length, box, maxMessages, maxBytes - length, sender, ...ofSender)
  if (counted !== undefined) {
    await countedForSender(db, box, sender, 1, length)
    return counted.last_position
  }
  const found = await db.selectFrom('boxes').select('id').where('id', '=', box).executeTakeFirst()
  return found === undefined ? 'no-box' : 'full'
}

/** Whether {@link placeIn} would take it now. */
export async function hasRoom(
  db: Kysely<Schema>,
  { box, bytes, sender = '' }: Deposit,
  limits: BoxLimits,
): Promise<boolean> {
  const [found] = await roomIn(db, sender, box)
  const share = shareOf(sender, limits)
  const fits = (kept: number, keptBytes: number, most: Share): boolean =>
    kept < most.maxMessages && keptBytes + bytes.length <= most.maxBytes
  return (
    found !== undefined &&
    fits(found.kept, found.kept_bytes, limits) &&
    fits(found.share_kept ?? 0, found.share_bytes ?? 0, share)
  )
}

const roomIn = prepared((db, sender: string, box: string) =>
  db
    .selectFrom('boxes')
    .leftJoin('shares', join => join.onRef('shares.box', '=', 'boxes.id').on('shares.sender', '=', sender))
    .select([
      'boxes.kept',
      'boxes.kept_bytes',
      'shares.kept as share_kept',
      'shares.kept_bytes as share_bytes',
    ])
    .where('boxes.id', '=', box),
)

export interface CountedOut {
  readonly box: string
  readonly sender: string
  readonly messages: number
  readonly bytes: number
}

/** Gives room back, first to the box as a deposit takes it. */
export async function countOut(
  db: Kysely<Schema>,
  { box, sender, messages, bytes }: CountedOut,
): Promise<void> {
  const less = { kept: sql<number>`kept - ${messages}`, kept_bytes: sql<number>`kept_bytes - ${bytes}` }
  await db.updateTable('boxes').set(less).where('id', '=', box).execute()
  const share = db.updateTable('shares').set(less).where('box', '=', box).where('sender', '=', sender)
  await share.execute()
  if (messages === 0) return
  const empty = db.deleteFrom('shares').where('box', '=', box).where('sender', '=', sender)
  await empty.where('kept', '<=', 0).execute()
}
