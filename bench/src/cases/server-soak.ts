/** A server under everything that devices do, for a minute. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fact } from '../facts.js'
import { deposit } from './server-deposits.js'
import {
  type BenchSigner,
  Client,
  dataFolder,
  name16,
  octets,
  type Running,
  signed,
  startClinic,
} from './server-process.js'
import { enrolAll, listen } from './server-streams.js'

export const soakHeld = 'server-soak-held'
export const soakRss = 'server-soak-rss'

const warmUpMs = 20_000
const soakMs = 60_000
const devices = 16
/** A pause after each round: a clinic, and no contest. */
const paceMs = 20

interface Person {
  readonly signer: BenchSigner
  readonly box: string
}

/** Deposits, fetches, acknowledges, pairs, listens, looks at the log, and does some of it wrongly. */
async function round(server: Running, client: Client, { signer, box }: Person, to: Person): Promise<number> {
  const ask = async (method: string, path: string, good: readonly number[]): Promise<string> => {
    const { status, text } = await client.ask(await signed(signer, { method, path }))
    if (!good.includes(status)) throw new Error(`${method} was answered ${status} ${text}`)
    return text
  }
  const stream = await listen(server, signer)
  const sent = await deposit(signer, to.box)
  await client.put(sent)
  await client.put(await signed(signer, { ...sent, headers: octets }))
  const { messages } = JSON.parse(await ask('GET', `/v1/mailboxes/${box}?limit=20`, [200]))
  for (const { id } of messages) await ask('DELETE', `/v1/mailboxes/${box}/${id}`, [204])
  const slot = { path: `/v1/slots/${name16()}/offer`, headers: octets, body: new Uint8Array(200) }
  await client.put(slot)
  await client.ask({ ...slot, method: 'GET', headers: {}, body: new Uint8Array() })
  await ask('GET', '/v1/entries?limit=20', [200])
  await ask('GET', `/v1/mailboxes/${name16()}`, [404])
  stream.destroy()
  return 8 + messages.length
}

async function load(
  server: Running,
  client: Client,
  people: readonly Person[],
  forMs: number,
): Promise<number> {
  const end = performance.now() + forMs
  let requests = 0
  const work = async (person: Person, i: number): Promise<void> => {
    const to = people[(i + 1) % people.length] ?? person
    while (performance.now() < end) {
      const answered = await round(server, client, person, to)
      requests += answered
      await sleep(paceMs)
    }
  }
  await Promise.all(people.map(work))
  return requests
}

/** What the server holds after a minute, beyond what it held when it was warm. */
export async function soak(): Promise<readonly Fact[]> {
  const data = dataFolder()
  const server = await startClinic(data)
  const client = new Client(server.port)
  const people = await enrolAll(client, data, devices)
  await load(server, client, people, warmUpMs)
  const before = await server.memory()
  const requests = await load(server, client, people, soakMs)
  const after = await server.memory()
  client.end()
  server.stop()
  await server.ended
  const title = `memory after ${soakMs / 1e3} s of mixed load, growth`
  return [
    {
      id: soakHeld,
      title: `${title}: heap, and what lies outside it`,
      value: after.held - before.held,
      unit: 'bytes',
    },
    { id: soakRss, title: `${title}: the process`, value: after.rss - before.rss, unit: 'bytes' },
    { id: 'server-soak-requests', title: 'the same: requests that were answered', value: requests, unit: '' },
  ]
}
