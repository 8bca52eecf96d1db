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
import type { InvitedRole } from '../dist/http/names.js'

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
  invitation(role?: InvitedRole): Promise<string>
  enrol(role?: InvitedRole): Promise<TestDevice>
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
    // A log that others write to has no leaf in a place that a test can name.
    ledgerTimer: false,
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
