/** A server in a process of its own, and a client that knows how to sign. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type RequestSigner, signRequest, thumbprintOf } from '@chartseal/clinic/signed-request'
import { SigningKey, sign, verifyingKeyOf } from '@chartseal/core/ed25519'
import { encodeBase64Url, encodeUtf8 } from '@chartseal/core/encoding'
import { systemClock as clock, systemRandom as random } from '@chartseal/core/system'

export const pathTo = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url))
export const origin = 'http://localhost:8471'

/** Bytes once the garbage is gone. */
export interface Memory {
  /** Of the whole process. */
  readonly rss: number
  /** Heap, and what lies outside it. */
  readonly held: number
}

export interface Running {
  readonly pid: number
  readonly port: number
  /** Until it was ready. */
  readonly output: string
  /** How many characters it has printed. */
  printed(): number
  /** CPU time in seconds, all threads. */
  usage(): Promise<number>
  memory(): Promise<Memory>
  /** Its exit code. */
  readonly ended: Promise<number | null>
  stop(): void
  /** At once, as a machine that loses its power. */
  kill(): void
}

export async function startProcess(args: readonly string[], ready: RegExp): Promise<Running> {
  const meter = ['--require', pathTo('bench/server-usage.cjs')]
  const child = spawn(process.execPath, [...meter, ...args], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env: { ...process.env, BENCH_METERED_BY: `${process.pid}` },
  })
  const ended = once(child, 'exit').then(([code]) => code)
  let printed = 0
  child.stdout?.on('data', part => {
    printed += String(part).length
  })
  const output = await outputUntil(child, ready)
  const port = Number(/listening at 127\.0\.0\.1:(\d+)/.exec(output)?.[1])
  const ask = async (question: string): Promise<unknown> => {
    child.send(question)
    return (await once(child, 'message'))[0]
  }
  return {
    pid: child.pid ?? 0,
    port,
    output,
    ended,
    printed: () => printed,
    usage: async () => Number(await ask('usage')),
    async memory() {
      const { rss, held }: { rss?: unknown; held?: unknown } = Object(await ask('memory'))
      return { rss: Number(rss), held: Number(held) }
    },
    stop: () => void child.kill('SIGTERM'),
    kill: () => void child.kill('SIGKILL'),
  }
}

export function outputUntil(child: ChildProcess, ready: RegExp): Promise<string> {
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

interface ClinicOptions {
  readonly flags?: readonly string[]
  /** Of Node. */
  readonly node?: readonly string[]
}

/** The server of a clinic in a data folder; limits of rates are out of the way unless flags say otherwise. */
export function startClinic(data: string, { flags = [], node = [] }: ClinicOptions = {}): Promise<Running> {
  const where = ['--data', data, '--port', '0', '--origin', origin, '--console', 'off']
  const quiet = ['--log-level', 'warn', '--device-rate', '100000', '--network-rate', '10000']
  return startProcess(
    [...node, pathTo('apps/server/dist/main.js'), 'serve', '--demo', ...where, ...quiet, ...flags],
    /own/,
  )
}

/** Whether the server can have its sockets in processes of their own. */
export async function hasRelays(): Promise<boolean> {
  const args = [pathTo('apps/server/dist/main.js'), 'serve', '--help']
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return /--relays\b/.test(stdout)
}

/** A folder that is gone when this process is. */
export function dataFolder(): string {
  const data = mkdtempSync(join(tmpdir(), 'chartseal-bench-server-'))
  process.once('exit', () => rmSync(data, { recursive: true, force: true }))
  return data
}

export const invitationsIn = (output: string): readonly string[] =>
  [...output.matchAll(/#invite=(\S{43})/g)].map(([, token = '']) => token)

export interface Request {
  readonly method?: string
  readonly path: string
  readonly headers: http.OutgoingHttpHeaders
  readonly body: Uint8Array
}

export interface Reply {
  readonly status: number
  readonly text: string
}

export class Client {
  port: number
  readonly #agent: http.Agent

  /** @param localAddress where it comes from: a network of its own */
  constructor(port: number, localAddress?: string) {
    this.port = port
    const from = localAddress === undefined ? {} : { localAddress }
    this.#agent = new http.Agent({ keepAlive: true, maxSockets: 1_024, ...from })
  }

  /** @throws Error when the connection breaks before the whole answer came */
  ask({ method = 'PUT', path, headers, body }: Request): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const length = { 'content-length': body.length }
      const options = { host: '127.0.0.1', port: this.port, agent: this.#agent, method, path }
      const sent = http.request({ ...options, headers: { ...headers, ...length } }, answer => {
        let text = ''
        answer.setEncoding('utf8').on('data', part => {
          text += part
        })
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text })).on('error', reject)
      })
      sent.on('error', reject).end(body)
    })
  }

  /** What it answers. @throws Error for anything but 200 */
  async put(request: Request): Promise<string> {
    const { status, text } = await this.ask(request)
    if (status !== 200) throw new Error(`${status} ${text}`)
    return text
  }

  /** All of them, by so many callers at once. */
  async putAll(requests: readonly Request[], callers: number): Promise<void> {
    await byCallers(requests, callers, request => this.put(request))
  }

  end(): void {
    this.#agent.destroy()
  }
}

/** Does each once, so many at a time. */
export async function byCallers<Item>(
  items: readonly Item[],
  callers: number,
  work: (item: Item) => Promise<unknown>,
): Promise<void> {
  const waiting = [...items]
  const call = async (): Promise<void> => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await work(next)
  }
  await Promise.all(Array.from({ length: callers }, call))
}

export const octets = { 'content-type': 'application/octet-stream' } as const
export const name16 = (): string => encodeBase64Url(random.bytes(16))

export interface BenchSigner extends RequestSigner {
  readonly identity: string
}

export function newSigner(): BenchSigner {
  const key = SigningKey.generate(random)
  const verifyingKey = verifyingKeyOf(key)
  const identity = encodeBase64Url(verifyingKey)
  return { kid: thumbprintOf(verifyingKey), identity, sign: message => sign(key, message) }
}

export async function signed(
  signer: RequestSigner,
  { method = 'PUT', path, headers: given = {}, body = new Uint8Array() }: Partial<Request> & { path: string },
): Promise<Request> {
  const headers = await signRequest({ method, url: `${origin}${path}`, body }, signer, { clock, random })
  return { method, path, headers: { ...given, ...headers }, body }
}

/** Its mailbox. */
export async function enrol(client: Client, signer: BenchSigner, invitation: string): Promise<string> {
  const noise = encodeBase64Url(random.bytes(32))
  const body = encodeUtf8(JSON.stringify({ v: 1, invitation, identity: signer.identity, noise }))
  const headers = { 'content-type': 'application/json' }
  const request = await signed(signer, { path: `/v1/devices/${signer.kid}`, headers, body })
  return JSON.parse(await client.put(request)).mailbox
}
