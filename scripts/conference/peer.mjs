/** The patient in Python, in a process that can be killed and started again. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { python } from '../lib/python.mjs'
import { Events } from './events.mjs'

const program = fileURLToPath(new URL('peer.py', import.meta.url))

export class Peer {
  events = new Events('the patient in Python')
  #child = spawn(python, ['-B', program], { stdio: ['pipe', 'pipe', 'inherit'] })
  #ended = once(this.#child, 'exit')

  constructor() {
    // What is asked of a process that has ended is missed as an event.
    this.#child.stdin.on('error', () => undefined)
    createInterface({ input: this.#child.stdout })
      .on('line', line => this.events.note(JSON.parse(line)))
      .on('close', () => this.events.end())
  }

  ask(what, fields = {}) {
    this.#child.stdin.write(`${JSON.stringify({ do: what, ...fields })}\n`)
  }

  async killed() {
    this.#child.kill('SIGKILL')
    await this.#ended
  }

  /** Its exit code. */
  async ended() {
    this.#child.stdin.end()
    const [code] = await this.#ended
    return code
  }
}
