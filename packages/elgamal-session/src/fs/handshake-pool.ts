/** Threads that work on handshakes: docs/spec/conference-v2.md, "Where handshakes are done". */
import { Worker } from 'node:worker_threads'
import type { SecretBytes } from '@chartseal/core/keys'
import { monotonicMs, systemRandom } from '@chartseal/core/system'
import type { Work, Worked } from '../doctor/types.js'
import { StaticKey, type Suite, workHandshake } from '../noise.js'
import { type Answer, packWorks, type ThreadData, unpackAnswers } from './handshake-message.js'

/** What a thread has at a time: enough that it is never idle, and few enough that whoever is urgent waits for few. */
const atOnce = 16
const maxThreads = 64
/** A thread that is told to end does at most what it was given before. */
const usualPatienceMs = 5_000

export interface HandshakePoolOptions {
  readonly suite: Suite
  /** The doctor's static key. It stays the caller's; each thread has a copy while it runs. */
  readonly privateKey: SecretBytes
  /** 1 to 64. */
  readonly threads: number
  /** Another program than the one that works, for tests. */
  readonly program?: URL
  /** How long a thread has to end by itself when the pool is closed; 5 s by default. */
  readonly patienceMs?: number
}

interface Waiting {
  readonly work: Work
  done(worked: Worked): void
}

/**
 * Each handshake is answered once, in any order: those of who comes back before all others. What a thread had when it died
 * is answered with nothing, and another thread takes its place if it had done anything. Where there is no thread left, the
 * pool does them itself, one at a time.
 */
export class HandshakePool {
  readonly #options: HandshakePoolOptions
  readonly #threads = new Set<PoolThread>()
  readonly #urgent: Waiting[] = []
  readonly #others: Waiting[] = []
  #isFlushing = false
  #isClosed = false

  /** @throws RangeError for a number of threads that is not 1 to 64 */
  constructor(options: HandshakePoolOptions) {
    const { threads } = options
    if (!Number.isInteger(threads) || threads < 1 || threads > maxThreads)
      throw new RangeError(`threads must be an integer from 1 to ${maxThreads}`)
    this.#options = options
    for (let i = 0; i < threads; i++) this.#start()
  }

  /** How many threads there are. */
  get size(): number {
    return this.#threads.size
  }

  /** `done` is called once, never before this returns. */
  work(work: Work, done: (worked: Worked) => void): void {
    const queue = work.isUrgent ? this.#urgent : this.#others
    queue.push({ work, done })
    if (this.#isFlushing) return
    this.#isFlushing = true
    // Whatever came in one read of a socket goes out in one message.
    queueMicrotask(() => this.#flush())
  }

  #start(): void {
    const thread: PoolThread = new PoolThread(this.#options, {
      free: () => this.#flush(),
      ended: () => {
        this.#threads.delete(thread)
        if (thread.hasWorked && !this.#isClosed) this.#start()
        this.#flush()
      },
    })
    this.#threads.add(thread)
  }

  #flush(): void {
    this.#isFlushing = false
    if (this.#threads.size === 0) {
      this.#flushHere()
      return
    }
    const threads = [...this.#threads].sort((a, b) => a.busy - b.busy)
    for (const [i, thread] of threads.entries()) {
      const waiting = this.#urgent.length + this.#others.length
      const share = Math.ceil(waiting / (threads.length - i))
      const batch = this.#take(Math.min(share, atOnce - thread.busy))
      if (batch.length > 0) thread.give(batch)
    }
  }

  /** Without a thread one at a time, so that everything else goes on between two. */
  #flushHere(): void {
    const [one] = this.#take(1)
    if (one === undefined) return
    answer(one, this.#isClosed ? nothing : this.#workHere(one))
    setImmediate(() => this.#flush())
  }

  #workHere({ work }: Waiting): Answer {
    const { suite, privateKey } = this.#options
    using staticKey = new StaticKey(suite, privateKey)
    const startMs = monotonicMs()
    const worked = workHandshake(work.work, { staticKey, random: systemRandom })
    return { worked, elapsedMs: monotonicMs() - startMs }
  }

  #take(count: number): readonly Waiting[] {
    const batch = this.#urgent.splice(0, count)
    return batch.length < count ? [...batch, ...this.#others.splice(0, count - batch.length)] : batch
  }

  /** Ends the threads, also those that answer no more. What nobody has answered is answered with nothing. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all([...this.#threads].map(thread => thread.close()))
  }
}

const nothing: Answer = { worked: null, elapsedMs: 0 }

function answer({ work, done }: Waiting, { worked, elapsedMs }: Answer = nothing): void {
  const { connection, number, work: handshake } = work
  handshake.psk?.fill(0)
  done({ connection, number, worked, elapsedMs })
}

interface PoolEvents {
  free(): void
  ended(): void
}

/** One thread, and what it has to do, in its order. */
class PoolThread {
  readonly #worker: Worker
  readonly #events: PoolEvents
  readonly #given: Waiting[] = []
  readonly #patienceMs: number
  #hasEnded = false
  hasWorked = false

  constructor(options: HandshakePoolOptions, events: PoolEvents) {
    const { suite, privateKey, program, patienceMs = usualPatienceMs } = options
    this.#events = events
    this.#patienceMs = patienceMs
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

  give(batch: readonly Waiting[]): void {
    this.#given.push(...batch)
    const packed = packWorks(batch.map(({ work }) => work.work))
    this.#worker.postMessage(packed, [packed.buffer])
    this.#worker.ref()
  }

  /** One for each that it was given, the oldest first. */
  #take(answers: readonly Answer[]): void {
    this.hasWorked = true
    const done = this.#given.splice(0, answers.length)
    if (this.#given.length === 0) this.#worker.unref()
    for (const [i, one] of done.entries()) answer(one, answers[i])
    this.#events.free()
  }

  #end(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    for (const one of this.#given.splice(0)) answer(one)
    this.#events.ended()
  }

  async close(): Promise<void> {
    this.#worker.ref()
    this.#worker.postMessage(null)
    const patience = setTimeout(() => void this.#worker.terminate(), this.#patienceMs)
    await new Promise<void>(resolve => {
      if (this.#hasEnded) resolve()
      else this.#worker.once('exit', () => resolve())
    })
    clearTimeout(patience)
  }
}
