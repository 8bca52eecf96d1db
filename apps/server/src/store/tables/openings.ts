import { equal } from '@chartseal/core/bytes'
import { type Kysely, type Selectable, sql } from 'kysely'
import { lastThatFits } from '../pages.js'
import type { Opening, Openings, SizedPage } from '../port.js'
import { prepared } from '../prepared.js'
import type { Schema } from '../schema.js'
import type { Unit } from '../unit.js'
import { checkId, checkLimit, ownBytes } from '../values.js'

export function openingsIn(unit: Unit): Openings {
  const find = (id: string): Promise<Opening | null> =>
    unit.alone(async db => {
      const row = await db.selectFrom('openings').selectAll().where('id', '=', id).executeTakeFirst()
      return row === undefined ? null : openingOf(row)
    })
  return {
    find,
    async add(opening) {
      if (await unit.together(db => insert(db, opening))) return 'stored'
      const found = await find(opening.id)
      return found !== null && isSame(found, opening) ? 'same' : 'conflict'
    },
    ofParty: (log, party, page) => unit.alone(db => ofParty(db, log, party, page)),
    lastLeafIndex: log =>
      unit.alone(async db => {
        const query = db.selectFrom('openings').select('leaf_index').where('log', '=', log)
        const row = await query.orderBy('leaf_index', 'desc').limit(1).executeTakeFirst()
        return row?.leaf_index ?? -1
      }),
  }
}

async function ofParty(
  db: Kysely<Schema>,
  log: string,
  party: string,
  { after = -1, limit, maxBytes }: SizedPage,
): Promise<readonly Opening[]> {
  const own = db
    .selectFrom('opening_parties as of')
    .innerJoin('openings', 'openings.id', 'of.id')
    .where('of.log', '=', log)
    .where('of.party', '=', party)
    .where('of.leaf_index', '>', after)
    .orderBy('of.leaf_index')
  const sizes = await own
    .select(['of.leaf_index as place', sql<number>`length(entry)`.as('size_bytes')])
    .limit(checkLimit(limit))
    .execute()
  const last = lastThatFits(sizes, maxBytes)
  if (last === null) return []
  const rows = await own.selectAll('openings').where('of.leaf_index', '<=', last).execute()
  return rows.map(openingOf)
}

const sorted = (parties: readonly string[]): readonly string[] =>
  [...new Set(parties.map(checkId))].toSorted()

const inserted = prepared(
  (
    db,
    id: string,
    log: string,
    leafIndex: number,
    parties: string,
    salt: Uint8Array | null,
    entry: Uint8Array,
  ) =>
    db
      .insertInto('openings')
      .values({ id, log, leaf_index: leafIndex, parties, salt, entry })
      .onConflict(conflict => conflict.doNothing())
      .returning('id'),
)

const insertedParty = prepared((db, log: string, party: string, leafIndex: number, id: string) =>
  db.insertInto('opening_parties').values({ log, party, leaf_index: leafIndex, id }),
)

async function insert(db: Kysely<Schema>, opening: Opening): Promise<boolean> {
  const { id, log, leafIndex, salt, entry } = opening
  const parties = sorted(opening.parties)
  const rows = await inserted(db, checkId(id), checkId(log), leafIndex, parties.join(' '), salt, entry)
  if (rows.length === 0) return false
  for (const party of parties) await insertedParty(db, log, party, leafIndex, id)
  return true
}

function openingOf(row: Selectable<Schema['openings']>): Opening {
  const { id, log } = row
  return {
    id,
    log,
    leafIndex: row.leaf_index,
    salt: row.salt === null ? null : ownBytes(row.salt),
    entry: ownBytes(row.entry),
    parties: row.parties.split(' ').filter(party => party !== ''),
  }
}

function isSame(a: Opening, b: Opening): boolean {
  const isSameSalt = a.salt === null || b.salt === null ? a.salt === b.salt : equal(a.salt, b.salt)
  return (
    a.log === b.log &&
    a.leafIndex === b.leafIndex &&
    isSameSalt &&
    equal(a.entry, b.entry) &&
    `${sorted(a.parties)}` === `${sorted(b.parties)}`
  )
}
