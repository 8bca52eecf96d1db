import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock, systemRandom } from '@chartseal/core/system'
import { patience, runsOf } from '@chartseal/testkit'
import { sql } from 'kysely'
import { describe, expect, it, vi } from 'vitest'
import { loadSqlite } from '../dist/store/platform-sqlite.js'
import { warningOf } from '../dist/store/sqlite.js'
import { bindable, safeInteger } from '../dist/store/values.js'
import { openStore, type StoreTarget, storeError } from '../dist/store.js'
import { addDevice, bytes, emptyFolder, emptyTarget, engine, onPostgres, open, roomy } from './store-world.js'

const ports = { clock: systemClock, random: systemRandom, backups: '/nowhere' }

async function unusedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

describe('a store that cannot be opened', () => {
  it('is damaged when the file is something else, which stays as it is', async () => {
    const file = join(emptyFolder(), 'store.db')
    writeFileSync(
      file,
      'not a database, but long enough to have a header of a hundred bytes or more'.repeat(9),
    )
    const before = readFileSync(file)
    await expect(open({ file })).rejects.toMatchObject({
      code: 'store/damaged',
      context: { reason: 'SQLITE_NOTADB' },
    })
    expect(readFileSync(file)).toEqual(before)
  })

  it('is opened once another process has done with it', async () => {
    const file = join(emptyFolder(), 'store.db')
    await (await open({ file })).close()
    const Sqlite = await loadSqlite()
    const other = new Sqlite(file)
    other.exec('begin exclusive')
    const opening = open({ file })
    // Twice as long as SQLite itself waits.
    await sleep(500)
    other.exec('rollback')
    other.close()
    await (await opening).close()
  })

  it('is damaged when pages in the middle of it were changed', async () => {
    const file = join(emptyFolder(), 'store.db')
    const store = await open({ file })
    const box = await addDevice(store, 'a')
    for (let i = 0; i < 50; i += 1) {
      await store.mailboxes.deposit({ box, id: `${i}`, bytes: new Uint8Array(3_000), nowMs: 1 }, roomy)
    }
    await store.close()
    const content = readFileSync(file)
    content.fill(0xaa, 4_096, content.length - 4_096)
    writeFileSync(file, content)
    const reading = open({ file }).then(async damaged =>
      damaged.mailboxes.list(box, { limit: 500, maxBytes: 1e9 }),
    )
    await expect(reading).rejects.toMatchObject({ code: 'store/damaged' })
  })

  it("says by the engine's own name what the system refused", async () => {
    const folder = join(emptyFolder(), 'a-folder')
    mkdirSync(folder)
    await expect(open({ file: folder })).rejects.toMatchObject({
      code: 'store/failed',
      context: { reason: 'SQLITE_CANTOPEN' },
    })
    const url = `postgres://nobody@127.0.0.1:${await unusedPort()}/none`
    await expect(openStore({ target: { url }, ...ports })).rejects.toMatchObject({
      code: 'store/failed',
      context: { reason: 'ECONNREFUSED' },
    })
  })

  it('says what to install where Node has no SQLite', async () => {
    await expect(loadSqlite([async () => null])).rejects.toMatchObject({
      code: 'store/no-sqlite',
      context: { node: process.version },
    })
  })
})

describe('a full disk', () => {
  it('ends what does not fit, keeps what was there, and goes on when there is room', async () => {
    const store = await open({ file: join(emptyFolder(), 'store.db') })
    const box = await addDevice(store, 'a')
    const put = (id: string, size: number) =>
      store.mailboxes.deposit({ box, id, bytes: new Uint8Array(size), nowMs: 1 }, roomy)
    await put('a', 10)
    await sql`pragma max_page_count = 60`.execute(store.db)
    await expect(put('large', 2 ** 20)).rejects.toMatchObject({
      code: 'store/failed',
      context: { reason: 'SQLITE_FULL' },
    })
    expect(await put('b', 10)).toMatchObject({ put: 'stored', position: 2 })
    await sql`pragma max_page_count = 100000`.execute(store.db)
    expect(await put('large', 2 ** 20)).toMatchObject({ put: 'stored', position: 3 })
  })
})

