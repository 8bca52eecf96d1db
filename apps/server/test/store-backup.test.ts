import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { lockFile } from '@chartseal/core/files'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { backup } from '../dist/commands/backup.js'
import { checkBackup } from '../dist/commands/check-backup.js'
import { backUp, keyOf, newClinic, ports, restored, withStore } from './clinic-world.js'
import { emptyFolder, engine } from './store-world.js'

describe(`a backup on ${engine}`, () => {
  it('is one folder with store and log, without the key, checked by opening it', async () => {
    const clinic = await newClinic()
    await clinic.deposit('a', 'b')
    const { folder, entries } = await backUp(clinic)
    expect(entries).toBe(2)
    expect(readdirSync(folder).toSorted()).toEqual(['files', 'log', 'manifest', 'store.db'])
    expect(readdirSync(dirname(folder))).toHaveLength(1)
    const key = readFileSync(keyOf(clinic), 'utf8').trim()
    for (const file of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (file.isFile()) expect(readFileSync(join(file.parentPath, file.name), 'latin1')).not.toContain(key)
    }
  })

  it('can be made while the server writes, and its log has the entry of all that its store has', async () => {
    const clinic = await newClinic()
    await clinic.deposit('first')
    const ids = Array.from({ length: 300 }, (_, i) => `m-${i}`)
    const writing = clinic.deposit(...ids)
    const made: string[] = []
    for (let i = 0; i < 3; i += 1) {
      const { folder } = await backUp(clinic)
      made.push(folder)
    }
    await writing
    for (const folder of made) {
      const { size } = await checkBackup(folder, keyOf(clinic), emptyFolder())
      expect(size).toBeGreaterThan(0)
    }
    expect((await clinic.waiting()).length).toBe(301)
  })

  it('is refused where a file of it was changed, is missing or was added', async () => {
    const clinic = await newClinic()
    await clinic.deposit('a')
    const { folder } = await backUp(clinic)
    const check = () => checkBackup(folder, keyOf(clinic), emptyFolder())
    const store = readFileSync(join(folder, 'store.db'))
    writeFileSync(
      join(folder, 'store.db'),
      store.map((value, i) => (i === 5_000 ? value ^ 1 : value)),
    )
    await expect(check()).rejects.toMatchObject({ code: 'backup/damaged', context: { file: 'store.db' } })
    writeFileSync(join(folder, 'store.db'), store)
    writeFileSync(join(folder, 'log/more'), 'x')
    await expect(check()).rejects.toMatchObject({
      context: { file: 'log/more', reason: 'it does not belong there' },
    })
    rmSync(join(folder, 'log/more'))
    renameSync(join(folder, 'log/checkpoint'), join(folder, '../checkpoint'))
    await expect(check()).rejects.toMatchObject({
      context: { file: 'log/checkpoint', reason: 'it is missing' },
    })
    renameSync(join(folder, '../checkpoint'), join(folder, 'log/checkpoint'))
    const list = readFileSync(join(folder, 'files'), 'utf8')
    writeFileSync(join(folder, 'files'), list.split('\n').slice(1).join('\n'))
    await expect(check()).rejects.toMatchObject({ context: { file: 'files' } })
    writeFileSync(join(folder, 'files'), list)
    await check()
    rmSync(join(folder, 'manifest'))
    await expect(check()).rejects.toMatchObject({ code: 'backup/missing' })
  })

  it('is refused under another key than that of its log', async () => {
    const [clinic, other] = [await newClinic(), await newClinic()]
    await clinic.deposit('a')
    const { folder } = await backUp(clinic)
    await expect(checkBackup(folder, keyOf(other), emptyFolder())).rejects.toMatchObject({
      code: 'backup/other-key',
    })
  })

  it('leaves nothing behind when it cannot be made', async () => {
    const clinic = await newClinic()
    const to = emptyFolder()
    await expect(backup({ ...clinic, to, check: true, ...ports })).rejects.toMatchObject({
      code: 'files/failed',
    })
    expect(readdirSync(to)).toEqual([])
  })

  it('removes what a killed one has left, and is made by one at a time', async () => {
    const clinic = await newClinic()
    await clinic.deposit('a')
    const to = emptyFolder()
    const left = join(to, '.chartseal.unfinished-0123456789abcdef')
    cpSync(clinic.data, left, { recursive: true })
    const options = { ...clinic, to, check: true, ...ports }
    const lock = await lockFile(join(to, '.chartseal'))
    await expect(backup(options)).rejects.toMatchObject({
      code: 'files/locked',
      context: { pid: process.pid },
    })
    await lock.release()
    const { folder } = await backup(options)
    expect(readdirSync(to)).toEqual([basename(folder)])
  })

  it('refuses a store of an older version, instead of changing it under its server', async () => {
    const clinic = await newClinic()
    await clinic.deposit('a')
    await withStore(clinic.target, store => sql`delete from kysely_migration`.execute(store.db))
    await expect(backUp(clinic)).rejects.toMatchObject({
      code: 'store/older-version',
      context: { version: 'none' },
    })
  })

  it('is not made twice under one name, nor of a folder without a store', async () => {
    const clinic = await newClinic()
    await clinic.deposit('a')
    const to = emptyFolder()
    const options = { ...clinic, to, check: false, clock: { nowMs: () => 1_000 }, random: ports.random }
    expect((await backup(options)).entries).toBeNull()
    await expect(backup(options)).rejects.toMatchObject({ code: 'backup/exists' })
    const file = join(emptyFolder(), 'none.db')
    const none = backup({ ...options, target: { file }, clock: ports.clock })
    await expect(none).rejects.toMatchObject({ code: 'store/failed', context: { reason: 'ENOENT' } })
    expect(existsSync(file)).toBe(false)
  })
})

