/** One more thread of this process for long streams: started when first asked for, and holding up no end of it. */
import type { KeyObject } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { hasStarted, type Run } from './runs.js'

export type RunKind = 'seal' | 'open'

/** A run in shared memory, which is worked on in place. */
export interface Task {
  readonly kind: RunKind
  readonly key: KeyObject
  readonly baseNonce: Uint8Array
  readonly run: Run
}

/** Whether every chunk opened; always when sealing. */
export interface Answer {
  readonly id: number
  readonly isWhole: boolean
}

interface Waiting {
  resolve(isWhole: boolean): void
  reject(error: Error): void
}

/** One in work and one that waits, so that the thread is never idle. */
const mostTasks = 2

export class SecondThread {
  readonly #progress: Int32Array
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  #hasEnded = false
  #next = 0

  /** Takes the worker over; it counts in `progress`, which is shared with it. */
  constructor(worker: Worker, progress: Int32Array) {
    this.#worker = worker
    this.#progress = progress
    worker.on('message', (answer: Answer) => this.#take(answer))
    worker.once('messageerror', () => this.#stop())
    worker.once('error', error => this.#end(error))
    worker.once('exit', () => this.#end(new Error('internal: the second thread ended')))
    // Last: listening would hold the process again.
    worker.unref()
  }

  /** `null` when it has enough to do, has not started yet, or cannot start here. */
  work(task: Task): Promise<boolean> | null {
    if (this.#hasEnded || !this.#hasRoom()) return null
    const id = this.#next
    this.#worker.postMessage({ id, ...task })
    this.#worker.ref()
    this.#next++
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
  }

  /** Looks at shared memory: a stream that is never out of work lets no event in. */
  #hasRoom(): boolean {
    const done = Atomics.load(this.#progress, 0) - hasStarted
    return done >= 0 && ((this.#next - done) | 0) < mostTasks
  }

  #take({ id, isWhole }: Answer): void {
    this.#waiting.get(id)?.resolve(isWhole)
    this.#waiting.delete(id)
    if (this.#waiting.size === 0) this.#worker.unref()
  }

  /** An answer that cannot be read: whose it was is not known. What waits fails when the thread is out of its memory. */
  #stop(): void {
    this.#hasEnded = true
    void this.#worker.terminate()
  }

  #end(error: Error): void {
    this.#hasEnded = true
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }
}

let second: SecondThread | null | undefined

/** `null` where there is one core only, or no thread may be started. */
export function secondThread(): SecondThread | null {
  if (second === undefined) second = start()
  return second
}

function start(): SecondThread | null {
  if (availableParallelism() < 2) return null
  try {
    const progress = new Int32Array(new SharedArrayBuffer(4))
    const body = new URL('./run-worker-node.js', import.meta.url)
    return new SecondThread(new Worker(body, { workerData: progress }), progress)
  } catch {
    return null
  }
}
