import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { clinicLeafRules } from '@chartseal/audit/access'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { JsonObject } from '@chartseal/core/json'
import { systemRandom } from '@chartseal/core/system'
import { parseVerifierKey, readLeaves, verifyLog } from '@chartseal/tlog'
import { folderSource } from '@chartseal/tlog/fs'
import pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { dataPaths, takeDataFolder } from '../dist/data-folder.js'
import { notedHeight } from '../dist/ledger/noted.js'
import { name16 } from './api-world.js'
import { writersIn } from './pair-judge.js'
import { blocksOf, pathOf } from './records-world.js'
import {
  Caller,
  origin,
  plainEnv,
  runServer,
  type Sent,
  type ServerProcess,
  startServer,
} from './server-process.js'
import { emptyFolder, emptyTarget, engine, onPostgres } from './store-world.js'

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url))
const codeIn = ({ body }: Sent): unknown => JSON.parse(body).code

interface Place {
  readonly data: string
  readonly url: string
  readonly flags: readonly string[]
}

/** A data folder and, on PostgreSQL, a database. */
async function emptyPlace(): Promise<Place> {
  const target = await emptyTarget()
  const data = join(emptyFolder(), 'clinic')
  if (!('url' in target)) return { data, url: '', flags: [] }
  const flags = ['--database-url', target.url]
  runServer('init', ['--name', 'North Street', '--data', data, '--origin', origin, ...flags])
  return { data, url: target.url, flags }
}

async function started(data: string, flags: readonly string[]): Promise<ServerProcess> {
  const server = await startServer(data, flags)
  endWithTest(server.child)
  return server
}

function endWithTest(child: ChildProcess): void {
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await new Promise(resolve => child.once('exit', resolve))
  })
}

interface Standby {
  readonly child: ChildProcess
  /** Where it refuses. */
  readonly port: number
  /** Resolves with where it answers, once it has taken over. */
  readonly tookOver: Promise<number>
}

async function startStandby({ data, flags }: Place): Promise<Standby> {
  const args = ['serve', '--standby', '--data', data, '--port', '0', '--origin', origin, '--console', 'off']
  const child = spawn(process.execPath, [main, ...args, '--log-level', 'silent', ...flags], {
    env: plainEnv(),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  endWithTest(child)
  let output = ''
  const printed = (words: RegExp): Promise<number> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const [, port] = words.exec(output) ?? []
        if (port !== undefined) resolve(Number(port))
      }
      child.stdout.on('data', look)
      child.once('exit', () => reject(new Error(`the standby ended: ${output}`)))
    })
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', part => {
      output += part
    })
  const tookOver = printed(/: \S+ \(listening at 127\.0\.0\.1:(\d+)\)/)
  tookOver.catch(() => undefined)
  return { child, port: await printed(/^standby \(listening at 127\.0\.0\.1:(\d+)\)/), tookOver }
}

async function enrolled(server: ServerProcess, link: number): Promise<Caller> {
  const caller = new Caller(server)
  onTestFinished(() => caller.agent.destroy())
  await caller.enrol(server.invitations[link] ?? '')
  return caller
}

/** Every leaf, tile and signature of a log that nobody writes now. */
async function verified(data: string, verifierKey: string): Promise<number> {
  const log = parseVerifierKey(verifierKey)
  const source = folderSource(dataPaths(data).log)
  const { findings, checkpoint } = await verifyLog(source, { log, rules: clinicLeafRules })
  expect(findings).toEqual([])
  if (checkpoint === null) return 0
  let count = 0
  // How far the ledger is stands in the log at moments of its own; who writes, only where there could be another.
  for await (const leaf of readLeaves(source, 0, checkpoint.size, checkpoint))
    if (notedHeight(leaf) === 0 && writersIn([leaf]).length === 0) count += 1
  return count
}

async function stopped({ child, ended }: ServerProcess): Promise<void> {
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
}

/** Requests are sent again as they are: what a thief on the way would do. */
async function recorded(caller: Caller, path: string): Promise<(port: number) => Promise<unknown>> {
  const headers = { ...(await caller.device.headers('GET', path)) }
  return async port => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers })
    return answer.ok ? 'accepted' : Object(await answer.json()).code
  }
}

describe('a server on standby', () => {
  it('refuses by name while the first one answers, and goes on where that one was killed', async () => {
    const place = await emptyPlace()
    const first = await started(place.data, place.flags)
    const standby = await startStandby(place)
    const [doctor, patient] = [await enrolled(first, 0), await enrolled(first, 1)]
    const path = `/v1/mailboxes/${patient.mailbox}/${name16()}`
    const sealed = encodeUtf8('sealed')
    const deposited = await doctor.send('PUT', path, sealed)
    expect(deposited.status).toBe(200)
    const about = await doctor.send('GET', '/v1/clinic')
    const verifierKey = JsonObject.parse(about.body).object('log').text('verifier_key')

    const onStandby = new Caller({ ...first, port: standby.port })
    onTestFinished(() => onStandby.agent.destroy())
    expect((await onStandby.send('GET', '/livez')).status).toBe(200)
    for (const asked of ['/readyz', '/v1/clinic', '/log/checkpoint', path]) {
      const refused = await onStandby.send('GET', asked)
      expect([refused.status, codeIn(refused)]).toEqual([503, 'server/standby'])
      expect(JSON.parse(refused.body)).toMatchObject({ retry_ms: 1_000 })
    }

    const again = await recorded(doctor, '/v1/entries')
    expect([await again(first.port), await again(first.port)]).toEqual(['accepted', 'signature/replayed'])

    first.child.kill('SIGKILL')
    const port = await standby.tookOver
    // After a power cut a file may have forgotten the nonce, so one process on one file takes nothing from before its start.
    const refusals =
      engine === 'postgres' ? ['signature/replayed'] : ['signature/replayed', 'signature/stale']
    expect(refusals).toContain(await again(port))
    for (const caller of [doctor, patient]) caller.port = port
    expect(await doctor.send('PUT', path, sealed)).toEqual(deposited)
    const list = JSON.parse((await patient.send('GET', `/v1/mailboxes/${patient.mailbox}`)).body)
    expect(list.messages).toMatchObject([{ from: doctor.device.kid, body: 'c2VhbGVk' }])
    expect((await patient.send('DELETE', path)).status).toBe(204)
    expect(JSON.parse((await doctor.send('GET', path)).body)).toMatchObject({ state: 'delivered' })
    // Two starts, two devices, a message stored, given, acknowledged: nothing twice, nothing missing.
    await expect.poll(() => verified(place.data, verifierKey)).toBe(7)
  })

  it('ends when it is told to, and leaves the folder to whoever has it', async () => {
    const place = await emptyPlace()
    const first = await takeDataFolder(place.data)
    onTestFinished(() => first.release())
    const { child } = await startStandby(place)
    const ended = new Promise(resolve => child.once('exit', resolve))
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
    await first.check()
  })
})

