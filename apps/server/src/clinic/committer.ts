/** Writes of the same moment share a transaction, and so an fsync. */
import { ChartsealError } from '@chartseal/core/errors'
import { requestError } from '../errors.js'
import type { Store, Tables } from '../store.js'

export type Work<Result> = (tables: Tables) => Promise<Result>

interface Waiting {
  /** Does the work; what it gives tells its caller the result once it is durable. */
  run(tables: Tables): Promise<() => void>
  fail(error: unknown): void
}

/** How many share a transaction at most: nobody waits for longer than that takes. */
const mostTogether = 64
/** What waits holds bodies in memory, and behind so many nobody waits well. */
export const mostWaitingWrites = 2_048
const retryMs = 1_000

export class Committer {
  readonly #store: Store
  #waiting: Waiting[] = []
  #running: Promise<void> | null = null

  constructor(store: Store) {
    this.#store = store
  }

  /** Before anything is logged of what could not be written then. @throws ChartsealError `server/busy` */
  requireRoom(): void {
    if (this.#waiting.length >= mostWaitingWrites) throw requestError('server/busy', { retryMs })
  }

  /**
   * Resolves when the work is durable. It may run several times, and sees what others of its transaction wrote; where one
   * of them throws, each is done by itself. Where the store itself fails, everybody who waits is told at once.
   * @throws ChartsealError `server/busy`, `store/…`, and what the work throws
   */
  async commit<Result>(work: Work<Result>): Promise<Result> {
    this.requireRoom()
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
    const error = await this.#attempt(batch)
    if (error === null) return
    if (isOfStore(error)) this.#failAll(batch, error)
    else if (batch.length === 1) batch[0]?.fail(error)
    else await this.#oneByOne(batch)
  }

  async #oneByOne(batch: readonly Waiting[]): Promise<void> {
    for (const [i, one] of batch.entries()) {
      const error = await this.#attempt([one])
      if (error === null) continue
      if (isOfStore(error)) {
        this.#failAll(batch.slice(i), error)
        return
      }
      one.fail(error)
    }
  }

  /** Each attempt may last as long as the store lets it: those behind would only wait for the same. */
  #failAll(batch: readonly Waiting[], error: unknown): void {
    for (const one of [...batch, ...this.#waiting.splice(0)]) one.fail(error)
  }

  async #attempt(batch: readonly Waiting[]): Promise<unknown> {
    try {
      const tell = await this.#store.inTx(async tables => {
        const done: (() => void)[] = []
        for (const { run } of batch) done.push(await run(tables))
        return done
      })
      for (const one of tell) one()
      return null
    } catch (error) {
      return error
    }
  }
}

/** What one piece of work asked for and no engine does: class 22 and 23 of SQLSTATE, and what SQLite calls a constraint. */
const ofWork = /^(SQLITE_CONSTRAINT|2[23]...)$/

/** Whether the store failed, and not what it was asked to do. */
function isOfStore(error: unknown): boolean {
  if (!(error instanceof ChartsealError) || !/^store\/(failed|busy|damaged)$/.test(error.code)) return false
  const { reason }: { reason?: unknown } = Object(error.context)
  return !(typeof reason === 'string' && ofWork.test(reason))
}
