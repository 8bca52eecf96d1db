/** The right to write the logs: one server at a time has it on PostgreSQL, and a store in a file needs none. */
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { systemRandom as random } from '@chartseal/core/system'
import { codeOf, fixedClock } from '@chartseal/testkit'
import { parseCheckpoint, parseNote } from '@chartseal/tlog'
import { folderSource } from '@chartseal/tlog/fs'
import { sql } from 'kysely'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { AuditLog } from '../dist/clinic/audit-log.js'
import { openLog } from '../dist/clinic/open-log.js'
import { createClinic } from '../dist/clinic/setup.js'
import { writerLine } from '../dist/commands/who-writes.js'
import { dataPaths, makeDataFolder } from '../dist/data-folder.js'
import type { OpenedStore } from '../dist/store.js'
import { backUp, newClinic, restored } from './clinic-world.js'
import { emptyFolder, emptyTarget, engine, newStore, onPostgres, open } from './store-world.js'

const origin = 'clinic.example/log'
const end = (size: number, fill = size) => ({ size, root: new Uint8Array(32).fill(fill) })

describe(`the right to write on ${engine}`, () => {
  it('is taken once by one process, which says who it is', async () => {
    const store = await newStore()
    const { claim } = store
    await Promise.all([claim.take(), claim.take(), claim.hold()])
    expect([claim.isHeld(), claim.number]).toEqual([true, engine === 'postgres' ? 1 : 0])
    await claim.confirm(origin, end(1), claim.number)
    expect(await claim.endOf(origin)).toEqual(engine === 'postgres' ? end(1) : null)
    expect(await writerLine(store)).toMatch(
      engine === 'postgres'
        ? new RegExp(`^writer 1: process ${process.pid} on \\S+, since \\S+Z\\n$`)
        : /^one process writes/,
    )
  })
})

if (engine === 'postgres') {
  describe('the right to write of several servers', betweenServers)
  describe('a log of which somebody has a copy', betweenFolders)
  describe('a restore beside a server', () => {
    it('is refused while a server has the right to write into the database, and leaves nothing there', async () => {
      const clinic = await newClinic()
      await clinic.deposit('a')
      const { folder } = await backUp(clinic)
      const target = await emptyTarget()
      const other = await open(target)
      await other.claim.hold()
      const url = 'url' in target ? target.url : ''
      const known = { url, log: clinic.data }
      await expect(restored(clinic, folder, known)).rejects.toMatchObject({ code: 'store/claimed' })
      expect(await other.devices.find('kid')).toBeNull()
      await other.claim.release()
      expect(await restored(clinic, folder, known)).toMatchObject({ entries: 1 })
    })
  })
}

async function twoStores(): Promise<readonly [OpenedStore, OpenedStore, string]> {
  const target = await emptyTarget()
  return [await open(target), await open(target), 'url' in target ? target.url : '']
}

const endSession = `select pg_terminate_backend(pid) from pg_stat_activity
  where application_name = 'chartseal-server log' and datname = current_database()`

function betweenServers(): void {
  it('goes on under greater numbers, and nothing of an older writer counts', async () => {
    const [one, other, url] = await twoStores()
    await one.claim.take()
    await one.claim.confirm(origin, end(3), 1)
    await one.claim.confirm(origin, end(2), 1)
    expect(await one.claim.endOf(origin)).toEqual(end(3))
    expect(await codeOf(() => other.claim.take())).toBe('store/claimed')
    expect(await codeOf(() => other.claim.confirm(origin, end(4), 1))).toBe('store/claimed')
    await onPostgres(url, endSession)
    await other.claim.take()
    expect([other.claim.number, await other.claim.endOf(origin)]).toEqual([2, end(3)])
    expect(await codeOf(() => one.claim.confirm(origin, end(4, 9), 1))).toMatch(/^store\/(claimed|failed)$/)
    expect([one.claim.isHeld(), one.claim.number]).toEqual([false, 0])
    await other.claim.confirm(origin, end(4), 2)
    await other.claim.release()
    // Whoever opened the log under the first number has not seen what the second one wrote.
    await one.claim.take()
    expect(one.claim.number).toBe(3)
    expect(await codeOf(() => one.claim.confirm(origin, end(5), 1))).toBe('store/claimed')
    await one.claim.confirm(origin, end(5), 3)
    await one.claim.release()
    expect(await writerLine(one)).toMatch(/^writer 3: .* has ended: nobody writes now\n$/)
  })

  it('is over where its database was emptied, or another one put in its place', async () => {
    const [one] = await twoStores()
    await one.claim.take()
    for (const change of [sql`update log_writer set number = 7`, sql`delete from log_writer`]) {
      await change.execute(one.db)
      expect(await codeOf(() => one.claim.confirm(origin, end(1), one.claim.number))).toBe('store/claimed')
      expect(one.claim.isHeld()).toBe(false)
      await one.claim.take()
    }
    await one.claim.confirm(origin, end(1), one.claim.number)
  })
}

interface Writing {
  readonly log: AuditLog
  readonly failures: string[]
  readonly clock: ReturnType<typeof fixedClock>
}

async function written(store: OpenedStore, folder: string): Promise<Writing> {
  const [clock, failures] = [fixedClock(1_764_400_000_000), [] as string[]]
  const paths = dataPaths(folder)
  const told = { onLogFailure: (code: string) => void failures.push(code), onClockBack: () => undefined }
  const options = { paths, policy: null, clock, random, ...told }
  const log = await openLog({ name: 'North Street', logOrigin: origin }, store, options)
  return { log, failures, clock }
}

const append = ({ log }: Writing): Promise<unknown> => log.append(random.bytes(16), { text: '{}' })

async function publishedSize(folder: string): Promise<number> {
  const note = await folderSource(dataPaths(folder).log).read('checkpoint')
  return parseCheckpoint(parseNote(new TextDecoder().decode(note ?? encodeUtf8(''))).text).size
}

function betweenFolders(): void {
  it('has one history: what a writer did while another went on is not acknowledged, not signed, and not gone on with', async () => {
    const [one, other, url] = await twoStores()
    const [mine, copy] = [join(emptyFolder(), 'mine'), join(emptyFolder(), 'copy')]
    await makeDataFolder(dataPaths(mine))
    const name = { name: 'North Street', origin: 'https://clinic.example' }
    await createClinic(one, dataPaths(mine), name, { clock: fixedClock(1_764_400_000_000), random })
    const first = await written(one, mine)
    onTestFinished(() => first.log.close().catch(() => undefined))
    await append(first)
    await first.log.publish()
    cpSync(mine, copy, { recursive: true, filter: path => !path.includes('.lock') })
    // Its session ends, and it does not know that yet.
    await onPostgres(url, endSession)
    const unaware = vi.spyOn(one.claim, 'isHeld').mockReturnValue(true)
    const lost = await Promise.all([1, 2].map(() => codeOf(() => append(first))))
    expect(lost).toEqual(['server/log', 'server/log'])
    const second = await written(other, copy)
    await append(second)
    await second.log.close()
    expect(await publishedSize(copy)).toBe(4)
    await other.claim.release()
    unaware.mockRestore()
    first.clock.advance(1_000)
    expect(await codeOf(() => append(first))).toBe('server/log')
    expect(first.failures.at(-1)).toBe('clinic/log-diverged')
    expect(await publishedSize(mine)).toBe(2)
    // In the folder that has the history there is nothing to refuse.
    const third = await written(one, copy)
    await append(third)
    await third.log.close()
  })
}
