/** What mining asks of the platform; both implementations satisfy it and pass one suite. */
import type { MiningWorker } from './mining/worker.js'

export interface Platform {
  /** `null` where there are no workers: then this thread mines. */
  startWorker(): MiningWorker | null
  /** True where workers can share memory with this thread. */
  readonly sharesMemory: boolean
  /** How many threads the machine runs at once. */
  readonly parallelism: number
}
