/** The two ways in which threads share the best nonce: one piece of memory, or messages. */
import { maxNonce } from '../v1/block.js'
import type { FromWorker } from './protocol.js'
import type { Control } from './stride.js'
import { nextTurn } from './turn.js'

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

/** One thread's view, kept up to date by whoever calls `offer` and `stop`; `pause` comes from outside. */
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

/** In a worker: tells the others what happens here, and hears of them between two chunks. */
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
