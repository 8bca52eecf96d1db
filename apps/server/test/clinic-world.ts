<<<<<<< HEAD
/** A clinic of its own for a test, asked without a socket. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeBase64Url, encodeUtf8 } from '@chartseal/core/encoding'
import { systemRandom } from '@chartseal/core/system'
import { fixedClock } from '@chartseal/testkit'
import { expect, onTestFinished } from 'vitest'
import { createDeviceClient, type DeviceClient } from '../dist/clinic/client.js'
import {
  createClinic,
  invite,
  type OpenClinicOptions,
  openClinic,
  openClinicStore,
  type RunningClinic,
} from '../dist/clinic/setup.js'
import { dataPaths } from '../dist/data-folder.js'
import { type AppOptions, createApp, type RequestNote } from '../dist/http/app.js'

export const startMs = 1_764_400_000_000
export const origin = 'https://clinic.example'
export const octets = { 'content-type': 'application/octet-stream' } as const
export const asJson = { 'content-type': 'application/json' } as const

export const name16 = (): string => encodeBase64Url(systemRandom.bytes(16))

export interface TestDevice extends DeviceClient {
  readonly mailbox: string
}

export interface TestClinic {
  readonly folder: string
  readonly clinic: RunningClinic
  readonly app: ReturnType<typeof createApp>
  readonly clock: ReturnType<typeof fixedClock>
  /** What the log of the server would have. */
  readonly notes: RequestNote[]
  readonly faults: unknown[]
  invitation(role?: 'doctor' | 'patient'): Promise<string>
  enrol(role?: 'doctor' | 'patient'): Promise<TestDevice>
  ask(method: string, path: string, init?: RequestInit): Promise<Response>
  /** Signed by a device. */
  as(
    device: DeviceClient,
    method: string,
    path: string,
    body?: Uint8Array,
    type?: Record<string, string>,
  ): Promise<Response>
}

/** Gives the folder of a new clinic. */
export async function makeClinic(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-clinic-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const paths = dataPaths(folder)
  for (const path of [paths.keys, paths.backups]) mkdirSync(path, { recursive: true })
  const world = { clock: fixedClock(startMs), random: systemRandom }
  const store = await openClinicStore(paths, null, world)
  await createClinic(store, paths, { name: 'Test clinic', origin }, world)
  await store.close()
  return folder
}

export async function testClinic(
  over: Partial<OpenClinicOptions> & { readonly app?: Partial<AppOptions>; readonly folder?: string } = {},
): Promise<TestClinic> {
  const { app: appOptions = {}, folder = await makeClinic(), ...options } = over
  const clock = fixedClock(startMs)
  const world = { clock, random: systemRandom }
  const clinic = await openClinic({
    ...world,
    paths: dataPaths(folder),
    databaseUrl: null,
    origin,
    console: null,
    policy: null,
    keptMs: 86_400_000,
    version: '0.0.0',
    onLogFailure: () => undefined,
    onClockBack: () => undefined,
    ...options,
  })
  clinic.ready()
  onTestFinished(() => clinic.close())
  return worldOf(folder, clinic, clock, appOptions)
}

function worldOf(
  folder: string,
  clinic: RunningClinic,
  clock: ReturnType<typeof fixedClock>,
  appOptions: Partial<AppOptions>,
): TestClinic {
  const world = { clock, random: systemRandom }
  const [notes, faults]: [RequestNote[], unknown[]] = [[], []]
  const app = createApp({
    clinic,
    onRequest: note => notes.push(note),
    onFault: (_request, error) => faults.push(error),
    ...appOptions,
  })
  const ask: TestClinic['ask'] = async (method, path, init = {}) =>
    app.request(`${origin}${path}`, { ...init, method })
  const as: TestClinic['as'] = async (device, method, path, body, type = octets) => {
    const headers = { ...(body === undefined ? {} : type), ...(await device.headers(method, path, body)) }
    return ask(method, path, body === undefined ? { headers } : { headers, body: new Uint8Array(body) })
  }
  const invitation: TestClinic['invitation'] = async (role = 'patient') =>
    (await invite(clinic.store, role, origin, world)).slice(`${origin}/#invite=`.length)
  const enrol: TestClinic['enrol'] = async role => {
    const device = createDeviceClient(origin, world)
    const path = `/v1/devices/${device.kid}`
    const answer = await as(device, 'PUT', path, device.enrolment(await invitation(role)), asJson)
    expect(answer.status).toBe(200)
    return { ...device, mailbox: (await answer.json()).mailbox }
  }
  return { folder, clinic, app, clock, notes, faults, invitation, enrol, ask, as }
}

