/** A hundred thousand requests that nobody signed, or signed wrongly, and a device that asks meanwhile. */
import type { Fact } from '../facts.js'
import { deposit } from './server-deposits.js'
import {
  type BenchSigner,
  byCallers,
  Client,
  dataFolder,
  enrol,
  invitationsIn,
  name16,
  newSigner,
  octets,
  type Request,
  type Running,
  signed,
  startClinic,
} from './server-process.js'

export const floodCpu = 'server-flood-cpu'
export const floodMemory = 'server-flood-memory'
export const floodLog = 'server-flood-log'
export const floodUnanswered = 'server-flood-unanswered'

const floodRequests = 100_000
const callers = 64
const refused = new Set([401, 404, 429])

/** Of four kinds in turn: a body that nobody signed, half a signature, a stranger's, and one for something else. */
async function badRequests({ signer, box }: Person): Promise<readonly Request[]> {
  const body = new Uint8Array(64)
  const path = `/v1/mailboxes/${name16()}/${name16()}`
  const get = { method: 'GET', path: `/v1/mailboxes/${box}` }
  const wrong = await signed(signer, { ...get, path: '/v1/entries' })
  return [
    { path, headers: octets, body },
    { ...wrong, ...get, headers: { ...wrong.headers, 'signature-input': 'sig=()' } },
    await signed(newSigner(), get),
    { ...wrong, ...get },
  ]
}

interface Person {
  readonly signer: BenchSigner
  readonly box: string
}

async function flood(client: Client, kinds: readonly Request[], count: number): Promise<void> {
  const numbers = Array.from({ length: count }, (_, i) => i)
  await byCallers(numbers, callers, async i => {
    const kind = kinds[i % kinds.length]
    if (kind === undefined) throw new Error('internal: no request')
    const { status, text } = await client.ask(kind)
    if (!refused.has(status)) throw new Error(`a bad request was answered ${status} ${text}`)
  })
}

/** How many of the device's own were not done, and the wait that 99 of 100 were within. */
async function depositUntil(
  client: Client,
  { signer, box }: Person,
  isOver: () => boolean,
): Promise<{ readonly unanswered: number; readonly p99Ms: number }> {
  const waits: number[] = []
  let unanswered = 0
  while (!isOver()) {
    const request = await deposit(signer, box, 64)
    const start = performance.now()
    const { status } = await client.ask(request)
    waits.push(performance.now() - start)
    if (status !== 200) unanswered++
  }
  const p99Ms = waits.toSorted((a, b) => a - b)[Math.floor(waits.length * 0.99)] ?? Number.NaN
  return { unanswered, p99Ms }
}

async function measured(server: Running, person: Person, device: Client): Promise<readonly Fact[]> {
  const hostile = new Client(server.port, '127.0.0.2')
  const kinds = await badRequests(person)
  await flood(hostile, kinds, 5_000)
  const before = await server.memory()
  const printed = server.printed()
  const start = await server.usage()
  await flood(hostile, kinds, floodRequests / 2)
  const cpuMs = ((await server.usage()) - start) * 1e3
  let isOver = false
  const flooding = flood(hostile, kinds, floodRequests / 2).finally(() => {
    isOver = true
  })
  const asked = await depositUntil(device, person, () => isOver)
  await flooding
  hostile.end()
  const after = await server.memory()
  const fact = (id: string, title: string, value: number, unit: string): Fact => ({ id, title, value, unit })
  return [
    fact(floodCpu, 'a request that is refused: CPU time', cpuMs / (floodRequests / 2), 'ms'),
    fact(floodUnanswered, 'requests of a device during the flood that were not done', asked.unanswered, ''),
    fact('server-flood-p99', 'the same: 99 of 100 are done within', asked.p99Ms, 'ms'),
    fact(
      floodMemory,
      `memory held after ${floodRequests} bad requests, growth`,
      after.held - before.held,
      'bytes',
    ),
    fact(floodLog, 'the same: what the log got', server.printed() - printed, 'bytes'),
  ]
}

/** With the limits of rate and the log that a clinic has by default. */
export async function badRequestFlood(): Promise<readonly Fact[]> {
  const usual = ['--network-rate', '50', '--log-level', 'info']
  const server = await startClinic(dataFolder(), { flags: usual })
  const device = new Client(server.port)
  const signer = newSigner()
  try {
    const box = await enrol(device, signer, invitationsIn(server.output)[0] ?? '')
    return await measured(server, { signer, box }, device)
  } finally {
    device.end()
    server.stop()
    await server.ended
  }
}
