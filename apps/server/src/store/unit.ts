/** How statements run: alone, or together in a transaction, which is repeated when others were in the way. */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Random } from '@chartseal/core/ports'
import type { IsolationLevel, Kysely } from 'kysely'
import type { Engine } from './engine.js'
import { storeError } from './errors.js'
import { asStoreError, isPassing } from './failures.js'
import type { Change } from './port.js'
import type { Schema } from './schema.js'

export type Tell = (change: Change) => void

/** What a table's operations run in. */
export interface Unit {
  /** Statements of which each stands for itself. */
  alone<T>(work: (db: Kysely<Schema>) => Promise<T>): Promise<T>
  /** Statements that take place together or not at all; `serial`: as if nobody else were there. */
  together<T>(work: (db: Kysely<Schema>, tell: Tell) => Promise<T>, isolation?: 'serial'): Promise<T>
}

/** Within a transaction everything is part of it already. */
export function unitIn(db: Kysely<Schema>, tell: Tell): Unit {
  return { alone: work => work(db), together: work => work(db, tell) }
}

const maxAttempts = 24
const longestPauseMs = 100

/** The store itself: each call that is not in a transaction of the caller. */
export class Outside implements Unit {
  readonly #db: Kysely<Schema>
  readonly #engine: Engine
  readonly #random: Random
  readonly #inside = new AsyncLocalStorage<{ isOpen: boolean }>()

  constructor(db: Kysely<Schema>, engine: Engine, random: Random) {
    this.#db = db
    this.#engine = engine
    this.#random = random
  }

  async alone<T>(work: (db: Kysely<Schema>) => Promise<T>): Promise<T> {
    this.#refuseInside()
    return this.#repeat(() => work(this.#db))
  }

  async together<T>(work: (db: Kysely<Schema>, tell: Tell) => Promise<T>, isolation?: 'serial'): Promise<T> {
    this.#refuseInside()
    return this.#repeat(() => this.#once(work, isolation === 'serial' ? 'serializable' : 'read committed'))
  }

  async #once<T>(
    work: (db: Kysely<Schema>, tell: Tell) => Promise<T>,
    isolation: IsolationLevel,
  ): Promise<T> {
    const changes: Change[] = []
    const begun =
      this.#engine.kind === 'sqlite'
        ? this.#db.transaction()
        : this.#db.transaction().setIsolationLevel(isolation)
    const result = await begun.execute(db =>
      this.#marked(async () => {
        const done = await work(db, change => void changes.push(change))
        await this.#engine.announce(db, changes)
        return done
      }),
    )
    this.#engine.committed(changes)
    return result
  }

  /** A call to the store itself from here would wait for ever on SQLite, which has one connection. */
  async #marked<T>(work: () => Promise<T>): Promise<T> {
    const mark = { isOpen: true }
    try {
      return await this.#inside.run(mark, work)
    } finally {
      mark.isOpen = false
    }
  }

  #refuseInside(): void {
    if (this.#inside.getStore()?.isOpen === true) {
      throw new TypeError('within inTx the store must be used through the argument of its function')
    }
  }

  #repeat<T>(work: () => Promise<T>): Promise<T> {
    return repeat(work, this.#random)
  }
}

/**
 * Does `work` until nobody was in the way.
 * @throws ChartsealError `store/busy`, `store/failed`, `store/damaged`
 */
export async function repeat<T>(work: () => Promise<T>, random: Random): Promise<T> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await work()
    } catch (error) {
      if (!isPassing(error)) throw asStoreError(error)
      if (attempts >= maxAttempts) throw storeError('store/busy', { attempts })
      await pause(attempts, random)
    }
  }
}

/** Those that met part again: each waits a random time, of a range that doubles. */
async function pause(attempts: number, random: Random): Promise<void> {
  const rangeMs = Math.min(2 ** attempts, longestPauseMs)
  const share = (random.bytes(1)[0] ?? 0) / 256
  await new Promise(resolve => setTimeout(resolve, share * rangeMs))
}
