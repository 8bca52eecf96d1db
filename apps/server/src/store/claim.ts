/** The right to write the log of the clinic: of all servers on one database one has it. */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { storeError } from './errors.js'
import { asStoreError } from './failures.js'

export interface Claim {
  /**
   * Takes it, or does nothing where this process has it.
   * @throws ChartsealError `store/claimed`, `store/failed`
   */
  take(): Promise<void>
  /** False from the moment that the connection which has it is known to be gone. */
  isHeld(): boolean
  release(): Promise<void>
}

/** Of a file: its data folder belongs to one process. */
export const undisputed: Claim = {
  take: () => Promise.resolve(),
  isHeld: () => true,
  release: () => Promise.resolve(),
}

/** Of an advisory lock in the database of the clinic: "chartseal", "log". */
const lockNames = [0x63686172, 0x6c6f67]
const answerMs = 5_000
/** PostgreSQL finds out in this time that a holder's machine is gone; a process that ends, at once. */
const settings = `set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3`
const askMs = 5_000
/** A holder that was killed a moment ago still has it. */
const tries = 20
const betweenMs = 100

/** An advisory lock of a session of its own: it ends with its process, whatever happens to that. */
export function claimOn(url: string): Claim {
  return new SessionClaim(url)
}

class SessionClaim implements Claim {
  readonly #url: string
  #client: pg.Client | null = null
  #timer: NodeJS.Timeout | undefined

  constructor(url: string) {
    this.#url = url
  }

  isHeld(): boolean {
    return this.#client !== null
  }

  async take(): Promise<void> {
    if (this.isHeld()) return
    const client = new pg.Client({
      connectionString: this.#url,
      keepAlive: true,
      connectionTimeoutMillis: answerMs,
      query_timeout: answerMs,
      application_name: 'chartseal-server log',
    })
    client.on('error', () => this.#lost(client))
    client.on('end', () => this.#lost(client))
    try {
      await client.connect()
      await client.query(settings)
      if (!(await locked(client))) throw storeError('store/claimed', {})
    } catch (error) {
      client.end().catch(() => undefined)
      throw asStoreError(error)
    }
    this.#client = client
    this.#askLater(client)
  }

  async release(): Promise<void> {
    const client = this.#client
    this.#client = null
    clearTimeout(this.#timer)
    await client?.end().catch(() => undefined)
  }

  #lost(client: pg.Client): void {
    if (this.#client !== client) return
    this.#client = null
    clearTimeout(this.#timer)
    client.end().catch(() => undefined)
  }

  /** A connection whose other end vanished says nothing; so it is asked. */
  #askLater(client: pg.Client): void {
    if (this.#client !== client) return
    this.#timer = setTimeout(() => {
      client.query('select 1').then(
        () => this.#askLater(client),
        () => this.#lost(client),
      )
    }, askMs).unref()
  }
}

async function locked(client: pg.Client): Promise<boolean> {
  for (let left = tries; left > 0; left -= 1) {
    const { rows } = await client.query('select pg_try_advisory_lock($1, $2) as held', lockNames)
    if (rows[0]?.held === true) return true
    await sleep(betweenMs)
  }
  return false
}
