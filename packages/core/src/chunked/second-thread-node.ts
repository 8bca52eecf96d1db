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

class SecondThread {
  readonly #progress = new Int32Array(new SharedArrayBuffer(4))
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  #hasEnded = false
  #next = 0

  constructor() {
    this.#worker = new Worker(new URL('./run-worker-node.js', import.meta.url), {
      workerData: this.#progress,
    })
    this.#worker.on('message', (answer: Answer) => this.#take(answer))
    this.#worker.once('error', error => this.#end(error))
    this.#worker.once('exit', () => this.#end(new Error('internal: the second thread ended')))
    // Last: listening would hold the process again.
    this.#worker.unref()
  }

  /** `null` when it has enough to do, has not started yet, or cannot start here. */
  work(task: Task): Promise<boolean> | null {
    if (this.#hasEnded || !this.#hasRoom()) return null
    const id = this.#next++
    this.#worker.ref()
    this.#worker.postMessage({ id, ...task })
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
    return new SecondThread()
  } catch {
    return null
  }
}
