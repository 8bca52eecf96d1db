/** Two servers of one clinic, as an operator runs them: one answers, the other waits, and whichever ends is started again. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { patienceMs } from '@chartseal/testkit'
import { onTestFinished } from 'vitest'
import { origin } from './api-world.js'
import { plainEnv } from './server-process.js'

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url))
const restartMs = 200

/** One server process, from its start to its end. */
interface Life {
  readonly child: ChildProcess
  readonly ended: Promise<unknown>
  printed(): string
}

export interface Answering {
  readonly pid: number
  readonly port: number
  readonly metricsPort: number
}

export class Pair {
  readonly #flags: readonly string[]
  readonly #lives = new Set<Life>()
  #isOver = false
  /** What servers said that ended without being told to. */
  readonly surprises: string[] = []

  constructor(flags: readonly string[]) {
    this.#flags = flags
    onTestFinished(() => this.end('SIGKILL'))
  }

  /** Starts both; resolves when one of them answers. */
  async start(): Promise<void> {
    this.#begin()
    this.#begin()
    await this.untilAnswering()
  }

  /** The one that has the clinic now; `null` while nobody has. */
  answering(): Answering | null {
    for (const { child, printed } of this.#lives) {
      const said = printed()
      const [, port] = /: \S+ \(listening at 127\.0\.0\.1:(\d+)\)/.exec(said) ?? []
      const [, metrics] = /metrics at 127\.0\.0\.1:(\d+)/.exec(said) ?? []
      if (port !== undefined && child.exitCode === null && child.signalCode === null)
        return { pid: child.pid ?? 0, port: Number(port), metricsPort: Number(metrics) }
    }
    return null
  }

  async untilAnswering(): Promise<Answering> {
    for (let leftMs = patienceMs; leftMs > 0; leftMs -= 20) {
      const found = this.answering()
      if (found !== null) return found
      await sleep(20)
    }
    throw new Error(`nobody answers: ${this.surprises.join('\n')}`)
  }

  /** Ends the one that answers; resolves when the other one does. */
  async strike(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const { pid } = await this.untilAnswering()
    await this.#ended(pid, signal)
    await this.untilAnswering()
  }

  /** Ends the one that waits. */
  async strikeWaiting(): Promise<void> {
    const now = await this.untilAnswering()
    const waiting = [...this.#lives].find(({ child }) => child.pid !== now.pid)
    if (waiting?.child.pid !== undefined) await this.#ended(waiting.child.pid, 'SIGKILL')
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.#isOver = true
    const lives = [...this.#lives]
    for (const { child } of lives) child.kill(signal)
    await Promise.all(lives.map(({ ended }) => ended))
  }

  async #ended(pid: number, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const life = [...this.#lives].find(({ child }) => child.pid === pid)
    if (life === undefined) return
    const code = once(life.child, 'exit')
    life.child.kill(signal)
    const [status] = await code
    if (signal === 'SIGTERM' && status !== 0)
      this.surprises.push(`told to end, it gave ${status}: ${life.printed()}`)
  }

  /** As systemd does: whatever ends is started again. */
  #begin(): void {
    const args = [main, 'serve', '--standby', '--port', '0', '--metrics-port', '0', '--console', 'off']
    const child = spawn(process.execPath, [...args, '--origin', origin, ...this.#flags], {
      env: plainEnv(),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (part: string) => {
        output = `${output}${part}`.slice(0, 1e6)
        if (part.includes('a fault of')) this.surprises.push(part)
      })
    const ended = once(child, 'exit')
    const life: Life = { child, ended, printed: () => output }
    this.#lives.add(life)
    void ended.then(async ([code]) => {
      this.#lives.delete(life)
      if (code !== null && code !== 0) this.surprises.push(output.slice(-2_000))
      if (this.#isOver) return
      await sleep(restartMs)
      if (!this.#isOver) this.#begin()
    })
  }
}

/** Kills the PostgreSQL of `scripts/check-two-servers.mjs`, which starts it again. */
export async function strikePostgres(pidFile: string): Promise<void> {
  const [pid] = readFileSync(pidFile, 'latin1').split('\n')
  process.kill(Number(pid), 'SIGKILL')
}

const tickMs = 10

/** CPU time of a process in ms, and what it holds in memory, as Linux tells it. */
export function usageOf(pid: number): { readonly cpuMs: number; readonly rssBytes: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const status = readFileSync(`/proc/${pid}/status`, 'latin1')
  const rssKib = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0)
  return { cpuMs: (Number(fields[11]) + Number(fields[12])) * tickMs, rssBytes: rssKib * 1_024 }
}