function onOneDatabase(): void {
  it('refuses a server with another data folder while one writes the log', async () => {
    const place = await emptyPlace()
    const first = await started(place.data, place.flags)
    const other = join(emptyFolder(), 'other')
    // A slip of the pen makes no folder.
    await expect(startServer(other, place.flags)).rejects.toThrow('clinic/missing')
    expect(existsSync(other)).toBe(false)
    mkdirSync(other)
    await expect(startServer(other, place.flags)).rejects.toThrow('store/claimed')
    // A copy of all that there is, key included, is no better.
    cpSync(join(place.data, 'keys'), join(other, 'keys'), { recursive: true })
    cpSync(join(place.data, 'log'), join(other, 'log'), { recursive: true })
    await expect(startServer(other, place.flags)).rejects.toThrow('store/claimed')
    await enrolled(first, 0)
  })

  it('keeps no records before its operator says that the folder is everybody’s, and then the next one has them', async () => {
    const place = await emptyPlace()
    const { root, blocks } = await blocksOf(systemRandom.bytes(100))
    const alone = await started(place.data, place.flags)
    const device = await enrolled(alone, 0)
    const put = () => device.send('PUT', pathOf(root), blocks.get(root))
    expect(alone.printed()).toContain('It keeps no records: set CHARTSEAL_DATA_SHARED=1')
    expect(JSON.parse((await device.send('GET', '/v1/clinic')).body)).toMatchObject({ blobs: false })
    expect(codeIn(await put())).toBe('blob/off')
    await stopped(alone)
    const flags = [...place.flags, '--data-shared', '1']
    const first = await started(place.data, flags)
    const standby = await startStandby({ ...place, flags })
    device.port = first.port
    expect((await put()).status).toBe(200)
    first.child.kill('SIGKILL')
    device.port = await standby.tookOver
    expect((await device.send('HEAD', pathOf(root))).status).toBe(200)
    expect((await put()).status).toBe(200)
  })

  it('refuses a folder that is not the one of the log when nobody writes it, and takes the right one', async () => {
    const place = await emptyPlace()
    const first = await started(place.data, place.flags)
    const old = join(emptyFolder(), 'old')
    mkdirSync(old)
    cpSync(join(place.data, 'keys'), join(old, 'keys'), { recursive: true })
    await enrolled(first, 0)
    await stopped(first)
    await expect(startServer(old, place.flags)).rejects.toThrow('clinic/log-behind')
    rmSync(join(old, 'keys'), { recursive: true })
    await expect(startServer(old, place.flags)).rejects.toThrow('clinic/no-log-key')
    await enrolled(await started(place.data, place.flags), 0)
  })
}

function onOneSession(): void {
  it('puts nothing into the log while another session has the right to, and goes on when it is free', async () => {
    const place = await emptyPlace()
    const server = await started(place.data, place.flags)
    const [doctor, patient] = [await enrolled(server, 0), await enrolled(server, 1)]
    const put = async (): Promise<unknown> => {
      const answer = await doctor.send(
        'PUT',
        `/v1/mailboxes/${patient.mailbox}/${name16()}`,
        encodeUtf8('sealed'),
      )
      return answer.status === 200 ? 'stored' : codeIn(answer)
    }
    const stored = async (): Promise<number> => {
      const { rows } = await thief.query('select count(*)::int as stored from messages')
      return rows[0].stored
    }
    const thief = new pg.Client({ connectionString: place.url })
    await thief.connect()
    onTestFinished(() => thief.end())
    await onPostgres(
      place.url,
      `select pg_terminate_backend(pid) from pg_stat_activity
       where application_name = 'chartseal-server log' and datname = current_database()`,
    )
    await thief.query('select pg_advisory_lock(1667785074, 7106407)')
    // It learns that its session is gone when the end of it arrives.
    await expect.poll(put).toBe('server/log')
    const before = await stored()
    for (let i = 0; i < 5; i += 1) expect(await put()).toBe('server/log')
    await thief.query('select pg_advisory_unlock_all()')
    await expect.poll(put).toBe('stored')
    expect(await stored()).toBe(before + 1)
  })
}

if (engine === 'postgres') {
  describe('two servers on one database', onOneDatabase)
  describe('a server on a database that others use', onOneSession)
}
