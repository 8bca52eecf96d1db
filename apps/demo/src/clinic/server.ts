/** The server of a clinic as its operator runs it: a process of its own, at a port that was free. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { JsonObject } from '@chartseal/core/json'
import { demoError } from '../errors.js'
import type { Io } from '../io.js'

export interface ClinicServer {
  /** What devices sign. */
  readonly origin: string
  /** Where it listens: the same, without asking for a name. */
  readonly address: string
  /** Tokens of its one-time links. */
  readonly invitations: { readonly doctor: string; readonly patient: string }
  /** Asks it to end, and waits. */
  stop(): Promise<void>
}

const startMs = 30_000
const stopMs = 15_000

/**
 * Runs `chartseal-server serve` in a data folder that it makes.
 * @throws ChartsealError `demo/no-server`
 */
export async function startServer(data: string, { env }: Pick<Io, 'env'>): Promise<ClinicServer> {
  const flags = ['--demo', '--data', data, '--port', '0', '--console', 'off', '--log-level', 'warn']
  const child = spawn(process.execPath, [programPath(), 'serve', ...flags], {
    env: withoutSettings(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const stop = endOf(child)
  try {
    return { ...readAnnouncement(await announcementOf(child)), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Nothing imports an app: it is found as npm finds a program. */
function programPath(): string {
  const manifest = createRequire(import.meta.url).resolve('chartseal-server/package.json')
  const bin = JsonObject.parse(readFileSync(manifest, 'utf8')).object('bin').text('chartseal-server')
  return join(dirname(manifest), bin)
}

/** A clinic that the user runs has settings there; this one is another. */
function withoutSettings(env: Io['env']): NodeJS.ProcessEnv {
  const isSetting = /^(CHARTSEAL_\w+|DATABASE_URL|PORT|TRUSTED_PROXIES)$/
  return Object.fromEntries(Object.entries(env).filter(([name]) => !isSetting.test(name)))
}

/** What it prints until it says that it is there. */
function announcementOf({ stdout, stderr }: ChildProcess & ReturnType<typeof spawn>): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const fail = (reason: string): void => reject(demoError('demo/no-server', { reason }))
    const timer = setTimeout(() => fail('it said nothing for 30 seconds'), startMs)
    const take = (part: string): void => {
      text += part
      if (!text.includes('A clinic of your own')) return
      clearTimeout(timer)
      resolve(text)
    }
    stderr?.setEncoding('utf8').on('data', take)
    stdout
      ?.setEncoding('utf8')
      .on('data', take)
      .on('close', () => {
        clearTimeout(timer)
        fail(text.trim().split('\n').at(-1) ?? 'it ended')
      })
  })
}

function readAnnouncement(text: string): Omit<ClinicServer, 'stop'> {
  const [, origin, port] = /: (\S+) \(listening at 127\.0\.0\.1:(\d+)\)/.exec(text) ?? []
  const token = (role: string): string =>
    new RegExp(`^ +${role} +\\S+#invite=(\\S{43})$`, 'm').exec(text)?.[1] ?? ''
  const invitations = { doctor: token('doctor'), patient: token('patient') }
  if (origin === undefined || invitations.doctor === '' || invitations.patient === '')
    throw demoError('demo/no-server', { reason: 'it says neither where it is nor whom it lets in' })
  return { origin, address: `http://127.0.0.1:${port}`, invitations }
}

/** It does not outlive the story, however that ends. */
function endOf(child: ChildProcess): () => Promise<void> {
  const kill = (): void => void child.kill('SIGKILL')
  process.once('exit', kill)
  const ended = once(child, 'exit')
  return async () => {
    const late = setTimeout(kill, stopMs)
    child.kill()
    await ended
    clearTimeout(late)
    process.off('exit', kill)
  }
}
