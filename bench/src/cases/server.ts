/** A clinic's server in a process of its own, and what hono alone takes for the same bytes. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type RequestSigner, signRequest, thumbprintOf } from '@chartseal/clinic/signed-request'
import { SigningKey, sign, verifyingKeyOf } from '@chartseal/core/ed25519'
import { encodeBase64Url, encodeUtf8 } from '@chartseal/core/encoding'
import { systemClock as clock, systemRandom as random } from '@chartseal/core/system'
import type { Case, Contender, Cost } from '../measure.js'

export const clinicServer = 'signed, durable, logged'
export const honoAlone = 'hono alone'
export const startOf = 'npm start, warm'
export const callerCounts = [1, 64] as const
export const depositCase = (callers: number): string => `deposit-${callers}`

const pathTo = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url))
const origin = 'http://localhost:8471'
const bodyBytes = 2_048

interface Running {
  readonly port: number
  readonly output: string
  /** CPU time in seconds, all threads. */
  usage(): Promise<number>
  stop(): void
}

async function started(args: readonly string[], ready: RegExp): Promise<Running> {
  const meter = ['--require', pathTo('bench/server-usage.cjs')]
  const child = spawn(process.execPath, [...meter, ...args], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  const output = await outputUntil(child, ready)
  const port = Number(/listening at 127\.0\.0\.1:(\d+)/.exec(output)?.[1])
  const usage = async (): Promise<number> => {
    child.send('usage')
    const [seconds] = await once(child, 'message')
    return Number(seconds)
  }
  return { port, output, usage, stop: () => void child.kill('SIGTERM') }
}

function outputUntil(child: ChildProcess, ready: RegExp): Promise<string> {
  const { stdout } = child
  if (stdout === null) throw new Error('internal: a server without an output')
  let output = ''
  return new Promise((resolve, reject) => {
    stdout.setEncoding('utf8').on('data', part => {
      output += part
      if (ready.test(output)) resolve(output)
    })
    child.once('exit', code => reject(new Error(`the server ended with ${code} before it was ready`)))
  })
}

interface Request {
  readonly path: string
  readonly headers: http.OutgoingHttpHeaders
  readonly body: Uint8Array
}

class Client {
  readonly #port: number
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: 256 })

  constructor(port: number) {
    this.#port = port
  }

  /** What it answers. @throws Error for anything but 200 */
  put({ path, headers, body }: Request): Promise<string> {
    return new Promise((resolve, reject) => {
      const length = { 'content-length': body.length }
      const options = { host: '127.0.0.1', port: this.#port, agent: this.#agent, method: 'PUT', path }
      const sent = http.request({ ...options, headers: { ...headers, ...length } }, answer => {
        let got = ''
        answer.setEncoding('utf8').on('data', part => {
          got += part
        })
        answer.on('end', () =>
          answer.statusCode === 200 ? resolve(got) : reject(new Error(`${answer.statusCode} ${got}`)),
        )
      })
      sent.on('error', reject).end(body)
    })
  }

  /** All of them, by so many callers at once. */
  async putAll(requests: readonly Request[], callers: number): Promise<void> {
    const waiting = [...requests]
    const call = async (): Promise<void> => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await this.put(next)
    }
    await Promise.all(Array.from({ length: callers }, call))
  }

  end(): void {
    this.#agent.destroy()
  }
}

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

const octets = { 'content-type': 'application/octet-stream' } as const
const name16 = (): string => encodeBase64Url(random.bytes(16))

async function startAlone(): Promise<Target> {
  const server = await started([pathTo('bench/dist/peers/hono-alone.js')], /listening/)
  const requests = async (count: number): Promise<readonly Request[]> =>
    Array.from({ length: count }, () => ({
      path: `/v1/mailboxes/${name16()}/${name16()}`,
      headers: octets,
      body: random.bytes(bodyBytes),
    }))
  return { server, client: new Client(server.port), requests }
}