describe('two processes on one file', () => {
  it('both write, and each waits for the other', async () => {
    const file = join(emptyFolder(), 'store.db')
    const [server, command] = [await open({ file }), await open({ file })]
    const box = await addDevice(server, 'a')
    const put = (store: typeof server, id: string) =>
      store.mailboxes.deposit({ box, id, bytes: bytes(1), nowMs: 1 }, roomy)
    const each = runsOf(40, 8)
    const ids = Array.from({ length: each }, (_, i) => `${i}`)
    await Promise.all(ids.flatMap(id => [put(server, `s${id}`), put(command, `c${id}`)]))
    const list = await server.mailboxes.list(box, { limit: 500, maxBytes: 1e9 })
    expect(list.map(({ position }) => position)).toEqual(Array.from({ length: 2 * each }, (_, i) => i + 1))
  })
})

/** Ends every connection to one database, as a restart of the server does. */
async function endConnections(target: StoreTarget): Promise<void> {
  const url = 'url' in target ? target.url : ''
  await onPostgres(
    url,
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  )
}

function faultsOfPostgres(): void {
  it('refuses what was under way when the connections ended, does nothing of it, and goes on', async () => {
    const target = await emptyTarget()
    const store = await open(target)
    const cut = store.inTx(async ({ settings }) => {
      await settings.set('a', '1')
      await endConnections(target)
      await settings.set('b', '2')
    })
    await expect(cut).rejects.toMatchObject({ code: 'store/failed' })
    expect(await store.settings.get('a')).toBeNull()
    await store.settings.set('a', '3')
    expect(await store.settings.get('a')).toBe('3')
  })

  it('listens again, and says that something may have been missed', async () => {
    const target = await emptyTarget()
    const store = await open(target)
    const told: string[] = []
    store.onChange(({ kind }) => told.push(kind))
    await endConnections(target)
    await vi.waitFor(() => expect(told).toEqual(['resync']), patience)
    await store.roster.add({ seq: 1, bytes: bytes(1), storedMs: 1 })
    await vi.waitFor(() => expect(told).toEqual(['resync', 'roster']), patience)
  })

  it('takes what another version says for a sign to look everywhere', async () => {
    const target = await emptyTarget()
    const store = await open(target)
    const told: string[] = []
    store.onChange(({ kind }) => told.push(kind))
    const url = 'url' in target ? target.url : ''
    await onPostgres(url, `notify chartseal, '{"kind":"news"}'; notify chartseal, 'no json'`)
    await vi.waitFor(() => expect(told).toEqual(['resync', 'resync']), patience)
  })
}

if (engine === 'postgres') describe('connections to PostgreSQL that end', faultsOfPostgres)

describe('values for the engines', () => {
  it('are bound as they are, truth as 0 or 1', () => {
    expect([null, 5, -5, 'a', true, false].map(bindable)).toEqual([null, 5, -5, 'a', 1, 0])
    for (const value of [undefined, 0.5, new Date(), [], {}, () => 1, Symbol('s')]) {
      expect(() => bindable(value)).toThrow(TypeError)
    }
  })

  it('are read as numbers only where they are exact', () => {
    expect(safeInteger('9007199254740991')).toBe(2 ** 53 - 1)
    expect(() => safeInteger('9007199254740993')).toThrow(RangeError)
  })

  it('warn of an SQLite that two connections can damage', () => {
    expect(
      ['3.51.2', '3.50.9', '3.9.0', '2.99.99'].map(version => warningOf(version)?.split(' ')[1]),
    ).toEqual(['3.51.2', '3.50.9', '3.9.0', '2.99.99'])
    expect(['3.51.3', '3.53.0', '4.0.0'].map(warningOf)).toEqual([null, null, null])
  })

  it('say of an error what the table of codes says', () => {
    expect(storeError('store/busy', { attempts: 3 }).message).toContain('3 attempts')
  })
})
