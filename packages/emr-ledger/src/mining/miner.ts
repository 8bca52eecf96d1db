/// <reference lib="esnext.disposable" preserve="true" />
/** A pool of mining workers that is used again from block to block. */

import { defaultEngine, type Engine, type NonceHit } from '@chartseal/core/engine'
import { systemClock } from '@chartseal/core/system'
import { platform } from '#platform'
import { ledgerError } from '../errors.js'
import { type FoundNonce, type NonceOptions, searchHere } from './find.js'
import { confirmHit, planJob, type SearchPlan } from './job.js'
import { Limit } from './limits.js'
import { withProgress } from './progress.js'
import type { Puzzle } from './puzzle.js'
import { Round } from './round.js'
import type { MiningWorker } from './worker.js'

export interface MinerOptions {
  /** 1 to 256; default: as many as the machine runs at once. */
  readonly workers?: number
  /** Default: the package's own worker file. `null` where there are no workers: this thread mines. */
  readonly startWorker?: () => MiningWorker | null
  /** Default: where the platform can. Without it, workers hear of each other by messages. */
  readonly sharesMemory?: boolean
}

const mostWorkers = 256
const turboLanes = 8

/** Threads that search nonces and are used again from search to search; close it at the end. */
export class Miner {
  readonly #size: number
  readonly #startWorker: () => MiningWorker | null
  readonly #sharesMemory: boolean
  #workers: readonly MiningWorker[] = []
  /** The engine whose module the workers have; `null` before they get one. */
  #equipped: Engine | null = null
  #round: Round | null = null
  #closed = false
  #busy = false

  /** Workers start at the first search. @throws RangeError unless there are 1 to 256 workers */
  constructor(options: MinerOptions = {}) {
    this.#size = options.workers ?? Math.min(platform.parallelism, mostWorkers)
    if (!Number.isInteger(this.#size) || this.#size < 1 || this.#size > mostWorkers) {
      throw new RangeError(`workers must be an integer from 1 to ${mostWorkers}`)
    }
    this.#startWorker = options.startWorker ?? platform.startWorker
    this.#sharesMemory = options.sharesMemory ?? platform.sharesMemory
  }

  /**
   * The lowest satisfying nonce of the range, whatever the number of workers. One search at a time.
   * @throws ChartsealError `ledger/nonces-exhausted`, `ledger/deadline`, `ledger/worker-failed`,
   * `ledger/difficulty-range`, and what `puzzleOf` throws
   * @throws TypeError while another search runs, or after `close`
   * @throws the reason of `signal` when it aborts
   */
  async find(puzzleOf: () => Puzzle, options: NonceOptions = {}): Promise<FoundNonce> {
    if (this.#closed) throw new TypeError('this miner is closed')
    if (this.#busy) throw new TypeError('this miner is busy')
    const limit = new Limit(options, options.clock ?? systemClock)
    const plan = planJob(puzzleOf(), options, this.#size)
    this.#busy = true
    try {
      return await (this.#start() ? this.#search(plan, options, limit) : searchHere(plan, options, limit))
    } finally {
      this.#busy = false
    }
  }

  /** Ends the workers. A search that runs rejects with an AbortError. */
  close(): void {
    this.#closed = true
    this.#round?.fail(new DOMException('the miner was closed', 'AbortError'))
    this.#drop()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  async #search(plan: SearchPlan, options: NonceOptions, limit: Limit): Promise<FoundNonce> {
    const { clock = systemClock, engine = defaultEngine(), onProgress } = options
    const workers = this.#workers
    this.#equip(engine)
    const round = new Round(workers, { job: plan.job, sharesMemory: this.#sharesMemory })
    limit.start(() => round.stop())
    this.#round = round
    for (const worker of workers) worker.setBusy(true)
    const hashes = (): bigint => round.hashes()
    const { difficulty } = plan.puzzle
    try {
      const hit = await this.#orDrop(withProgress(round.result, hashes, difficulty, clock, onProgress))
      limit.check(hashes())
      return { ...confirmHit(plan, hit), hashes: hashes(), workers: workers.length }
    } finally {
      limit.end()
      this.#round = null
      for (const worker of this.#workers) worker.setBusy(false)
    }
  }

  /** After a failure the state of the workers is unknown: the next search starts new ones. */
  async #orDrop(result: Promise<NonceHit | null>): Promise<NonceHit | null> {
    try {
      return await result
    } catch (error) {
      this.#drop()
      throw error
    }
  }

  /** Only this thread compiles; each worker gets a module once. */
  #equip(engine: Engine): void {
    if (this.#equipped === engine) return
    const { module, searchLanes } = engine
    for (const worker of this.#workers)
      worker.post({ kind: 'engine', module, turbo: searchLanes === turboLanes })
    this.#equipped = engine
  }

  #drop(): void {
    for (const worker of this.#workers) worker.terminate()
    this.#workers = []
    this.#equipped = null
  }

  /** False where the platform has no workers. */
  #start(): boolean {
    while (this.#workers.length < this.#size) {
      const worker = this.#startOne()
      if (worker === null) break
      this.#workers = [...this.#workers, worker]
    }
    return this.#workers.length > 0
  }

  #startOne(): MiningWorker | null {
    try {
      const worker = this.#startWorker()
      worker?.listen(
        message => this.#round?.receive(message),
        reason => this.#lost(worker, reason),
      )
      return worker
    } catch (error) {
      this.#drop()
      throw ledgerError('ledger/worker-failed', { reason: `${error}` })
    }
  }

  #lost(worker: MiningWorker, reason: string): void {
    if (!this.#workers.includes(worker)) return
    this.#round?.fail(ledgerError('ledger/worker-failed', { reason }))
    this.#drop()
  }
}
