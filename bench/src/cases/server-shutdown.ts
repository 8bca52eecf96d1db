/** A server that ends while a thousand clients ask, and starts again. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fact } from '../facts.js'
import { deposit } from './server-deposits.js'
import {
  type BenchSigner,
  Client,
  dataFolder,
  octets,
  type Reply,
  type Request,
  type Running,
  signed,
  startClinic,
} from './server-process.js'
import { enrolAll } from './server-streams.js'

export const lostRequests = 'server-sigterm-lost'

const clients = 1_000
const devices = 50
const pauseMs = 250
/** A minute of trying: longer than any start takes. */
const mostTries = 240

interface Tally {
  readonly done: Set<string>
  /** Answers that did not come, and were asked for again. */
  retried: number
  lost: number
}

interface Person {
  readonly signer: BenchSigner
  readonly box: string
}

/** What a page does: the same message under the same id, signed anew, until it is answered. */
async function depositOnce(client: Client, { signer, box }: Person, tally: Tally): Promise<void> {
  const { path, body }: Request = await deposit(signer, box, 64)
  for (let tries = 0; tries < mostTries; tries++) {
    const request = await signed(signer, { path, body, headers: octets })
    const reply = await client.ask(request).catch(() => null)
    if (reply?.status === 200) return void tally.done.add(path)
    if (reply !== null && !mayPass(reply)) throw new Error(`a deposit was answered ${reply.text}`)
    tally.retried++
    await sleep(pauseMs)
  }
  tally.lost++
}

/** Too fast, about to end, or signed before this server began: the same again, signed anew. */
function mayPass({ status, text }: Reply): boolean {
  return status === 429 || status === 503 || text.includes('signature/stale')
}

/** Of what was answered with 200 that which the mailboxes do not have. */
async function missingOf(client: Client, people: readonly Person[], { done }: Tally): Promise<number> {
  const there = new Set<string>()
  for (const { signer, box } of people) {
    for (let after = 0, more = true; more; ) {
      const path = `/v1/mailboxes/${box}?after=${after}&limit=500`
      const { status, text } = await client.ask(await signed(signer, { method: 'GET', path }))
      if (status !== 200) throw new Error(`a mailbox was answered ${status} ${text}`)
      const page = JSON.parse(text)
      for (const { id, position } of page.messages) {
        there.add(`/v1/mailboxes/${box}/${id}`)
        after = position
      }
      more = page.more
    }
  }
  return [...done].filter(path => !there.has(path)).length
}

async function restarted(data: string, server: Running): Promise<Running> {
  server.stop()
  const code = await server.ended
  if (code !== 0) throw new Error(`the server ended with ${code}`)
  return startClinic(data, { flags: ['--port', `${server.port}`] })
}

/** Requests that nobody answered after all their retries, or whose message is gone. */
export async function sigtermUnderLoad(): Promise<readonly Fact[]> {
  const data = dataFolder()
  const server = await startClinic(data)
  const client = new Client(server.port)
  const people = await enrolAll(client, data, devices)
  const tally: Tally = { done: new Set(), retried: 0, lost: 0 }
  let isOver = false
  const busy = Array.from({ length: clients }, async (_, i) => {
    const person = people[i % devices]
    while (!isOver && person !== undefined) await depositOnce(client, person, tally)
  })
  while (tally.done.size < clients) await sleep(10)
  const before = tally.retried
  const next = await restarted(data, server)
  isOver = true
  await Promise.all(busy)
  const lost = tally.lost + (await missingOf(client, people, tally))
  client.end()
  next.stop()
  await next.ended
  return [
    { id: lostRequests, title: `SIGTERM with ${clients} clients: requests lost`, value: lost, unit: '' },
    {
      id: 'server-sigterm-retried',
      title: 'the same: tries that were not answered, and repeated',
      value: tally.retried - before,
      unit: '',
    },
  ]
}
