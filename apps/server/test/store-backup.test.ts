import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { dirname, join } from 'node:path'
import { decodeClinicLeaf } from '@chartseal/audit/access'
import { openClinicLog } from '@chartseal/clinic/fs/log'
import { parseCheckpoint, parseNote } from '@chartseal/tlog'
import { describe, expect, it, onTestFinished } from 'vitest'
import { backup } from '../dist/commands/backup.js'
import { checkBackup } from '../dist/commands/check-backup.js'
import { type RestoreOptions, restore } from '../dist/commands/restore.js'
import { dataPaths } from '../dist/data-folder.js'
import type { StoreTarget } from '../dist/store.js'
import { newClinic, origin, ports, startWitness, type World, withStore } from './clinic-world.js'
import { emptyFolder, emptyTarget, engine } from './store-world.js'

const keyOf = ({ data }: World): string => dataPaths(data).signingKey

async function backUp({ data, target }: World, check = true) {
  return backup({ data, target, to: emptyFolder(), check, ...ports })
}

/** Into a new folder, on the engine under test. */
async function restored(
  world: World,
  from: string,
  extras: Partial<RestoreOptions> = {},
): Promise<{ data: string; target: StoreTarget; entries: number; source: string }> {
  const data = join(emptyFolder(), 'restored')
  const empty = await emptyTarget()
  const url = 'url' in empty ? empty.url : undefined
  const report = await restore({ from, data, key: keyOf(world), url, fetch, ...ports, ...extras })
  return { data, target: url === undefined ? { file: dataPaths(data).store } : { url }, ...report }
}