export async function problemCode(answer: Response): Promise<string> {
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  const problem = await answer.json()
  expect(problem).toMatchObject({ type: `urn:chartseal:${problem.code}`, status: answer.status })
  for (const field of ['title', 'next', 'request']) expect(problem[field]).toMatch(/./)
  return problem.code
}

export const text = (value: string): Uint8Array => encodeUtf8(value)
=======
/** A clinic's data folder for tests of copies: store, log and witnesses, without a server. */
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { createLogKey, openClinicLog } from '@chartseal/clinic/fs/log'
import { SigningKey } from '@chartseal/core/ed25519'
import { memoryKeyValue } from '@chartseal/core/memory'
import { systemClock as clock, systemRandom as random } from '@chartseal/core/system'
import { cosigner, createWitness, parseVerifierKey } from '@chartseal/tlog'
import { onTestFinished } from 'vitest'
import { dataPaths, makeDataFolder } from '../dist/data-folder.js'
import { type OpenedStore, openStore, type StoreTarget } from '../dist/store.js'
import { bytes, emptyFolder, emptyTarget, engine, roomy } from './store-world.js'

export const ports = { clock, random }
export const origin = 'clinic.example/log'

export interface WitnessServer {
  readonly policyLine: string
  readonly name: string
  stop(): Promise<void>
}

/** A witness that answers over HTTP on the loopback. */
export async function startWitness(name: string, logKey: string): Promise<WitnessServer> {
  const signer = cosigner(name, SigningKey.generate(random), clock)
  const witness = createWitness({ signer, logs: [parseVerifierKey(logKey)], store: memoryKeyValue() })
  const server = createServer(async (request, response) => {
    const hash = /^\/([0-9a-f]{64})\/checkpoint$/.exec(request.url ?? '')?.[1]
    const answer =
      hash === undefined ? await witness.addCheckpoint(await text(request)) : await witness.latest(hash)
    response
      .writeHead(answer.status, { 'content-type': answer.contentType, connection: 'close' })
      .end(answer.body)
  })
  const url = await listening(server)
  const stop = () => new Promise<void>(resolve => server.close(() => resolve()))
  onTestFinished(stop)
  return { name, policyLine: `witness ${name.split('/')[0]} ${signer.verifierKey} ${url}`, stop }
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
}

export interface World {
  readonly data: string
  readonly target: StoreTarget
  readonly verifierKey: string
  /** Deposits a message behind its entry in the log, as the server does; with how many witnesses there are. */
  deposit(...ids: string[]): Promise<void>
  /** The ids of what waits in the box. */
  waiting(target?: StoreTarget): Promise<readonly string[]>
}

/** An empty clinic with one device, in a folder of its own. */
export async function newClinic(): Promise<World & { setPolicy(policy: string): void }> {
  const data = join(emptyFolder(), 'data')
  const paths = dataPaths(data)
  await makeDataFolder(paths)
  const verifierKey = await createLogKey(paths.signingKey, origin, random)
  const target = engine === 'sqlite' ? { file: paths.store } : await emptyTarget()
  let policy: string | undefined
  await withStore(target, async store => {
    await store.devices.add({ kid: 'kid', role: 'patient', keys: bytes(1), box: 'box', addedMs: 1 })
  })
  return {
    data,
    target,
    verifierKey,
    setPolicy: given => {
      policy = given
    },
    deposit: (...ids) => withStore(target, store => deposit(data, store, ids, policy)),
    waiting: (from = target) =>
      withStore(from, async store => {
        const list = await store.mailboxes.list('box', { limit: 500, maxBytes: 1e9 })
        return list.map(({ id }) => id)
      }),
  }
}

export async function withStore<T>(
  target: StoreTarget,
  work: (store: OpenedStore) => Promise<T>,
): Promise<T> {
  const store = await openStore({ target, ...ports, backups: emptyFolder() })
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

async function deposit(
  data: string,
  store: OpenedStore,
  ids: readonly string[],
  policy: string | undefined,
): Promise<void> {
  const { log: folder, signingKey } = dataPaths(data)
  const witnessed = policy === undefined ? {} : { policy }
  const log = await openClinicLog({ folder, signingKey, origin, ...ports, ...witnessed })
  try {
    for (const id of ids) {
      const sum = random.bytes(32)
      const { index } = await log.writer.append({ id: random.bytes(16), sum })
      await store.inTx(async tables => {
        const salt = random.bytes(32)
        await tables.openings.add({
          id: `e-${id}`,
          log: origin,
          leafIndex: index,
          salt,
          entry: sum,
          parties: ['kid'],
        })
        await tables.mailboxes.deposit({ box: 'box', id, bytes: bytes(1), nowMs: 1 }, roomy)
      })
    }
  } finally {
    await log.close()
  }
}
>>>>>>> h-store
