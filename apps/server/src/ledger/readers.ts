/** Who reads a node that may be closed and opened again: it is closed when they have done, and nobody comes meanwhile. */
import { ChartsealError } from '@chartseal/core/errors'
import { requestError } from '../errors.js'

/** How long a ledger that failed is left alone. */
export const reopenAfterMs = 1_000

export function stopped(): Error {
  return requestError('ledger-node/stopped', { retryMs: reopenAfterMs })
}

export class Readers {
  readonly #reading = new Set<Promise<unknown>>()
  #isOpen = true

  /** @throws ChartsealError `ledger-node/stopped`, and what the work throws */
  async read<Result>(work: () => Promise<Result>): Promise<Result> {
    if (!this.#isOpen) throw stopped()
    const reading = work()
    this.#reading.add(reading)
    try {
      return await reading
    } catch (error) {
      // A node writes what waits before it reads, and may find that it was overtaken.
      throw error instanceof ChartsealError && error.code === 'store/claimed' ? stopped() : error
    } finally {
      this.#reading.delete(reading)
    }
  }

  /** Resolves when nobody reads any more; who comes is refused until {@link open}. */
  async close(): Promise<void> {
    this.#isOpen = false
    await Promise.allSettled([...this.#reading])
  }

  open(): void {
    this.#isOpen = true
  }
}
