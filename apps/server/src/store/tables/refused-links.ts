/** Links that a device ended before they were there. */
import type { Kysely } from 'kysely'
import type { NewLink, RefusedLink } from '../port.js'
import type { Schema } from '../schema.js'
import { checkId } from '../values.js'

export async function isRefused(db: Kysely<Schema>, { id, owner, nowMs }: NewLink): Promise<boolean> {
  const refused = db.selectFrom('refused_links').select('id').where('owner', '=', owner).where('id', '=', id)
  return (await refused.where('expires_ms', '>', nowMs).executeTakeFirst()) !== undefined
}

export async function refuse(
  db: Kysely<Schema>,
  { id, owner, expiresMs }: RefusedLink,
  most: number,
): Promise<boolean> {
  const held = db.selectFrom('refused_links').select(one => one.fn.countAll<number>().as('count'))
  const { count } = await held.where('owner', '=', owner).where('id', '<>', id).executeTakeFirstOrThrow()
  if (count >= most) return false
  await db
    .insertInto('refused_links')
    .values({ id: checkId(id), owner: checkId(owner), expires_ms: expiresMs })
    .onConflict(conflict => conflict.columns(['owner', 'id']).doUpdateSet({ expires_ms: expiresMs }))
    .execute()
  return true
}
