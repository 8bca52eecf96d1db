/**
 * The right to write the logs of the clinic: of all servers on one database one has it, under a number that is greater
 * than every one before.
 */
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LogEnd } from '@chartseal/tlog'
import { type Kysely, sql } from 'kysely'
import pg from 'pg'
import { storeError } from './errors.js'
import { asStoreError } from './failures.js'
import type { Schema } from './schema.js'

export interface Claim {
  /**
   * Takes it, and with it the next number; does nothing where this process has both.
   * @throws ChartsealError `store/claimed`, `store/failed`
   */
  take(): Promise<void>
  /**
   * Keeps every server from it, and takes no number: for whoever changes all of the store.
   * @throws ChartsealError `store/claimed`, `store/failed`
   */
  hold(): Promise<void>
  /** False from the moment that the connection which has it is known to be gone. */
  isHeld(): boolean
  /** Whether several processes can have the store, so that all of this is needed. */
  readonly isShared: boolean
  /** Of this writer; 0 while it has none. */
  readonly number: number
  /** How far the log of this origin was confirmed, by whichever writer; `null` where that was never. */
  endOf(log: string): Promise<LogEnd | null>
  /**
   * Notes how far the log has got, unless another writer has begun, this process under a later number included: who opened
   * the log before that has not seen what others wrote meanwhile.
   * @throws ChartsealError `store/claimed`, `store/failed`
   */
  confirm(log: string, end: LogEnd, number: number): Promise<void>
  /**
   * In a transaction: it takes place under this number or not at all, as whoever takes the next one waits for its end.
   * @throws ChartsealError `store/claimed`
   */
  requireIn(db: Kysely<Schema>, number: number): Promise<void>
  release(): Promise<void>
}

/** Of a file: its data folder belongs to one process. */
export const undisputed: Claim = {
  take: () => Promise.resolve(),
  hold: () => Promise.resolve(),
  isHeld: () => true,
  isShared: false,
  number: 0,
  endOf: () => Promise.resolve(null),
  confirm: () => Promise.resolve(),
  requireIn: () => Promise.resolve(),
  release: () => Promise.resolve(),
}

/** Of an advisory lock in the database of the clinic: "chartseal", "log". */
export const lockNames: readonly [number, number] = [0x63686172, 0x6c6f67]
const answerMs = 5_000
/** PostgreSQL finds out in this time that a holder's machine is gone; a process that ends, at once. */
const settings = `set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3`
const askMs = 5_000
/** A holder that was killed a moment ago still has it. */
const tries = 20
const betweenMs = 100

const nextNumber = `insert into log_writer (one, number, holder, begun_ms)
  values (1, 1, $1, floor(extract(epoch from clock_timestamp()) * 1000)::bigint)
  on conflict (one) do update set number = log_writer.number + 1, holder = excluded.holder, begun_ms = excluded.begun_ms
  returning number`

/** One statement: whoever takes the next number waits for it, and finds what it has noted. */
const noteEnd = `with mine as (select number from log_writer where one = 1 and number = $1 for share)
  insert into log_ends (log, writer, size, root) select $2::text, number, $3::bigint, $4::bytea from mine
  on conflict (log) do update set writer = excluded.writer, size = greatest(log_ends.size, excluded.size),
    root = case when excluded.size > log_ends.size then excluded.root else log_ends.root end
  returning writer`

/** An advisory lock of a session of its own: it ends with its process, whatever happens to that. */
export function claimOn(url: string): Claim {
  return new SessionClaim(url)
}

class SessionClaim implements Claim {
  readonly isShared = true
  readonly #url: string
  #client: pg.Client | null = null
  #number = 0
  #timer: NodeJS.Timeout | undefined
  #turn: Promise<unknown> = Promise.resolve()

  constructor(url: string) {
    this.#url = url
  }

  get number(): number {
    return this.#number
  }

  isHeld(): boolean {
    return this.#client !== null
  }

  take(): Promise<void> {
    return this.#inTurn(async () => {
      const client = await this.#held()
      if (this.#number > 0) return
      const holder = `process ${process.pid} on ${hostname()}`
      const { rows } = await this.#ask(client, nextNumber, [holder])
      this.#number = Number(rows[0]?.number)
    })
  }

  hold(): Promise<void> {
    return this.#inTurn(async () => void (await this.#held()))
  }

  async endOf(log: string): Promise<LogEnd | null> {
    const { rows } = await this.#ask(this.#mine(), 'select size, root from log_ends where log = $1', [log])
    const [row] = rows
    return row === undefined ? null : { size: Number(row.size), root: new Uint8Array(row.root) }
  }

  async confirm(log: string, { size, root }: LogEnd, number: number): Promise<void> {
    const client = this.#mine()
    if (number !== this.#number) throw storeError('store/claimed', {})
    const { rows } = await this.#ask(client, noteEnd, [number, log, size, Buffer.from(root)])
    if (rows.length === 0) throw this.#overtaken(client)
  }

  async requireIn(db: Kysely<Schema>, number: number): Promise<void> {
    const client = this.#mine()
    if (number !== this.#number) throw storeError('store/claimed', {})
    const { rows } =
      await sql`select 1 from log_writer where one = 1 and number = ${number} for share`.execute(db)
    if (rows.length === 0) throw this.#overtaken(client)
  }

  async release(): Promise<void> {
    const client = this.#client
    if (client !== null) this.#forget()
    await client?.end().catch(() => undefined)
  }

  /** Two that take it at once take it once. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work)
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  /** The connection that has the lock, which is made where there is none. */
  async #held(): Promise<pg.Client> {
    if (this.#client !== null) return this.#client
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
    return client
  }

  /** Another writer has begun, or somebody has emptied the database or replaced it: this number is of no use any more. */
  #overtaken(client: pg.Client): Error {
    this.#lost(client)
    return storeError('store/claimed', {})
  }

  #mine(): pg.Client {
    if (this.#client === null || this.#number === 0) throw storeError('store/claimed', {})
    return this.#client
  }

  /** In the session of the lock: what it answers, it answers while it has it. */
  async #ask(client: pg.Client, text: string, values: readonly unknown[]): Promise<pg.QueryResult> {
    try {
      return await client.query(text, [...values])
    } catch (error) {
      this.#lost(client)
      throw asStoreError(error)
    }
  }

  #lost(client: pg.Client): void {
    if (this.#client !== client) return
    this.#forget()
    client.end().catch(() => undefined)
  }

  #forget(): void {
    this.#client = null
    this.#number = 0
    clearTimeout(this.#timer)
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
    const { rows } = await client.query('select pg_try_advisory_lock($1, $2) as held', [...lockNames])
    if (rows[0]?.held === true) return true
    await sleep(betweenMs)
  }
  return false
}
