/** What depositing a message costs the server, and what hono alone takes for the same bytes. */
import { systemRandom as random } from '@chartseal/core/system'
import type { Case, Contender, Cost } from '../measure.js'
import {
  Client,
  dataFolder,
  enrol,
  invitationsIn,
  name16,
  newSigner,
  octets,
  pathTo,
  type Request,
  type Running,
  signed,
  startClinic,
  startProcess,
} from './server-process.js'

export const clinicServer = 'signed, durable, logged'
export const honoAlone = 'hono alone'
const callerCounts = [1, 64] as const
export const depositCase = (callers: number): string => `deposit-${callers}`

const bodyBytes = 2_048

interface Target {
  readonly server: Running
  readonly client: Client
  requests(count: number): Promise<readonly Request[]>
}

/** Starts when it is first asked, and asks with so many callers. */
function contender(name: string, start: () => Promise<Target>, callers: number): Contender {
  let starting: Promise<Target> | undefined
  const target = (): Promise<Target> => {
    starting ??= start()
    return starting
  }
  return {
    name,
    async answer() {
      const { client, requests } = await target()
      await client.putAll(await requests(1), 1)
      return Uint8Array.of(1)
    },
    async work(amount) {
      const { client, requests, server } = await target()
      const all = await requests(amount)
      return costOfServer(server, () => client.putAll(all, callers))
    },
    close() {
      void starting?.then(({ client, server }) => {
        client.end()
        server.stop()
      })
    },
  }
}

async function costOfServer({ usage }: Running, run: () => Promise<void>): Promise<Cost> {
  const before = await usage()
  const start = performance.now()
  await run()
  const wallSeconds = (performance.now() - start) / 1e3
  return { cpuSeconds: (await usage()) - before, wallSeconds }
}

async function aloneTarget(): Promise<Target> {
  const server = await startProcess([pathTo('bench/dist/peers/hono-alone.js')], /listening/)
  const requests = async (count: number): Promise<readonly Request[]> =>
    Array.from({ length: count }, () => ({
      path: `/v1/mailboxes/${name16()}/${name16()}`,
      headers: octets,
      body: random.bytes(bodyBytes),
    }))
  return { server, client: new Client(server.port), requests }
}

async function clinicTarget(): Promise<Target> {
  const server = await startClinic(dataFolder())
  const client = new Client(server.port)
  const routes = await routesOf(client, invitationsIn(server.output))
  let made = 0
  const next = (): Promise<Request> => {
    const route = routes[Math.floor(made / ofOneSender) % routes.length]
    if (route === undefined) throw new Error('a demo clinic must invite two')
    made += 1
    return deposit(route.signer, route.box)
  }
  const requests = (count: number): Promise<readonly Request[]> =>
    Promise.all(Array.from({ length: count }, next))
  return { server, client, requests }
}

/** A mailbox takes 5,000 messages of one sender. */
const ofOneSender = 4_900

interface Route {
  readonly signer: ReturnType<typeof newSigner>
  readonly box: string
}

/** From each of two devices to each of them. */
async function routesOf(client: Client, invitations: readonly string[]): Promise<readonly Route[]> {
  const devices: Route[] = []
  for (const invitation of invitations) {
    const signer = newSigner()
    devices.push({ signer, box: await enrol(client, signer, invitation) })
  }
  return devices.flatMap(({ signer }) => devices.map(({ box }) => ({ signer, box })))
}

/** A message of 2 KiB, under an id of its own. */
export function deposit(
  signer: ReturnType<typeof newSigner>,
  box: string,
  sizeBytes: number = bodyBytes,
): Promise<Request> {
  const path = `/v1/mailboxes/${box}/${name16()}`
  return signed(signer, { path, headers: octets, body: random.bytes(sizeBytes) })
}

export const depositCases = (): readonly Case[] =>
  callerCounts.map(callers => ({
    id: depositCase(callers),
    title: `PUT of a message of 2 KiB, ${callers === 1 ? 'one caller' : `${callers} callers`}: CPU time of the server for one`,
    unit: 'ms' as const,
    perUnit: 1,
    // Twelve hundred requests and more: a server is asked all day, and V8 takes about a thousand to know it.
    warmUpMs: 6_000,
    sampleMs: 400,
    contenders: [contender(clinicServer, clinicTarget, callers), contender(honoAlone, aloneTarget, callers)],
  }))
