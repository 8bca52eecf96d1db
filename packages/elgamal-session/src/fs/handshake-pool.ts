/** Threads that work on handshakes: docs/spec/conference-v2.md, "Where handshakes are done". */
import type { SecretBytes } from '@chartseal/core/keys'
import { monotonicMs, systemRandom } from '@chartseal/core/system'
import type { Work, Worked } from '../doctor/types.js'
import { StaticKey, type Suite, workHandshake } from '../noise.js'
import type { Answer } from './handshake-message.js'
import { answer, nothing, PoolThread, type Waiting } from './handshake-thread.js'

/** What a thread has at a time: enough that it is never idle, and few enough that whoever is urgent waits for few. */
const atOnce = 16
const maxThreads = 64
/** A thread that is told to end does at most what it was given before. */
const usualPatienceMs = 5_000
/** Twice what a core gives at a time. */
const mostWaiting = 4_096
/** For what waits for so long nobody waits any more: the core has given it up. */
const waitMs = 10_000
const lookEveryMs = 1_000

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
  /** A clock that nobody sets; left out, the one of this machine. */
  nowMs?(): number
}

/**
 * Each handshake is answered once, in any order: those of who comes back before all others. What a thread had when it died,
 * or was found to hang, is answered with nothing, and another thread takes its place if it had done anything. Where there is
 * no thread left, the pool does them itself, one at a time. What waits for more than 10 s, or behind 4,096 others, is
 * answered with nothing, too.
 */
export class HandshakePool {
  readonly #options: HandshakePoolOptions
  readonly #nowMs: () => number
  readonly #threads = new Set<PoolThread>()
  readonly #urgent: Waiting[] = []
  readonly #others: Waiting[] = []
  readonly #looking: NodeJS.Timeout
  #isFlushing = false
  #isClosed = false

  /** @throws RangeError for a number of threads that is not 1 to 64 */
  constructor(options: HandshakePoolOptions) {
    const { threads, nowMs = monotonicMs } = options
    if (!Number.isInteger(threads) || threads < 1 || threads > maxThreads)
      throw new RangeError(`threads must be an integer from 1 to ${maxThreads}`)
    this.#options = options
    this.#nowMs = () => nowMs()
    for (let i = 0; i < threads; i++) this.#start()
    this.#looking = setInterval(() => this.#look(), lookEveryMs).unref()
  }

  /** How many threads there are. */
  get size(): number {
    return this.#threads.size
  }

  /** `done` is called once, never before this returns. */
  work(work: Work, done: (worked: Worked) => void): void {
    const queue = work.isUrgent ? this.#urgent : this.#others
    queue.push({ work, done, sinceMs: this.#nowMs() })
    this.#makeRoom()
    if (this.#isFlushing) return
    this.#isFlushing = true
    // Whatever came in one read of a socket goes out in one message.
    queueMicrotask(() => this.#flush())
  }

  /** The newest one goes, who comes back last of all. */
  #makeRoom(): void {
    if (this.#urgent.length + this.#others.length <= mostWaiting) return
    const one = this.#others.pop() ?? this.#urgent.pop()
    if (one !== undefined) queueMicrotask(() => answer(one))
  }

  #start(): void {
    const { patienceMs = usualPatienceMs } = this.#options
    const thread: PoolThread = new PoolThread({
      ...this.#options,
      patienceMs,
      nowMs: this.#nowMs,
      onFree: () => this.#flush(),
      onEnd: () => {
        this.#threads.delete(thread)
        if (thread.hasWorked && !this.#isClosed) this.#startAgain()
        this.#flush()
      },
    })
    this.#threads.add(thread)
  }

  #startAgain(): void {
    try {
      this.#start()
    } catch {
      // None can be had now: the others do it, or the pool.
    }
  }

  /** About once a second. */
  #look(): void {
    const nowMs = this.#nowMs()
    for (const queue of [this.#urgent, this.#others]) {
      const inTime = queue.findIndex(({ sinceMs }) => nowMs - sinceMs < waitMs)
      for (const one of queue.splice(0, inTime < 0 ? queue.length : inTime)) answer(one)
    }
    // Behind that: one that takes a place gets nothing that nobody waits for.
    for (const thread of this.#threads) thread.look(nowMs)
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
    answer(one, this.#isClosed || this.#options.privateKey.isWiped ? nothing : this.#workHere(one))
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
    clearInterval(this.#looking)
    await Promise.all([...this.#threads].map(thread => thread.close()))
  }
}
