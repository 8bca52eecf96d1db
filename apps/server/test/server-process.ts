/** A server in a process of its own, which can be killed. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import http from 'node:http'
import { fileURLToPath } from 'node:url'
import { systemClock, systemRandom } from '@chartseal/core/system'
import { patienceMs } from '@chartseal/testkit'
import { createDeviceClient, type DeviceClient } from '../dist/clinic/client.js'

/** Of every clinic of these tests, wherever it listens: a restart does not change it. */
export const origin = 'http://localhost:8471'

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url))

export interface ServerProcess {
  readonly child: ChildProcess
  readonly port: number
  readonly invitations: readonly string[]
  /** Everything that it printed: both streams. */
  printed(): string
  /** Resolves with its exit code, `null` after a signal. */
  readonly ended: Promise<number | null>
}

/** Environment of a child: nothing of the tests' own settings. */
export function plainEnv(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const { PATH = '', HOME = '', TMPDIR = '/tmp' } = process.env
  return { PATH, HOME, TMPDIR, ...extra }
}

/** Runs a command of the server to its end; what it printed. */
export function runServer(command: string, args: readonly string[]): string {
  const options = { env: plainEnv(), encoding: 'utf8', timeout: patienceMs, stdio: 'pipe' } as const
  return execFileSync(process.execPath, [main, command, ...args], options)
}

const withOrigin = ['--origin', origin]

/** The demo clinic keeps away from databases. */
const isOnDatabase = (flags: readonly string[]): boolean => flags.includes('--database-url')

/** Starts the demo clinic of a data folder, or the clinic on a database, and resolves when it listens, with links. */
export async function startServer(data: string, flags: readonly string[] = []): Promise<ServerProcess> {
  const mode = isOnDatabase(flags) ? [] : ['--demo']
  const place = ['--data', data, ...withOrigin]
  const page = flags.includes('--console') ? [] : ['--console', 'off']
  const args = [main, 'serve', ...mode, ...place, '--port', '0', ...page, '--device-rate', '100000', ...flags]
  const child = spawn(process.execPath, args, { env: plainEnv(), stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const ended = once(child, 'exit').then(([code]) => code)
  const last = isOnDatabase(flags) ? '(listening at' : 'A clinic of your own'
  const ready = new Promise<void>((resolve, reject) => {
    const take = (part: string): void => {
      output += part
      if (output.includes(last)) resolve()
    }
    child.stdout.setEncoding('utf8').on('data', take)
    child.stderr.setEncoding('utf8').on('data', take)
    void ended.then(() => reject(new Error(`the server ended before it was ready: ${output}`)))
  })
  await ready
  const [, port = ''] = /\(listening at 127\.0\.0\.1:(\d+)\)/.exec(output) ?? []
  const at = flags.indexOf('--database-url')
  const database = flags.slice(at, at + 2)
  const invited = isOnDatabase(flags)
    ? ['doctor', 'patient'].map(role => runServer('invite', ['--role', role, ...place, ...database])).join('')
    : output
  const invitations = [...invited.matchAll(/#invite=(\S{43})/g)].map(([, token = '']) => token)
  return { child, port: Number(port), invitations, printed: () => output, ended }
}

export interface Sent {
  readonly status: number
  readonly body: string
}

/** A device of a clinic in another process, which may be another one after a kill. */
export class Caller {
  readonly device: DeviceClient = createDeviceClient(origin, { clock: systemClock, random: systemRandom })
  readonly agent = new http.Agent({ keepAlive: true })
  port: number
  mailbox = ''

  constructor({ port }: Pick<ServerProcess, 'port'>) {
    this.port = port
  }

  /** Everything that crosses the wire goes through here. */
  async send(
    method: string,
    path: string,
    body: Uint8Array = new Uint8Array(),
    type = 'application/octet-stream',
  ): Promise<Sent> {
    const { port, agent } = this
    const signed = { ...(await this.device.headers(method, path, body)), 'content-length': body.length }
    const headers = body.length > 0 ? { ...signed, 'content-type': type } : signed
    return new Promise((resolve, reject) => {
      const sent = http.request({ host: '127.0.0.1', port, agent, method, path, headers }, answer => {
        let got = ''
        answer.setEncoding('utf8').on('data', part => {
          got += part
        })
        answer
          .on('end', () => resolve({ status: answer.statusCode ?? 0, body: got }))
          .on('error', reject)
          .on('aborted', () => reject(new Error('the answer was cut off')))
      })
      sent.on('error', reject)
      sent.end(body)
    })
  }

  async enrol(invitation: string): Promise<void> {
    const enrolment = this.device.enrolment(invitation)
    const { status, body } = await this.send(
      'PUT',
      `/v1/devices/${this.device.kid}`,
      enrolment,
      'application/json',
    )
    if (status !== 200) throw new Error(`enrolling gave ${status} ${body}`)
    this.mailbox = JSON.parse(body).mailbox
  }
}