describe(`restoring on ${engine}`, () => {
  it('puts what comes next behind every position that a device may have read', async () => {
    const clinic = await newClinic()
    await clinic.deposit('a')
    const { folder } = await backUp(clinic)
    await clinic.deposit('b', 'c')
    const after = await restored(clinic, folder, { log: clinic.data })
    await withStore(after.target, async store => {
      const limits = { maxMessages: 9, maxBytes: 9 }
      await store.mailboxes.deposit({ box: 'box', id: 'new', bytes: new Uint8Array(1), nowMs: 1 }, limits)
      const behind = await store.mailboxes.list('box', { after: 3, limit: 9, maxBytes: 9 })
      expect(behind.map(({ id }) => id)).toEqual(['new'])
      expect(await store.settings.get('restored')).toContain('at_ms')
    })
  })

  it('refuses a folder that holds something, and leaves nothing behind of a refusal', async () => {
    const clinic = await newClinic()
    await clinic.deposit('a')
    const { folder } = await backUp(clinic)
    const data = join(emptyFolder(), 'data')
    await expect(restored(clinic, folder, { data })).rejects.toMatchObject({ code: 'restore/unwitnessed' })
    expect(readdirSync(dirname(data))).toEqual([])
    await expect(restored(clinic, folder, { data: clinic.data, log: clinic.data })).rejects.toMatchObject({
      code: 'restore/not-empty',
    })
  })

  it('refuses a log that lacks the entry of something in the store', async () => {
    const clinic = await newClinic()
    await clinic.deposit('a')
    const older = join(emptyFolder(), 'older')
    cpSync(clinic.data, older, { recursive: true })
    await clinic.deposit('b')
    const mixed = { ...clinic, data: older }
    await expect(backUp(mixed)).rejects.toMatchObject(
      engine === 'sqlite'
        ? { code: 'restore/log-behind-store', context: { size: 1, needed: 1 } }
        : { code: 'restore/log-behind-store' },
    )
  })
})
