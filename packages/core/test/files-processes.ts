import { spawn, spawnSync } from 'node:child_process'
import type { LockTimer, Processes, ProcessIdentity } from '@chartseal/core/files'

/** Who a process is, where a test says nothing else. */
export const here: ProcessIdentity = {
  machine: 'aaaaaaaaaaaa',
  boot: 'bbbbbbbbbbbb',
  space: '1-2',
  pid: 100,
  started: '5000',
  host: 'ward-7',
}

/** A machine whose living processes are those of `starts`, by their pid. */
export function processesOf(
  self: Partial<ProcessIdentity>,
  starts: Readonly<Record<number, string>> = {},
): Processes {
  return { self: async () => ({ ...here, ...self }), startOf: async pid => starts[pid] ?? null }
}

/** A timer of locks whose beats and waits happen when the test says so. */
export class ManualLockTimer implements LockTimer {
  /** Called in place of waiting. */
  duringWait: () => void | Promise<void> = () => undefined
  readonly waits: number[] = []
  readonly #beats = new Set<() => void>()

  every(_ms: number, run: () => void): () => void {
    this.#beats.add(run)
    return () => this.#beats.delete(run)
  }

  async wait(ms: number): Promise<void> {
    this.waits.push(ms)
    await this.duringWait()
  }

  /** Every lock of this timer shows a sign of life, and all that follows from it has happened. */
  async beat(): Promise<void> {
    for (const run of this.#beats) run()
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

/** Whether this user may start processes in a PID namespace of their own. */
export const hasNamespaces = spawnSync('unshare', ['-pf', '--mount-proc', 'true']).status === 0

/** A module run by Node.js in a process of its own; in a PID namespace of its own, too, where that is asked for. */
export class Child {
  readonly #child: ReturnType<typeof spawn>
  #output = ''
  #changed: () => void = () => undefined

  constructor(source: string, args: readonly string[], { isContained = false } = {}) {
    const node = [process.execPath, '--input-type=module', '-e', source, ...args]
    const command = isContained ? ['unshare', '-pf', '--kill-child', '--mount-proc', ...node] : node
    this.#child = spawn(command[0] ?? '', command.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#child.stdout?.on('data', text => {
      this.#output += text
      this.#changed()
    })
    this.#child.on('close', () => this.#changed())
  }

  /** The next line that it prints; an Error when it ends before. */
  async line(): Promise<string> {
    for (;;) {
      const end = this.#output.indexOf('\n')
      if (end >= 0) {
        const line = this.#output.slice(0, end)
        this.#output = this.#output.slice(end + 1)
        return line
      }
      if (this.#child.exitCode !== null) throw new Error(`the child ended with ${this.#child.exitCode}`)
      await new Promise<void>(resolve => {
        this.#changed = resolve
      })
    }
  }

  say(line: string): void {
    this.#child.stdin?.write(`${line}\n`)
  }

  /** To the process that runs the module. */
  signal(signal: NodeJS.Signals): void {
    const pid = this.#child.pid ?? 0
    const inner = spawnSync('cat', [`/proc/${pid}/task/${pid}/children`])
      .stdout.toString()
      .trim()
    process.kill(Number(inner === '' ? pid : inner.split(' ')[0]), signal)
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const closed = new Promise(resolve => this.#child.once('close', resolve))
    this.#child.kill('SIGKILL')
    await closed
  }
}
