import { equal } from '@chartseal/core/bytes'
import type { Selectable } from 'kysely'
import type { Roster, RosterVersion } from '../port.js'
import type { Schema } from '../schema.js'
import type { Unit } from '../unit.js'
import { ownBytes } from '../values.js'

const firstRosterSeq = 1

export function rosterIn(unit: Unit): Roster {
  const find = (seq: number): Promise<RosterVersion | null> =>
    unit.alone(async db => {
      const row = await db.selectFrom('roster').selectAll().where('seq', '=', seq).executeTakeFirst()
      return row === undefined ? null : versionOf(row)
    })
  const insert = ({ seq, storedMs, bytes }: RosterVersion): Promise<boolean> =>
    unit.together(async (db, tell) => {
      const inserted = await db
        .insertInto('roster')
        .values({ seq, stored_ms: storedMs, bytes })
        .onConflict(conflict => conflict.column('seq').doNothing())
        .returning('seq')
        .executeTakeFirst()
      if (inserted === undefined) return false
      tell({ kind: 'roster' })
      return true
    })
  return {
    find,
    async add(version) {
      const { seq, bytes } = version
      if (!Number.isSafeInteger(seq) || seq < firstRosterSeq)
        throw new RangeError('seq must be an integer from 1 on')
      // None is ever removed, so the one before stays there once it was seen.
      if (seq > firstRosterSeq && (await find(seq - 1)) === null) return 'gap'
      if (await insert(version)) return 'stored'
      const found = await find(seq)
      return found !== null && equal(found.bytes, bytes) ? 'same' : 'conflict'
    },
    latest: () =>
      unit.alone(async db => {
        const row = await db
          .selectFrom('roster')
          .selectAll()
          .orderBy('seq', 'desc')
          .limit(1)
          .executeTakeFirst()
        return row === undefined ? null : versionOf(row)
      }),
  }
}

function versionOf(row: Selectable<Schema['roster']>): RosterVersion {
  return { seq: row.seq, bytes: ownBytes(row.bytes), storedMs: row.stored_ms }
}