const sizeIn = (data: string): number =>
  parseCheckpoint(parseNote(readFileSync(join(data, 'log/checkpoint'), 'utf8')).text).size

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
      const { size } = await checkBackup(folder, keyOf(clinic))
      expect(size).toBeGreaterThan(0)
    }
    expect((await clinic.waiting()).length).toBe(301)
  })

  it('is refused where a file of it was changed, is missing or was added', async () => {
    const clinic = await newClinic()
    await clinic.deposit('a')
    const { folder } = await backUp(clinic)
    const check = () => checkBackup(folder, keyOf(clinic))
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
    await expect(checkBackup(folder, keyOf(other))).rejects.toMatchObject({ code: 'note/unsigned' })
  })

  it('leaves nothing behind when it cannot be made', async () => {
    const clinic = await newClinic()
    const to = emptyFolder()
    await expect(backup({ ...clinic, to, check: true, ...ports })).rejects.toMatchObject({
      code: 'files/failed',
    })
    expect(readdirSync(to)).toEqual([])
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
  it('refuses a backup of yesterday, as the witnesses have seen more, and goes on with the log of today', async () => {
    const clinic = await newClinic()
    const witnesses = [
      await startWitness('w1.example/w', clinic.verifierKey),
      await startWitness('w2.example/w', clinic.verifierKey),
    ]
    clinic.setPolicy(
      `${witnesses.map(one => one.policyLine).join('\n')}\ngroup all 1 w1.example w2.example\nquorum all\n`,
    )
    await clinic.deposit('yesterday')
    const { folder } = await backUp(clinic)
    expect(await restored(clinic, folder)).toMatchObject({ entries: 1 })
    await clinic.deposit('today', 'tonight')
    await expect(restored(clinic, folder)).rejects.toMatchObject({
      code: 'restore/log-behind',
      context: { size: 1, newest: 3 },
    })
    const after = await restored(clinic, folder, { log: clinic.data })
    expect(after.entries).toBe(3)
    expect(await clinic.waiting(after.target)).toEqual(['yesterday'])
    // The log that was signed by witnesses up to 3 goes on from there.
    const log = await openClinicLog({
      folder: dataPaths(after.data).log,
      signingKey: dataPaths(after.data).signingKey,
      origin,
      ...ports,
    })
    expect((await log.writer.appendWitnessed({ id: ports.random.bytes(16), text: 'on' })).index).toBe(3)
    await log.close()
  })

  it('refuses while so many witnesses are silent that they may have seen more', async () => {
    const clinic = await newClinic()
    const [first, second] = [
      await startWitness('w1.example/w', clinic.verifierKey),
      await startWitness('w2.example/w', clinic.verifierKey),
    ]
    clinic.setPolicy(
      `${first.policyLine}\n${second.policyLine}\ngroup both 2 w1.example w2.example\nquorum both\n`,
    )
    await clinic.deposit('a')
    const { folder } = await backUp(clinic)
    await second.stop()
    // Nothing was cosigned without the first, which answers.
    expect(await restored(clinic, folder)).toMatchObject({ entries: 1 })
    await first.stop()
    await expect(restored(clinic, folder)).rejects.toMatchObject({
      code: 'restore/witnesses-silent',
      context: { names: ['w1.example', 'w2.example'] },
    })
  })

  it('refuses without witnesses, unless somebody says how far the log went', async () => {
    const clinic = await newClinic()
    await clinic.deposit('a')
    const { folder } = await backUp(clinic)
    await expect(restored(clinic, folder)).rejects.toMatchObject({ code: 'restore/unwitnessed' })
    const checkpoint = join(clinic.data, 'log/checkpoint')
    expect(await restored(clinic, folder, { known: [checkpoint] })).toMatchObject({ entries: 1 })
    await clinic.deposit('b')
    await expect(restored(clinic, folder, { known: [checkpoint] })).rejects.toMatchObject({
      code: 'restore/log-behind',
      context: { size: 1, newest: 2, source: checkpoint },
    })
    expect(await restored(clinic, folder, { log: join(clinic.data, 'log') })).toMatchObject({ entries: 2 })
  })

  it('takes the log from a mirror, each leaf of which is checked', async () => {
    const clinic = await newClinic()
    await clinic.deposit(...Array.from({ length: 280 }, (_, i) => `${i}`))
    const { folder } = await backUp(clinic)
    await clinic.deposit('later')
    const changed = new Map<string, Buffer>()
    const server = createServer((request, response) => {
      const path = join(clinic.data, 'log', `${request.url}`)
      response.writeHead(existsSync(path) ? 200 : 404, { connection: 'close' })
      response.end(changed.get(`${request.url}`) ?? (existsSync(path) ? readFileSync(path) : ''))
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const log = `http://127.0.0.1:${Object(server.address()).port}`
    const after = await restored(clinic, folder, { log })
    expect(after.entries).toBe(281)
    expect(sizeIn(after.data)).toBe(281)
    const bundle = readFileSync(join(clinic.data, 'log/tile/entries/000'))
    bundle[100] = (bundle[100] ?? 0) ^ 1
    changed.set('/tile/entries/000', bundle)
    await expect(restored(clinic, folder, { log })).rejects.toMatchObject({
      code: expect.stringMatching('^verify/'),
    })
  })

  it('refuses another history under the same key', async () => {
    const clinic = await newClinic()
    await clinic.deposit('a')
    const { folder } = await backUp(clinic)
    const fork = join(emptyFolder(), 'fork')
    cpSync(clinic.data, fork, { recursive: true })
    await clinic.deposit('b')
    const other = await openClinicLog({
      folder: join(fork, 'log'),
      signingKey: keyOf(clinic),
      origin,
      ...ports,
    })
    await other.writer.append({ id: ports.random.bytes(16), text: 'another' })
    await other.close()
    const known = [join(clinic.data, 'log/checkpoint')]
    await expect(restored(clinic, folder, { known, log: fork })).rejects.toMatchObject({
      code: 'restore/log-diverged',
    })
  })

  it('begins a new log that names the last checkpoint of the one before, and why', async () => {
    const clinic = await newClinic()
    const witness = await startWitness('w1.example/w', clinic.verifierKey)
    clinic.setPolicy(`${witness.policyLine}\nquorum w1.example\n`)
    await clinic.deposit('a')
    const { folder } = await backUp(clinic)
    await clinic.deposit('b', 'c')
    const newLog = { origin: 'clinic.example/log2', reason: 'the disk is lost' }
    const same = restored(clinic, folder, { newLog: { ...newLog, origin } })
    await expect(same).rejects.toThrow('--new-log must be another origin')
    await expect(restored(clinic, folder, { newLog: { ...newLog, reason: ' ' } })).rejects.toThrow('--reason')
    const after = await restored(clinic, folder, { newLog })
    expect(after).toMatchObject({ entries: 1, source: 'witness w1.example' })
    const { log, signingKey, folder: data } = dataPaths(after.data)
    expect(readFileSync(signingKey, 'utf8')).not.toBe(readFileSync(keyOf(clinic), 'utf8'))
    expect(readdirSync(join(data, 'former-logs'))).toHaveLength(1)
    const opened = await openClinicLog({ folder: log, signingKey, origin: newLog.origin, ...ports })
    const bundle = await opened.read('tile/entries/000.p/1')
    await opened.close()
    const leaf = decodeClinicLeaf(new Uint8Array(bundle ?? []).subarray(2))
    expect(JSON.parse('text' in leaf ? leaf.text : '{}')).toMatchObject({
      former_origin: origin,
      former_size: 3,
      seen_by: 'witness w1.example',
      reason: 'the disk is lost',
    })
    await withStore(after.target, async store => {
      expect(await store.settings.get('log-origin')).toBe(newLog.origin)
      expect(await store.openings.ofParty(origin, 'kid', { limit: 9 })).toHaveLength(1)
    })
  })

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
