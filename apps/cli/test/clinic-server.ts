/** The server of a clinic as a process of its own. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished } from 'vitest'

/** The program of the server. */
export const program: string = join(
  dirname(createRequire(import.meta.url).resolve('chartseal-server/package.json')),
  'dist/main.js',
)

/** The server of a clinic as its operator runs it, in the folder of a test. */
export class Server {
  readonly #folder: string
  #child: ChildProcess | null = null
  url = ''
  /** The one-time link for a doctor, and for a patient. */
  links: readonly string[] = []

  readonly #more: readonly string[]

  /** @param more flags for a clinic that was made by `init`; without them it is a demo */
  constructor(folder: string, more: readonly string[] = []) {
    this.#folder = folder
    this.#more = more
    onTestFinished(() => this.kill())
  }

  /** Starts it, again at the same port. */
  async start(): Promise<void> {
    const port = this.url === '' ? '0' : new URL(this.url).port
    const flags = ['--data', join(this.#folder, 'clinic'), '--port', port, '--console', 'off']
    const demo = this.url === '' && this.#more.length === 0 ? ['--demo'] : []
    const words = ['serve', ...demo, ...flags, ...this.#more]
    this.#child = spawn(process.execPath, [program, ...words], { env: {} })
    let text = ''
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('utf8').on('data', part => {
        text += part
      })
    const announced = demo.length > 0 ? /A clinic of your own/ : /listening at [\d.]+:\d+/
    await expect.poll(() => text).toMatch(announced)
    this.url = `http://${/listening at ([\d.]+:\d+)/.exec(text)?.[1]}`
    this.links = text.match(/\S+#invite=\S+/g) ?? []
  }

  /** A one-time link, as the operator makes it. */
  async invite(role: string): Promise<string> {
    return (await this.invitations(role, 1))[0] ?? ''
  }

  async invitations(role: string, count: number): Promise<string[]> {
    const args = ['invite', '--data', join(this.#folder, 'clinic'), '--role', role, '--count', `${count}`]
    const { stdout } = await promisify(execFile)(process.execPath, [program, ...args], { env: {} })
    return stdout.trim().split('\n')
  }

  async kill(): Promise<void> {
    const child = this.#child
    this.#child = null
    if (child === null || child.exitCode !== null) return
    const ended = new Promise(resolve => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
  }
}
