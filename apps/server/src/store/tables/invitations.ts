import { equal } from '@chartseal/core/bytes'
import type { Selectable } from 'kysely'
import type { Invitation, Invitations, StoredInvitation } from '../port.js'
import type { Schema } from '../schema.js'
import type { Unit } from '../unit.js'
import { checkId, ownBytes } from '../values.js'

const hashBytes = 32

export function invitationsIn(unit: Unit): Invitations {
  const find = (hash: Uint8Array): Promise<StoredInvitation | null> =>
    unit.alone(async db => {
      const row = await db.selectFrom('invitations').selectAll().where('hash', '=', hash).executeTakeFirst()
      return row === undefined ? null : invitationOf(row)
    })
  return {
    find,
    async add(invitation) {
      const row = rowOf(invitation)
      const inserted = await unit.alone(db =>
        db
          .insertInto('invitations')
          .values(row)
          .onConflict(conflict => conflict.column('hash').doNothing())
          .returning('role')
          .executeTakeFirst(),
      )
      if (inserted !== undefined) return 'stored'
      const found = await find(invitation.hash)
      return found !== null && isSame(found, invitation) ? 'same' : 'conflict'
    },
    async use(hash, kid, nowMs) {
      const used = await unit.alone(db =>
        db
          .updateTable('invitations')
          .set({ used_by: checkId(kid), used_ms: nowMs })
          .where('hash', '=', hash)
          .where('used_by', 'is', null)
          .where('expires_ms', '>', nowMs)
          .returning('role')
          .executeTakeFirst(),
      )
      if (used !== undefined) return 'used'
      const found = await find(hash)
      if (found === null) return 'unknown'
      if (found.usedBy === null) return 'expired'
      return found.usedBy === kid ? 'same' : 'taken'
    },
    open: () =>
      unit.alone(async db => {
        const query = db.selectFrom('invitations').selectAll().where('used_by', 'is', null)
        const rows = await query.orderBy('created_ms').orderBy('hash').execute()
        return rows.map(invitationOf)
      }),
  }
}

function rowOf({ hash, role, createdMs, expiresMs }: Invitation): Schema['invitations'] {
  if (hash.length !== hashBytes) throw new RangeError(`hash must have ${hashBytes} bytes`)
  return {
    hash,
    role: checkId(role),
    created_ms: createdMs,
    expires_ms: expiresMs,
    used_by: null,
    used_ms: null,
  }
}

function invitationOf(row: Selectable<Schema['invitations']>): StoredInvitation {
  return {
    hash: ownBytes(row.hash),
    role: row.role,
    createdMs: row.created_ms,
    expiresMs: row.expires_ms,
    usedBy: row.used_by,
    usedMs: row.used_ms,
  }
}

function isSame(a: Invitation, b: Invitation): boolean {
  return equal(a.hash, b.hash) && a.role === b.role && a.expiresMs === b.expiresMs
}
