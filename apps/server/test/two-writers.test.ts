/** The right to write the logs: one server at a time has it on PostgreSQL, and a store in a file needs none. */
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { readLogKey } from '@chartseal/clinic/fs/log'
import { SigningKey } from '@chartseal/core/ed25519'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { openLog as openLogFile } from '@chartseal/core/files'
import { systemRandom as random } from '@chartseal/core/system'
import {
  attach,
  blockLogKind,
  type Claims,
  ed25519Signer,
  encodeGenesis,
  ledgerIdOf,
  type MemberRole,
  memberOf,
  prepare,
  type RecordSigner,
  signWith,
  sortedMembers,
} from '@chartseal/emr-ledger'
import { codeOf, fixedClock, patience } from '@chartseal/testkit'
import { parseCheckpoint, parseNote } from '@chartseal/tlog'
import { folderSource } from '@chartseal/tlog/fs'
import { sql } from 'kysely'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { AuditLog } from '../dist/clinic/audit-log.js'
import { openLog } from '../dist/clinic/open-log.js'
import { createClinic } from '../dist/clinic/setup.js'
import { writerLine } from '../dist/commands/who-writes.js'
import { dataPaths, makeDataFolder } from '../dist/data-folder.js'
import { makeLedgerKeys } from '../dist/ledger/keys.js'
import { openNode } from '../dist/ledger/open-node.js'
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
  describe('the right to write in a transaction', betweenTransactions)
  describe('a log of which somebody has a copy', betweenFolders)
  describe('a ledger of voting sealers of which somebody has a copy', betweenLedgers)
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

function betweenTransactions(): void {
  it('is asked in each transaction of the ledger, which the next writer waits for', async () => {
    const [one, other, url] = await twoStores()
    await one.claim.take()
    const note = (number: number) =>
      one.ledgerOf(number).write({ notes: [{ name: 'vote', value: random.bytes(1) }] })
    await note(1)
    const taken = await one.db.transaction().execute(async db => {
      await one.claim.requireIn(db, 1)
      await onPostgres(url, endSession)
      const next = { taken: other.claim.take() }
      await expect.poll(() => waiting(one.db), patience).toBe(1)
      return next
    })
    await taken.taken
    expect(other.claim.number).toBe(2)
    expect(await codeOf(() => note(1))).toBe('store/claimed')
    await other.claim.release()
    await one.claim.take()
    expect(await codeOf(() => note(2))).toBe('store/claimed')
    // It has not noticed: the database says so.
    await sql`update log_writer set number = 7`.execute(one.db)
    expect(await codeOf(() => note(3))).toBe('store/claimed')
    expect(one.claim.isHeld()).toBe(false)
  })
}

/** Who waits for a row that another transaction has. */
async function waiting(db: OpenedStore['db']): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from pg_stat_activity
    where wait_event_type = 'Lock' and datname = current_database()`.execute(db)
  return rows[0]?.count ?? 0
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
    // It keeps nobody from the right to write, whose log it has not.
    expect(one.claim.isHeld()).toBe(false)
    await other.claim.take()
    await other.claim.release()
    // In the folder that has the history there is nothing to refuse.
    const third = await written(one, copy)
    await append(third)
    await third.log.close()
  })
}

const begunMs = 1_764_400_000_000

/** A clinic that seals alone by vote, and what opens its node. */
async function sealing(folder: string) {
  const paths = dataPaths(folder)
  await makeDataFolder(paths)
  await makeLedgerKeys(paths, 'clinic.example', random)
  const clock = fixedClock(begunMs)
  const [doctor, sealer, board] = [
    ed25519Signer(SigningKey.generate(random)),
    ed25519Signer(await readLogKey(paths.ledgerKey)),
    ed25519Signer(await readLogKey(paths.registrarKey)),
  ]
  const member = (one: RecordSigner, ...roles: MemberRole[]) => memberOf({ ...one, name: '', roles })
  const members = [member(doctor, 'prescriber'), member(sealer, 'sealer'), member(board, 'registrar')]
  const genesis = encodeGenesis({
    name: 'Test clinic',
    timestamp: BigInt(begunMs / 1_000),
    roster: { number: 1n, quorum: 1, members: sortedMembers(members) },
    seal: { kind: 'poa', slotSeconds: 1, slotsPerTurn: 4, tolerates: 'crash' },
    legacy: null,
    salt: random.bytes(32),
  })
  const open = async (store: OpenedStore, from: string) => {
    const otherClocks = () => []
    const opened = await openNode({ paths: dataPaths(from), store, genesis, clock, random, otherClocks })
    onTestFinished(() => opened.close().catch(() => undefined))
    const votes: unknown[] = []
    opened.node.subscribe(event => void (event.kind === 'evidence' && votes.push(event)))
    return { ...opened, votes }
  }
  const order = async (seq: bigint): Promise<Uint8Array> => {
    const claims: Claims = {
      kind: 'prescribe',
      ledger: ledgerIdOf(genesis),
      signer: doctor.kid,
      seq,
      authoredOn: BigInt(begunMs / 1_000),
      subject: random.bytes(32),
      body: random.bytes(32),
      reference: '',
      validUntil: 4_000_000_000n,
      quantity: 1,
    }
    const prepared = prepare(claims, { ledgerName: 'Test clinic' })
    return attach(prepared, [await signWith(prepared, doctor)]).bytes
  }
  return { clock, open, order }
}

function betweenLedgers(): void {
  it('has one history: who was overtaken signs no vote and no block, takes no record, and goes on in no other folder', async () => {
    const [one, other, url] = await twoStores()
    const [mine, copy] = [join(emptyFolder(), 'mine'), join(emptyFolder(), 'copy')]
    const { clock, open, order } = await sealing(mine)
    expect(await codeOf(() => open(one, mine))).toBe('store/claimed')
    await one.claim.take()
    const first = await open(one, mine)
    await first.node.submit(await order(1n))
    clock.advance(1_000)
    expect(await first.node.tick()).toMatchObject({ height: 1n })
    cpSync(mine, copy, { recursive: true, filter: path => !path.includes('.lock') })
    await first.node.submit(await order(2n))
    await onPostgres(url, endSession)
    await other.claim.take()
    const second = await open(other, copy)
    clock.advance(1_000)
    const votes = first.votes.length
    // In one slot both have the key, the record and the turn.
    expect(await codeOf(() => first.node.tick())).toBe('store/claimed')
    const third = await order(3n)
    expect(await codeOf(() => first.node.submit(third))).toBe('store/claimed')
    const sealed = await second.node.tick()
    expect(sealed?.id).toEqual(second.node.tip.id)
    expect([first.votes.length, second.votes.length]).toEqual([votes, 1])
    expect([first.isCurrent(), second.node.offences()]).toEqual([false, []])
    await Promise.all([first.close(), second.close()])
    await other.claim.release()
    await one.claim.take()
    expect(await codeOf(() => open(one, mine))).toBe('clinic/ledger-behind')
    // As many blocks, and another one than everybody knows.
    const blocks = await openLogFile(dataPaths(mine).ledgerBlocks, { kind: blockLogKind, random })
    for await (const block of blocks.read(0)) {
      await blocks.append(block)
      break
    }
    await blocks.close()
    expect(await codeOf(() => open(one, mine))).toBe('clinic/ledger-diverged')
    expect((await open(one, copy)).node.tip.id).toEqual(sealed?.id)
  })
}
