/** A hundred thousand requests that nobody signed, or signed wrongly, and a device that asks meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fact } from '../facts.js'
import { deposit } from './server-deposits.js'
import {
  type BenchSigner,
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
export const floodWait = 'server-flood-wait'
export const quietWait = 'server-quiet-wait'

const floodRequests = 100_000
/** As many connections as are refused at once: each waits for its answer. */
const floodCallers = 1_024
/** Those of one machine that is not meant to. */
const fewCallers = 64
const deposits = 400
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

/** Until it is told to end, or has sent so many. */
async function flood(
  client: Client,
  kinds: readonly Request[],
  callers: number,
  isOver: (sent: number) => boolean,
): Promise<number> {
  let sent = 0
  const call = async (): Promise<void> => {
    for (let kind = kinds[sent % kinds.length]; kind !== undefined && !isOver(sent); ) {
      sent++
      const { status, text } = await client.ask(kind)
      if (!refused.has(status)) throw new Error(`a bad request was answered ${status} ${text}`)
      kind = kinds[sent % kinds.length]
    }
  }
  await Promise.all(Array.from({ length: callers }, call))
  return sent
}

/** How many of the device's own were not done, and the wait that 99 of 100 were within. */
async function depositMany(
  client: Client,
  { signer, box }: Person,
): Promise<{ readonly unanswered: number; readonly p99Ms: number }> {
  const waits: number[] = []
  let unanswered = 0
  for (let i = 0; i < deposits; i++) {
    const request = await deposit(signer, box, 64)
    const start = performance.now()
    const { status } = await client.ask(request)
    waits.push(performance.now() - start)
    if (status !== 200) unanswered++
  }
  const p99Ms = waits.toSorted((a, b) => a - b)[Math.floor(deposits * 0.99)] ?? Number.NaN
  return { unanswered, p99Ms }
}

async function measured(server: Running, person: Person, device: Client): Promise<readonly Fact[]> {
  const hostile = new Client(server.port, '127.0.0.2')
  const kinds = await badRequests(person)
  await depositMany(device, person)
  const quiet = await depositMany(device, person)
  let isOver = false
  const few = flood(hostile, kinds, fewCallers, () => isOver)
  // What a network may ask at once is used up by then.
  await sleep(4_000)
  const flooded = await depositMany(device, person).finally(() => {
    isOver = true
  })
  await few
  const before = await server.memory()
  const printed = server.printed()
  const start = await server.usage()
  const sent = await flood(hostile, kinds, floodCallers, count => count >= floodRequests)
  const cpuMs = ((await server.usage()) - start) * 1e3
  const logged = server.printed() - printed
  const { unanswered } = await depositMany(device, person)
  hostile.end()
  const growth = (await server.memory()).held - before.held
  const fact = (id: string, title: string, value: number, unit: string): Fact => ({
    id,
    title,
    value: Number(value.toPrecision(3)),
    unit,
  })
  return [
    fact(floodCpu, 'a request that is refused: CPU time', cpuMs / sent, 'ms'),
    fact(
      floodUnanswered,
      'deposits of a device during the flood and after it that were not done',
      flooded.unanswered + unanswered,
      '',
    ),
    fact(floodWait, `99 of 100 deposits wait at most, ${fewCallers} connections flood`, flooded.p99Ms, 'ms'),
    fact(quietWait, 'the same, and nobody floods', quiet.p99Ms, 'ms'),
    fact(floodMemory, `memory held after ${floodRequests} bad requests, growth`, growth, 'bytes'),
    fact(floodLog, 'the same: what the log got', logged, 'bytes'),
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
