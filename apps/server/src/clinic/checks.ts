/** What `doctor` asks a running clinic. */
import http from 'node:http'
import https from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { maxSkewMs } from '@chartseal/clinic/signed-request'
import { encodeBase64, encodeBase64Url } from '@chartseal/core/encoding'
import type { Clock, Random } from '@chartseal/core/ports'
import { limits } from '../http/names.js'
import { defaultPingMs } from '../operations/events.js'
import { createDeviceClient, type DeviceClient } from './client.js'
import { defaultFloorBytes } from './room.js'

export interface Check {
  readonly what: string
  readonly isRight: boolean
  /** What to change where it is not. */
  readonly change: string
}

interface World {
  readonly clock: Clock
  readonly random: Random
}

const mib = 1_048_576
const answerMs = 15_000
const eventMs = 5_000
/** Longer than the server is silent. */
const idleMs = defaultPingMs + 5_000
const octets = { 'content-type': 'application/octet-stream' } as const

/** Enrols a device of its own by the invitation, and ends it again. Stops early where nothing answers. */
export async function* checkClinic(origin: string, invitation: string, world: World): AsyncGenerator<Check> {
  const clinic = await asked(`${origin}/v1/clinic`)
  yield check(
    'it answers',
    clinic?.status === 200,
    `nothing answers at ${origin}: start it, or look at the proxy`,
  )
  if (clinic === null || clinic.status !== 200) return
  const described: unknown = await clinic.json().catch(() => null)
  yield* describedChecks(origin, Object(described), world)
  yield headerCheck(clinic)
  yield* gossipChecks(origin)
  const device = createDeviceClient(origin, world)
  const path = `/v1/devices/${device.kid}`
  const enrolled = await put(origin, path, device.enrolment(invitation), device, 'application/json')
  yield check(
    'signed requests arrive as they were sent',
    enrolled?.status === 200,
    await reason(enrolled, 'a proxy changes addresses or bodies'),
  )
  // What a stranger sends is refused before it is read, and says nothing of the proxy.
  if (enrolled?.status === 200) yield await bodyCheck(origin, device, world)
  yield check(
    'WebSockets pass',
    await upgradePasses(`${origin}/v1/conferences/${encodeBase64Url(world.random.bytes(16))}`),
    'let the proxy pass Upgrade and Connection (nginx: proxy_set_header Upgrade $http_upgrade)',
  )
  if (enrolled?.status === 200) yield* eventChecks(origin, device)
  await asked(`${origin}${path}`, {
    method: 'DELETE',
    headers: { ...(await device.headers('DELETE', path)) },
  })
}

async function bodyCheck(origin: string, device: DeviceClient, { random }: World): Promise<Check> {
  const box = encodeBase64Url(random.bytes(16))
  const large = await put(origin, `/v1/mailboxes/${box}/${box}`, new Uint8Array(limits.messageBytes), device)
  return check(
    'bodies of 1 MiB pass',
    large?.status === 404,
    'let the proxy take 21 MiB (nginx: client_max_body_size 21m)',
  )
}

/** Before anything else: where there is none, a device cannot be enrolled to look at the rest. */
export async function roomCheck(free: () => Promise<number>): Promise<Check> {
  const freeMib = Math.floor((await free()) / mib)
  const floorMib = defaultFloorBytes / mib
  return check(
    'its disk has room',
    freeMib >= floorMib,
    `${freeMib} MiB are free, and below ${floorMib} nothing new is taken: make room where the data folder is`,
  )
}

function* describedChecks(
  origin: string,
  described: { readonly [name: string]: unknown },
  { clock }: World,
): Generator<Check> {
  yield check(
    'its origin is this address',
    described['origin'] === origin,
    `it says ${described['origin']}: start it with --origin ${origin}`,
  )
  const behindMs = Math.abs(Number(described['now_ms']) - clock.nowMs())
  yield check(
    'its clock agrees with this one',
    behindMs < maxSkewMs / 2,
    `they are ${behindMs} ms apart: set both by NTP`,
  )
  yield check(
    'it serves the page',
    described['console'] !== null,
    'build apps/console, or name its folder by --console',
  )
}

