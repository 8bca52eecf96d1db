/** What no longer goes out: links that end lose their files, packages that close their readers. */
import type { Kysely } from 'kysely'
import type { Schema } from '../schema.js'
import { countedIn } from './blobs.js'
import { inParts } from './parts.js'

/** Gives how many had not ended before; their files go, and are counted out of what their owners have. */
export async function endLinks(db: Kysely<Schema>, ids: readonly string[], nowMs: number): Promise<number> {
  let total = 0
  for (const part of inParts(ids)) {
    const living = db.updateTable('links').set({ ended_ms: nowMs }).where('id', 'in', part)
    const ended = await living.where('ended_ms', 'is', null).returning('id').execute()
    await forgetFiles(db, part)
    total += ended.length
  }
  return total
}

/** All of one device, or of everybody. */
export async function endAllLinks(db: Kysely<Schema>, nowMs: number, owner?: string): Promise<number> {
  const living = db.selectFrom('links').select('id').where('ended_ms', 'is', null)
  const rows = await (owner === undefined ? living : living.where('owner', '=', owner)).execute()
  return endLinks(
    db,
    rows.map(({ id }) => id),
    nowMs,
  )
}

export async function forgetFiles(db: Kysely<Schema>, ids: readonly string[]): Promise<void> {
  await db.deleteFrom('link_tickets').where('link', 'in', ids).execute()
  const gone = await db
    .deleteFrom('link_files')
    .where('link', 'in', ids)
    .returning(['link', 'size'])
    .execute()
  if (gone.length === 0) return
  const links = await db.selectFrom('links').select(['id', 'owner']).where('id', 'in', ids).execute()
  const ownerOf = new Map(links.map(({ id, owner }) => [id, owner]))
  const sizes = new Map<string, number>()
  for (const { link, size } of gone) {
    const owner = ownerOf.get(link) ?? ''
    sizes.set(owner, (sizes.get(owner) ?? 0) + size)
  }
  // In an order that is the same for everybody who locks them.
  for (const [owner, size] of [...sizes].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    await countedIn(db, owner, 0, -size)
}

/** From now on the device alone reads what is in its packages. */
export async function closePackagesOf(db: Kysely<Schema>, owner: string): Promise<void> {
  const own = db.selectFrom('packages').select('id').where('owner', '=', owner)
  await db.deleteFrom('readers').where('package', 'in', own).execute()
  await db.updateTable('packages').set({ is_open: 0 }).where('owner', '=', owner).execute()
}

/** Each is given to its owner alone, until they publish anew, with a list that may be of any later number. Gives how many. */
export async function closeAllPackages(db: Kysely<Schema>): Promise<number> {
  await db.deleteFrom('readers').execute()
  const closed = db.updateTable('packages').set({ is_open: 0, may_jump: 1 })
  return (await closed.returning('id').execute()).length
}
