import type { Nonces } from '../port.js'
import type { Unit } from '../unit.js'
import { checkId } from '../values.js'

export function noncesIn(unit: Unit): Nonces {
  return {
    use: ({ kid, nonce, expiresMs }, nowMs, maxPerKey) =>
      unit.together(async db => {
        const row = { kid: checkId(kid), nonce: checkId(nonce), expires_ms: expiresMs }
        const own = db.selectFrom('nonces').where('kid', '=', kid).where('expires_ms', '>', nowMs)
        const { count } = await own
          .select(one => one.fn.countAll<number>().as('count'))
          .executeTakeFirstOrThrow()
        const inserted = await db
          .insertInto('nonces')
          .values(row)
          .onConflict(conflict =>
            conflict
              .columns(['kid', 'nonce'])
              .doUpdateSet({ expires_ms: expiresMs })
              .where('nonces.expires_ms', '<=', nowMs),
          )
          .returning('kid')
          .executeTakeFirst()
        if (inserted === undefined) return 'replayed'
        if (count < maxPerKey) return 'fresh'
        await db.deleteFrom('nonces').where('kid', '=', kid).where('nonce', '=', nonce).execute()
        return 'full'
      }),
  }
}
