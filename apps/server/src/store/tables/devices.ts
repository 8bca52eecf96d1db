import { equal } from '@chartseal/core/bytes'
import type { Selectable } from 'kysely'
import type { Devices, StoredDevice } from '../port.js'
import type { Schema } from '../schema.js'
import type { Unit } from '../unit.js'
import { checkId, checkLimit, ownBytes } from '../values.js'
import { closePackagesOf, endAllLinks } from './closing.js'
import { endConferencesOf } from './conferences.js'

export function devicesIn(unit: Unit): Devices {
  const find = (kid: string): Promise<StoredDevice | null> =>
    unit.alone(async db => {
      const row = await db.selectFrom('devices').selectAll().where('kid', '=', kid).executeTakeFirst()
      return row === undefined ? null : deviceOf(row)
    })
  return {
    find,
    async add({ kid, role, keys, box, addedMs }) {
      const row = {
        kid: checkId(kid),
        role: checkId(role),
        keys,
        box: checkId(box),
        added_ms: addedMs,
        ended_ms: null,
      }
      const added = await unit.together(async db => {
        const inserted = await db
          .insertInto('devices')
          .values(row)
          .onConflict(conflict => conflict.doNothing())
          .returning('kid')
          .executeTakeFirst()
        if (inserted === undefined) return false
        await db.insertInto('boxes').values(emptyBox(box, kid)).execute()
        return true
      })
      if (added) return 'stored'
      const found = await find(kid)
      return found !== null && found.role === role && equal(found.keys, keys) ? 'same' : 'conflict'
    },
    async end(kid, nowMs) {
      return unit.together(async db => {
        const living = db.updateTable('devices').set({ ended_ms: nowMs }).where('kid', '=', kid)
        const ended = await living.where('ended_ms', 'is', null).returning('kid').execute()
        if (ended.length === 0) return false
        await endAllLinks(db, nowMs, kid)
        await closePackagesOf(db, kid)
        await endConferencesOf(db, kid, nowMs)
        return true
      })
    },
    list: ({ afterKid = '', limit }) =>
      unit.alone(async db => {
        const query = db.selectFrom('devices').selectAll().where('kid', '>', afterKid).orderBy('kid')
        return (await query.limit(checkLimit(limit)).execute()).map(deviceOf)
      }),
  }
}

function emptyBox(id: string, owner: string): Schema['boxes'] {
  return { id, owner, last_position: 0, kept: 0, kept_bytes: 0 }
}

function deviceOf(row: Selectable<Schema['devices']>): StoredDevice {
  const { kid, role, box } = row
  return { kid, role, box, keys: ownBytes(row.keys), addedMs: row.added_ms, endedMs: row.ended_ms }
}