async function startClinic(): Promise<Target> {
  const data = mkdtempSync(join(tmpdir(), 'chartseal-bench-server-'))
  process.once('exit', () => rmSync(data, { recursive: true, force: true }))
  const flags = ['--data', data, '--port', '0', '--origin', origin, '--console', 'off']
  const quiet = ['--log-level', 'warn', '--device-rate', '100000']
  const server = await started(
    [pathTo('apps/server/dist/main.js'), 'serve', '--demo', ...flags, ...quiet],
    /own/,
  )
  const client = new Client(server.port)
  const signer = newSigner()
  const box = await enrol(client, signer, /#invite=(\S{43})/.exec(server.output)?.[1] ?? '')
  const requests = (count: number): Promise<readonly Request[]> =>
    Promise.all(
      Array.from({ length: count }, () =>
        signed(signer, `/v1/mailboxes/${box}/${name16()}`, random.bytes(bodyBytes), octets),
      ),
    )
  return { server, client, requests }
}

interface BenchSigner extends RequestSigner {
  readonly identity: string
}

function newSigner(): BenchSigner {
  const key = SigningKey.generate(random)
  const verifyingKey = verifyingKeyOf(key)
  const identity = encodeBase64Url(verifyingKey)
  return { kid: thumbprintOf(verifyingKey), identity, sign: message => sign(key, message) }
}

async function signed(
  signer: RequestSigner,
  path: string,
  body: Uint8Array,
  type: http.OutgoingHttpHeaders,
): Promise<Request> {
  const headers = await signRequest({ method: 'PUT', url: `${origin}${path}`, body }, signer, {
    clock,
    random,
  })
  return { path, headers: { ...type, ...headers }, body }
}

/** Its mailbox. */
async function enrol(client: Client, signer: BenchSigner, invitation: string): Promise<string> {
  const noise = encodeBase64Url(random.bytes(32))
  const body = encodeUtf8(JSON.stringify({ v: 1, invitation, identity: signer.identity, noise }))
  const type = { 'content-type': 'application/json' }
  return JSON.parse(await client.put(await signed(signer, `/v1/devices/${signer.kid}`, body, type))).mailbox
}

/** From the command to the first answer; everything is built, and the clinic is there. */
function startCase(): Case {
  const data = mkdtempSync(join(tmpdir(), 'chartseal-bench-start-'))
  const start = async (): Promise<number> => {
    const begun = performance.now()
    const env = { ...process.env, CHARTSEAL_DATA: data, PORT: '0', CHARTSEAL_CONSOLE: 'off' }
    const child = spawn(process.execPath, [pathTo('scripts/run.mjs'), 'start'], {
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const output = await outputUntil(child, /listening at/)
    const port = /listening at 127\.0\.0\.1:(\d+)/.exec(output)?.[1]
    const { ok } = await fetch(`http://127.0.0.1:${port}/readyz`)
    const seconds = (performance.now() - begun) / 1e3
    child.kill('SIGTERM')
    await once(child, 'exit')
    if (!ok) throw new Error('the server was not ready')
    return seconds
  }
  return {
    id: 'server-start',
    title: 'npm start in a checkout that is built, until the first request is answered',
    unit: 'ms',
    perUnit: 1,
    contenders: [
      {
        name: startOf,
        // Nobody to compare with; a start that fails ends the measurement.
        answer: () => Uint8Array.of(1),
        async work(amount) {
          let wallSeconds = 0
          for (let i = 0; i < amount; i++) wallSeconds += await start()
          // Several processes: what a person waits for is the clock.
          return { cpuSeconds: wallSeconds, wallSeconds }
        },
        close: () => rmSync(data, { recursive: true, force: true }),
      },
    ],
  }
}

export const server = async (): Promise<readonly Case[]> => [
  ...callerCounts.map(callers => ({
    id: depositCase(callers),
    title: `PUT of a message of 2 KiB, ${callers === 1 ? 'one caller' : `${callers} callers`}: CPU time of the server for one`,
    unit: 'ms' as const,
    perUnit: 1,
    warmUpMs: 2_500,
    contenders: [contender(clinicServer, startClinic, callers), contender(honoAlone, startAlone, callers)],
  })),
  startCase(),
]
