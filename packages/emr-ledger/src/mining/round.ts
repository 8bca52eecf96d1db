/** One search of all workers of a miner. */
import type { NonceHit } from '@chartseal/core/engine'
import { ledgerError } from '../errors.js'
import type { SearchJob } from './job.js'
import { allocateShared, LocalControl, SharedControl } from './search.js'
import type { FromWorker, MiningWorker } from './worker.js'

export interface RoundSettings {
  readonly job: SearchJob
  readonly sharesMemory: boolean
}

export class Round {
  /** The lowest hit of all workers, once each of them is done. */
  readonly result: Promise<NonceHit | null>
  readonly #workers: readonly MiningWorker[]
  readonly #control: SharedControl | LocalControl
  #lowest: NonceHit | null = null
  #running: number
  #resolve: (hit: NonceHit | null) => void = () => {}
  #reject: (reason: unknown) => void = () => {}

  constructor(workers: readonly MiningWorker[], settings: RoundSettings) {
    const { job, sharesMemory } = settings
    const shared = sharesMemory ? allocateShared() : null
    this.#workers = workers
    this.#running = workers.length
    this.#control = shared === null ? new LocalControl(() => null) : new SharedControl(shared)
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    for (const [index, worker] of workers.entries()) {
      worker.post({ kind: 'search', job, stride: { index, threads: workers.length }, shared })
    }
  }

  hashes(): bigint {
    return this.#control.hashes()
  }

  /** The workers finish the chunk they are searching. */
  stop(): void {
    this.#control.stop()
    if (this.#control instanceof LocalControl) this.#postAll({ kind: 'stop' })
  }

  receive(message: FromWorker): void {
    if (message.kind === 'count') this.#control.count(message.nonces)
    else if (message.kind === 'done') this.#done(message.hit)
    else this.fail(ledgerError('ledger/worker-failed', { reason: message.reason }))
  }

  /** Ends the round without its workers. */
  fail(reason: unknown): void {
    this.#reject(reason)
  }

  #done(hit: NonceHit | null): void {
    if (hit !== null && (this.#lowest === null || hit.nonce < this.#lowest.nonce)) {
      this.#lowest = hit
      if (this.#control instanceof LocalControl) this.#postAll({ kind: 'best', nonce: hit.nonce })
    }
    this.#running -= 1
    if (this.#running === 0) this.#resolve(this.#lowest)
  }

  #postAll(message: { kind: 'stop' } | { kind: 'best'; nonce: bigint }): void {
    for (const worker of this.#workers) worker.post(message)
  }
}
