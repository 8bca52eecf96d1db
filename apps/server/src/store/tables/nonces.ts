import { sql } from 'kysely'
import type { Nonce, Nonces } from '../port.js'
import { prepared } from '../prepared.js'
import type { Unit } from '../unit.js'
import { checkId } from '../values.js'

export function noncesIn(unit: Unit): Nonces {
  return {
    async use(nonce, nowMs, maxPerKey) {
      checkId(nonce.kid)
      checkId(nonce.nonce)
      if (maxPerKey === null) return (await remember(unit, nonce, nowMs)) ? 'fresh' : 'replayed'
      if (await insert(unit, nonce, nowMs, maxPerKey)) return 'fresh'
      return (await isKnown(unit, nonce, nowMs)) ? 'replayed' : 'full'
    },
  }
}

const remembered = prepared((db, kid: string, nonce: string, expiresMs: number, nowMs: number) =>
  db
    .insertInto('nonces')
    .values({ kid, nonce, expires_ms: expiresMs })
    .onConflict(conflict =>
      conflict
        .columns(['kid', 'nonce'])
        .doUpdateSet(row => ({ expires_ms: row.ref('excluded.expires_ms') }))
        .where('nonces.expires_ms', '<=', nowMs),
    )
    .returning('kid'),
)

async function remember(unit: Unit, { kid, nonce, expiresMs }: Nonce, nowMs: number): Promise<boolean> {
  return (await unit.alone(db => remembered(db, kid, nonce, expiresMs, nowMs))).length > 0
}

/** One statement, as each signed request asks for it. Several servers together may exceed the bound by a few. */
async function insert(
  unit: Unit,
  { kid, nonce, expiresMs }: Nonce,
  nowMs: number,
  maxPerKey: number,
): Promise<boolean> {
  const inserting = sql<{ kid: string }>`
    insert into nonces (kid, nonce, expires_ms)
    select ${kid}, ${nonce}, cast(${expiresMs} as bigint)
    where (select count(*) from nonces where kid = ${kid} and expires_ms > ${nowMs}) < ${maxPerKey}
    on conflict (kid, nonce) do update set expires_ms = excluded.expires_ms where nonces.expires_ms <= ${nowMs}
    returning kid`
  const { rows } = await unit.alone(db => inserting.execute(db))
  return rows.length > 0
}

function isKnown(unit: Unit, { kid, nonce }: Nonce, nowMs: number): Promise<boolean> {
  return unit.alone(async db => {
    const query = db.selectFrom('nonces').select('kid').where('kid', '=', kid).where('nonce', '=', nonce)
    return (await query.where('expires_ms', '>', nowMs).executeTakeFirst()) !== undefined
  })
}
