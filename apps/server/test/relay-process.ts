/** A relay in a process of its own, and what is between it and the server: a NATS server, or as much of one as is needed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished, vi } from 'vitest'
import { FakeNats } from './fake-nats.js'
import { plainEnv } from './server-process.js'

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url))

/** The program of NATS that `scripts/check-nats.mjs` has found; without one a fake of ours takes its place. */
const { TEST_NATS_SERVER: program } = process.env
export const natsName: string = program === undefined ? 'a fake of NATS' : 'the NATS server of Debian'

export const isRealNats: boolean = program !== undefined

export interface RelayProcess {
  readonly child: ChildProcess
  readonly port: number
  /** Everything that it printed: both streams. */
  printed(): string
  readonly ended: Promise<number | null>
}

/** Resolves when it listens; it is ended with its test. */
export async function startRelay(flags: readonly string[]): Promise<RelayProcess> {
  const args = [main, 'relay', '--port', '0', ...flags]
  const child = spawn(process.execPath, args, { env: plainEnv(), stdio: ['ignore', 'pipe', 'pipe'] })
  endWithTest(child)
  let output = ''
  const ended = once(child, 'exit').then(([code]) => code)
  const port = await new Promise<number>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', part => {
        output += part
        const [, found] = /^relay \(listening at 127\.0\.0\.1:(\d+)\)$/m.exec(output) ?? []
        if (found !== undefined) resolve(Number(found))
      })
    void ended.then(code => reject(new Error(`the relay ended with ${code}: ${output}`)))
  })
  return { child, port, printed: () => output, ended }
}

export interface Broker {
  readonly url: string
  /** As a crash would: nobody is told. */
  kill(): Promise<void>
  startAgain(): Promise<void>
}

/** @param config for the real one alone */
export async function startBroker(config = ''): Promise<Broker> {
  return program === undefined ? fakeBroker() : realBroker(program, config)
}

async function fakeBroker(): Promise<Broker> {
  const nats = await FakeNats.start()
  onTestFinished(() => nats.stop())
  return {
    url: nats.url,
    async kill() {
      nats.isDead = true
      nats.cut()
    },
    async startAgain() {
      nats.isDead = false
    },
  }
}

async function realBroker(path: string, config: string): Promise<Broker> {
  const folder = mkdtempSync(join(tmpdir(), 'chartseal-nats-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'nats.conf'), config)
  let child = start(path, folder, '-1')
  const url = await urlIn(folder, child)
  return {
    url,
    async kill() {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
    async startAgain() {
      child = start(path, folder, new URL(url).port)
      await urlIn(folder, child)
    },
  }
}

function start(path: string, folder: string, port: string): ChildProcess {
  const args = ['-c', join(folder, 'nats.conf'), '-a', '127.0.0.1', '-p', port, '--ports_file_dir', folder]
  const child = spawn(path, args, { stdio: 'ignore' })
  endWithTest(child)
  return child
}

/** It writes where it listens into a file that is named by its process. */
async function urlIn(folder: string, { pid, exitCode }: ChildProcess): Promise<string> {
  return vi.waitFor(
    () => {
      if (exitCode !== null) throw new Error('NATS has ended')
      const name = readdirSync(folder).find(one => one.endsWith(`_${pid}.ports`)) ?? 'none'
      const [url] = JSON.parse(readFileSync(join(folder, name), 'utf8')).nats
      return String(url)
    },
    { timeout: 240_000, interval: 50 },
  )
}

function endWithTest(child: ChildProcess): void {
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
}
