/** One thread of handshake-pool, and what it has to do, in its order. */
import { Worker } from 'node:worker_threads'
import type { SecretBytes } from '@chartseal/core/keys'
import type { Work, Worked } from '../doctor/types.js'
import type { Suite } from '../noise.js'
import { type Answer, packWorks, type ThreadData, unpackAnswers } from './handshake-message.js'

export interface Waiting {
  readonly work: Work
  readonly sinceMs: number
  done(worked: Worked): void
}

export interface ThreadOptions {
  readonly suite: Suite
  readonly privateKey: SecretBytes
  readonly program?: URL
  /** How long it has to end by itself when it is closed. */
  readonly patienceMs: number
  /** Of a clock that nobody sets. */
  nowMs(): number
  /** It takes more. */
  onFree(): void
  /** Once. */
  onEnd(): void
}

/** A thread that has answered nothing for so long, while it has work, hangs; one that starts has as much as a slow machine needs. */
const hangMs = 20_000
const startMs = 120_000

export class PoolThread {
  readonly #worker: Worker
  readonly #options: ThreadOptions
  readonly #given: Waiting[] = []
  /** When it answered last, or was given something while it had nothing. */
  #sinceMs: number
  #hasEnded = false
  #hasWorked = false

  constructor(options: ThreadOptions) {
    const { suite, privateKey, program, nowMs } = options
    this.#options = options
    this.#sinceMs = nowMs()
    const copy = new Uint8Array(privateKey.reveal())
    const workerData: ThreadData = { suite, privateKey: copy }
    const body = program ?? new URL('./handshake-worker-node.js', import.meta.url)
    this.#worker = new Worker(body, { workerData, transferList: [copy.buffer] })
    this.#worker.on('message', (packed: Uint8Array) => this.#take(unpackAnswers(packed, suite)))
    // An answer that cannot be read: whose it was is not known.
    this.#worker.on('messageerror', () => void this.#worker.terminate())
    this.#worker.on('error', () => this.#end())
    this.#worker.on('exit', () => this.#end())
    // Last: listening would hold the process again. It holds no end of it up but that of its work.
    this.#worker.unref()
  }

  get busy(): number {
    return this.#given.length
  }

  get hasWorked(): boolean {
    return this.#hasWorked
  }

  give(batch: readonly Waiting[]): void {
    if (this.#given.length === 0) this.#sinceMs = this.#options.nowMs()
    this.#given.push(...batch)
    const packed = packWorks(batch.map(({ work }) => work.work))
    this.#worker.postMessage(packed, [packed.buffer])
    this.#worker.ref()
  }

  /** One that hangs is ended, and nobody waits until it is. */
  look(nowMs: number): void {
    const mostMs = this.#hasWorked ? hangMs : startMs
    if (this.#given.length === 0 || nowMs - this.#sinceMs < mostMs) return
    void this.#worker.terminate()
    this.#worker.unref()
    this.#end()
  }

  /** One for each that it was given, the oldest first. */
  #take(answers: readonly Answer[]): void {
    if (this.#hasEnded) return
    this.#hasWorked = true
    this.#sinceMs = this.#options.nowMs()
    const done = this.#given.splice(0, answers.length)
    if (this.#given.length === 0) this.#worker.unref()
    for (const [i, one] of done.entries()) answer(one, answers[i])
    this.#options.onFree()
  }

  #end(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    for (const one of this.#given.splice(0)) answer(one)
    this.#options.onEnd()
  }

  async close(): Promise<void> {
    this.#worker.ref()
    this.#worker.postMessage(null)
    const patience = setTimeout(() => void this.#worker.terminate(), this.#options.patienceMs)
    await new Promise<void>(resolve => {
      if (this.#hasEnded) resolve()
      else this.#worker.once('exit', () => resolve())
    })
    clearTimeout(patience)
  }
}

export const nothing: Answer = { worked: null, elapsedMs: 0 }

export function answer({ work, done }: Waiting, { worked, elapsedMs }: Answer = nothing): void {
  const { connection, number, work: handshake } = work
  handshake.psk?.fill(0)
  done({ connection, number, worked, elapsedMs })
}
