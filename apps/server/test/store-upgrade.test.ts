import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { concat } from '@chartseal/core/bytes'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { type Migration, sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { migrationsOf } from '../dist/store/migrations.js'
import { addDevice, bytes, emptyFolder, emptyTarget, engine, newStore, open, roomy } from './store-world.js'

const now = migrationsOf(engine)
const clock = { nowMs: () => Date.parse('2026-11-29T10:00:00Z') }

const addColumn: Migration = {
  async up(db) {
    await sql`alter table devices add column note text`.execute(db)
  },
}
const failing: Migration = {
  async up(db) {
    await sql`alter table devices add column other text`.execute(db)
    await sql`select no_such_thing from devices`.execute(db)
  },
}

/** What an older version of the program has left. */
async function filled() {
  const target = await emptyTarget()
  const store = await open(target)
  const box = await addDevice(store, 'a')
  await store.mailboxes.deposit({ box, id: 'm', bytes: bytes(1, 2), nowMs: 7 }, roomy)
  await store.close()
  return { target, box }
}

describe(`an upgrade on ${engine}`, () => {
  it('has its steps in the order of their names: one that came between two would be refused by every store', () => {
    expect(Object.keys(now)).toEqual(Object.keys(now).toSorted())
  })

  it('changes the tables and keeps what is in them, behind a copy that opens by itself', async () => {
    const { target, box } = await filled()
    const backups = emptyFolder()
    const store = await open(target, { backups, clock, migrations: { ...now, '9999-01-01-note': addColumn } })
    await sql`update devices set note = 'x'`.execute(store.db)
    expect(await store.mailboxes.find(box, 'm')).toMatchObject({ bytes: bytes(1, 2), storedMs: 7 })
    const copies = readdirSync(backups).filter(name => name.endsWith('.db'))
    expect(copies).toEqual(['before-upgrade-2026-11-29T10-00-00.000Z.db'])
    if (engine === 'postgres') return
    const copy = await open({ file: join(backups, `${copies[0]}`) })
    expect(await copy.mailboxes.find(box, 'm')).toMatchObject({ bytes: bytes(1, 2) })
    expect(await copy.devices.find('kid-a')).toMatchObject({ box })
  })

  it('that fails half way leaves everything as it was, and the next one goes through', async () => {
    const { target } = await filled()
    const steps = { ...now, '9999-01-01-note': addColumn, '9999-01-02-fails': failing }
    await expect(open(target, { migrations: steps })).rejects.toMatchObject({ code: 'store/failed' })
    const store = await open(target)
    const columns = await sql`select * from devices`.execute(store.db)
    expect(Object.keys(Object(columns.rows[0]))).not.toContain('note')
    await store.close()
    const later = await open(target, { migrations: { ...now, '9999-01-01-note': addColumn } })
    expect(await later.devices.find('kid-a')).not.toBeNull()
  })

  it('counts what the first version kept, by box and by sender', async () => {
    const target = await emptyTarget()
    const [name = '', first] = Object.entries(now)[0] ?? []
    if (first === undefined) throw new Error('no first tables')
    const old = await open(target, { migrations: { [name]: first } })
    const kid = 'k'.repeat(43)
    const signed = concat(bytes(43), encodeUtf8(kid), new Uint8Array(6))
    await sql`insert into devices (kid, role, box, added_ms, keys) values ('o', 'patient', 'box', 1, ${bytes(1)})`.execute(
      old.db,
    )
    await sql`insert into boxes values ('box', 'o', 3, 2, 60)`.execute(old.db)
    for (const [id, held, doneMs] of [
      ['a', signed, null],
      ['b', signed, 5],
      ['c', bytes(0, 1), null],
    ] as const)
      await sql`insert into messages (box, id, position, stored_ms, acknowledged_ms, size_bytes, bytes)
        values ('box', ${id}, ${id.charCodeAt(0)}, 1, ${doneMs}, ${held.length}, ${held})`.execute(old.db)
    await old.close()
    const store = await open(target)
    const boxes = await sql`select kept, kept_bytes from boxes`.execute(store.db)
    expect(boxes.rows.map(row => ({ ...Object(row) }))).toEqual([{ kept: 3, kept_bytes: 84 }])
    const shares = await sql`select sender, kept, kept_bytes from shares order by sender`.execute(store.db)
    expect(shares.rows.map(row => ({ ...Object(row) }))).toEqual([
      { sender: '', kept: 1, kept_bytes: 2 },
      { sender: kid, kept: 2, kept_bytes: 82 },
    ])
    expect(await store.mailboxes.compare('box', 'b', signed)).toMatchObject({ put: 'same' })
    await store.purge(9, { keepAcknowledgedMs: 0, keepInvitationsMs: 0 })
    await store.mailboxes.acknowledge('box', 'a', 9)
    const after = await sql`select kept, kept_bytes from boxes`.execute(store.db)
    expect(after.rows.map(row => ({ ...Object(row) }))).toEqual([{ kept: 2, kept_bytes: 34 }])
  })

  it('makes no copy where nothing changes or nothing is', async () => {
    const { target } = await filled()
    const backups = emptyFolder()
    await (await open(target, { backups })).close()
    await open(await emptyTarget(), { backups })
    expect(readdirSync(backups)).toEqual([])
  })

  if (engine === 'postgres')
    it('never changes tables while a server may write, and does when that has ended', async () => {
      const { target } = await filled()
      const writer = await open(target)
      await writer.claim.take()
      const migrations = { ...now, '9999-01-01-note': addColumn }
      await expect(open(target, { migrations })).rejects.toMatchObject({ code: 'store/claimed' })
      await writer.claim.confirm('log', { size: 1, root: bytes(1) }, 1)
      await writer.claim.release()
      await open(target, { migrations })
    })

  it('does nothing when the copy cannot be made', async () => {
    const { target } = await filled()
    const backups = join(emptyFolder(), 'missing')
    const steps = { ...now, '9999-01-01-note': addColumn }
    await expect(open(target, { backups, migrations: steps })).rejects.toMatchObject({ code: 'store/failed' })
    const store = await open(target)
    expect(Object.keys(Object((await sql`select * from devices`.execute(store.db)).rows[0]))).not.toContain(
      'note',
    )
  })

  it('refuses a store of a later version, by its name', async () => {
    const target = await emptyTarget()
    await (await open(target, { migrations: { ...now, '2027-01-01-later': addColumn } })).close()
    await expect(open(target)).rejects.toMatchObject({
      code: 'store/newer-version',
      context: { version: '2027-01-01-later' },
    })
  })

  it('lets the program before go on beside tables that only have more, and end by name where it would be wrong', async () => {
    const { target, box } = await filled()
    const before = await open(target)
    const later = { ...now, '9999-01-01-note': { ...addColumn, isAdditive: true } }
    const next = await open(target, { migrations: later })
    const limits = { limit: 9, maxBytes: 9 }
    const ids = async (store: typeof next) => (await store.mailboxes.list(box, limits)).map(({ id }) => id)
    // The one that was there before goes on, and may be started again; each sees what the other does.
    await before.mailboxes.deposit({ box, id: 'old', bytes: bytes(1), nowMs: 8 }, roomy)
    await next.mailboxes.deposit({ box, id: 'new', bytes: bytes(1), nowMs: 9 }, roomy)
    expect([await ids(before), await ids(next)]).toEqual(Array(2).fill(['m', 'old', 'new']))
    expect([await before.devices.find('kid-a'), await before.devices.list({ limit: 9 })]).toMatchObject([
      { box },
      [{ box }],
    ])
    for (const store of [before, next]) await store.close()
    const again = await open(target)
    await again.mailboxes.acknowledge(box, 'm', 10)
    expect(await ids(again)).toEqual(['old', 'new'])
    const refusal = { code: 'store/newer-version', context: { version: '9999-01-01-note' } }
    await expect(open(target, { exact: true })).rejects.toMatchObject(refusal)
    await expect(open(target, { upgrade: false, exact: true })).rejects.toMatchObject(refusal)
    await again.close()
    const drop: Migration = { up: db => db.schema.alterTable('devices').dropColumn('note').execute() }
    const last = { ...later, '9999-01-02-other': drop }
    await (await open(target, { migrations: last })).close()
    for (const migrations of [later, now])
      await expect(open(target, { migrations })).rejects.toMatchObject({ code: 'store/newer-version' })
  })

  it('is refused to a program that lacks one step and does not know another', async () => {
    const { target } = await filled()
    const [one, other] = [
      { '9999-01-01-note': { ...addColumn, isAdditive: true } },
      { '9999-01-02-fails': failing },
    ]
    await (await open(target, { migrations: { ...now, ...one } })).close()
    await expect(open(target, { migrations: { ...now, ...other } })).rejects.toMatchObject({
      code: 'store/newer-version',
      context: { version: '9999-01-01-note' },
    })
  })

  it('is made once by two who open at the same time', async () => {
    const target = await emptyTarget()
    const both = await Promise.all([open(target), open(target)])
    await both[0].settings.set('a', '1')
    expect(await both[1].settings.get('a')).toBe('1')
  })
})

describe(`a copy of a store on ${engine}`, () => {
  it('has every row, and refuses to be made over something', async () => {
    const store = await newStore()
    const box = await addDevice(store, 'a')
    for (let i = 0; i < 100; i += 1) {
      await store.mailboxes.deposit({ box, id: `${i}`, bytes: new Uint8Array(i).fill(i), nowMs: i }, roomy)
    }
    await store.roster.add({ seq: 1, bytes: bytes(), storedMs: 1 })
    await store.openings.add({ id: 'e', log: 'l', leafIndex: 0, salt: null, entry: bytes(0), parties: ['p'] })
    const file = join(emptyFolder(), 'copy.db')
    await store.snapshot(file)
    const copy = await open({ file })
    expect(await copy.mailboxes.list(box, { limit: 500, maxBytes: 1e9 })).toEqual(
      await store.mailboxes.list(box, { limit: 500, maxBytes: 1e9 }),
    )
    expect(await copy.roster.latest()).toEqual({ seq: 1, bytes: bytes(), storedMs: 1 })
    expect(await copy.openings.ofParty('l', 'p', { limit: 1, maxBytes: 1e6 })).toHaveLength(1)
    await copy.close()
    writeFileSync(join(file, '..', 'other.db'), 'something')
    await expect(store.snapshot(join(file, '..', 'other.db'))).rejects.toThrow()
    await expect(store.snapshot(file)).rejects.toThrow()
  })
})
