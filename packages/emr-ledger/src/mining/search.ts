/**
 * Searches every n-th chunk of a range; together the threads find the lowest nonce, whatever their number.
 * They share the best nonce in one of two ways: one piece of memory, or messages.
 */
import type { Engine, NonceHit } from '@chartseal/core/engine'
import type { SearchJob } from './job.js'
import { nextTurn } from './limits.js'
import { maxNonce } from './puzzle.js'
import type { FromWorker } from './worker.js'

/** What the threads of one search share. */
export interface Control {
  /** The lowest nonce that any thread found; 2^64 - 1 before. */
  best(): bigint
  /** Lowers `best`, never raises it. */
  offer(nonce: bigint): void
  stopped(): boolean
  /** Adds to the nonces tried. */
  count(nonces: number): void
  /** Lets this thread hear of others; `null` where it need not. */
  pause(): Promise<void> | null
}

/** Chunk `index`, `index + threads`, `index + 2 · threads`, … */
export interface Stride {
  readonly index: number
  readonly threads: number
}

/**
 * The first hit of the stride, or `null`. A chunk is skipped only when it starts past a nonce already found,
 * so the chunk with the lowest one is always searched by its thread.
 */
export async function searchStride(
  engine: Engine,
  job: SearchJob,
  stride: Stride,
  control: Control,
): Promise<NonceHit | null> {
  const step = BigInt(job.chunkNonces) * BigInt(stride.threads)
  let from = job.from + BigInt(job.chunkNonces) * BigInt(stride.index)
  while (from <= job.last && from <= control.best() && !control.stopped()) {
    const hit = searchChunk(engine, job, from, control)
    if (hit !== null) return hit
    from += step
    const pause = control.pause()
    if (pause !== null) await pause
  }
  return null
}

function searchChunk(engine: Engine, job: SearchJob, from: bigint, control: Control): NonceHit | null {
  const left = job.last - from + 1n
  const count = left < job.chunkNonces ? Number(left) : job.chunkNonces
  const hit = engine.searchNonce({ prefix: job.prefix, target: job.target, from, count })
  control.count(hit === null ? count : Number(hit.nonce - from) + 1)
  if (hit !== null) control.offer(hit.nonce)
  return hit
}

// Layout of the shared memory: best u64, hashes u64, stop i32.
const sharedBytes = 24
const bestAt = 0
const hashesAt = 1
const stopAt = 4

/** @throws ReferenceError where the platform has no shared memory */
export function allocateShared(): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(sharedBytes)
  new BigUint64Array(memory)[bestAt] = maxNonce
  return memory
}

/** Both sides of one search: every thread sees every change at once. */
export class SharedControl implements Control {
  readonly #words: BigUint64Array
  readonly #flags: Int32Array

  constructor(memory: SharedArrayBuffer) {
    this.#words = new BigUint64Array(memory)
    this.#flags = new Int32Array(memory)
  }

  best(): bigint {
    return Atomics.load(this.#words, bestAt)
  }

  offer(nonce: bigint): void {
    let seen = this.best()
    while (nonce < seen) {
      const before = Atomics.compareExchange(this.#words, bestAt, seen, nonce)
      if (before === seen) return
      seen = before
    }
  }

  stopped(): boolean {
    return Atomics.load(this.#flags, stopAt) !== 0
  }

  stop(): void {
    Atomics.store(this.#flags, stopAt, 1)
  }

  count(nonces: number): void {
    Atomics.add(this.#words, hashesAt, BigInt(nonces))
  }

  hashes(): bigint {
    return Atomics.load(this.#words, hashesAt)
  }

  pause(): null {
    return null
  }
}

/** One thread's view, kept up to date by its caller through `offer` and `stop`; `pause` comes from outside. */
export class LocalControl implements Control {
  readonly pause: () => Promise<void> | null
  #best = maxNonce
  #stopped = false
  #hashes = 0n

  constructor(pause: () => Promise<void> | null) {
    this.pause = pause
  }

  best(): bigint {
    return this.#best
  }

  offer(nonce: bigint): void {
    if (nonce < this.#best) this.#best = nonce
  }

  stopped(): boolean {
    return this.#stopped
  }

  stop(): void {
    this.#stopped = true
  }

  count(nonces: number): void {
    this.#hashes += BigInt(nonces)
  }

  hashes(): bigint {
    return this.#hashes
  }
}

/** In a worker: reports its progress to the others, and hears of them between two chunks. */
export class MessageControl extends LocalControl {
  readonly #post: (message: FromWorker) => void

  constructor(post: (message: FromWorker) => void) {
    super(nextTurn)
    this.#post = post
  }

  override count(nonces: number): void {
    this.#post({ kind: 'count', nonces })
  }
}
