/** Writes of the same moment share a transaction, and so an fsync. */
import type { Store, Tables } from '../store.js'

export type Work<Result> = (tables: Tables) => Promise<Result>

interface Waiting {
  /** Does the work; what it gives tells its caller the result once it is durable. */
  run(tables: Tables): Promise<() => void>
  fail(error: unknown): void
}

/** How many share a transaction at most: nobody waits for longer than that takes. */
const mostTogether = 64

export class Committer {
  readonly #store: Store
  #waiting: Waiting[] = []
  #running: Promise<void> | null = null

  constructor(store: Store) {
    this.#store = store
  }

  /**
   * Resolves when the work is durable. It may run several times, and sees what others of its transaction wrote; where one
   * of them throws, each is done by itself.
   */
  commit<Result>(work: Work<Result>): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      const run = async (tables: Tables): Promise<() => void> => {
        const result = await work(tables)
        return () => resolve(result)
      }
      this.#waiting.push({ run, fail: reject })
      this.#running ??= this.#drain()
    })
  }

  /** Resolves when nothing waits. */
  async idle(): Promise<void> {
    await this.#running
  }

  async #drain(): Promise<void> {
    // What comes in the same turn of the event loop goes along.
    await Promise.resolve()
    while (this.#waiting.length > 0) await this.#together(this.#waiting.splice(0, mostTogether))
    this.#running = null
  }

  async #together(batch: readonly Waiting[]): Promise<void> {
    try {
      const tell = await this.#store.inTx(async tables => {
        const done: (() => void)[] = []
        for (const { run } of batch) done.push(await run(tables))
        return done
      })
      for (const one of tell) one()
    } catch (error) {
      if (batch.length === 1) batch[0]?.fail(error)
      else for (const one of batch) await this.#together([one])
    }
  }
}