/** Of a node that only pulls there is nothing to say. */
async function* gossipChecks(origin: string): AsyncGenerator<Check> {
  const answer = await asked(`${origin}/v1/ledger/sealing`)
  const sealing: unknown = await answer?.json().catch(() => null)
  const { gossip }: { gossip?: unknown } = Object(sealing)
  if (gossip === null || gossip === undefined) return
  const { named, there }: { named?: unknown; there?: unknown } = Object(gossip)
  yield check(
    'nodes hear its gossip',
    Number(there) > 0,
    `none of the ${named} that --gossip-peers names does: each must name the others, and let TCP to --gossip in`,
  )
}

function headerCheck({ headers }: Response): Check {
  const isThere =
    headers.get('content-security-policy')?.includes("require-trusted-types-for 'script'") ?? false
  return check('its headers arrive', isThere, 'let the proxy leave Content-Security-Policy as it is')
}

/** An event stream that a proxy keeps for itself, or ends while nothing happens, tells nobody anything. */
async function* eventChecks(origin: string, device: DeviceClient): AsyncGenerator<Check> {
  const controller = new AbortController()
  try {
    const headers = { ...(await device.headers('GET', '/v1/events')) }
    const answer = fetch(`${origin}/v1/events`, { headers, signal: controller.signal })
    const events = (await inTime(answer, eventMs))?.body?.getReader()
    const first = events === undefined ? null : await inTime(events.read(), eventMs)
    yield check(
      'event streams are not held back',
      first?.done === false,
      'let the proxy pass what it gets at once (nginx: proxy_buffering off)',
    )
    if (events === undefined || first?.done !== false) return
    const second = await inTime(events.read(), idleMs)
    yield check(
      'event streams last while nothing happens',
      second?.done === false,
      'let the proxy keep idle connections for a minute (nginx: proxy_read_timeout 60s)',
    )
  } finally {
    controller.abort()
  }
}

/** `null` for what fails, or does not come in time. */
async function inTime<Result>(work: Promise<Result>, forMs: number): Promise<Result | null> {
  const done = new AbortController()
  const late = sleep(forMs, null, { signal: done.signal }).catch(() => null)
  try {
    return await Promise.race([work.catch(() => null), late])
  } finally {
    done.abort()
  }
}

async function put(
  origin: string,
  path: string,
  body: Uint8Array,
  device: DeviceClient,
  type: string = octets['content-type'],
): Promise<Response | null> {
  const headers = { 'content-type': type, ...(await device.headers('PUT', path, body)) }
  return asked(`${origin}${path}`, { method: 'PUT', headers, body: new Uint8Array(body) })
}

/** `null` where nothing answers in time. */
async function asked(url: string, init: RequestInit = {}): Promise<Response | null> {
  try {
    return await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(answerMs) })
  } catch {
    return null
  }
}

/** Whether the server sees that a WebSocket is wanted: then it says that there is no such conference. */
function upgradePasses(url: string): Promise<boolean> {
  const headers = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': encodeBase64(new Uint8Array(16)),
    'sec-websocket-protocol': 'chartseal.conference.v2',
  }
  return new Promise(resolve => {
    const ask = url.startsWith('https:') ? https.request : http.request
    ask(url, { headers, signal: AbortSignal.timeout(answerMs) })
      .on('response', answer => {
        answer.resume()
        resolve(answer.statusCode === 404)
      })
      .on('error', () => resolve(false))
      .end()
  })
}

async function reason(answer: Response | null, otherwise: string): Promise<string> {
  const problem: unknown = await answer?.json().catch(() => null)
  const { code, next }: { code?: unknown; next?: unknown } = Object(problem)
  return typeof code === 'string' ? `${code}: ${next}` : otherwise
}

function check(what: string, isRight: boolean, change: string): Check {
  return { what, isRight, change }
}
