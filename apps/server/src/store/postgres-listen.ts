import pg from 'pg'
import type { Change } from './port.js'

export interface ListenOptions {
  readonly url: string
  readonly channel: string
  readonly tell: (change: Change) => void
}

export interface Ear {
  /** The first attempt to connect is over. */
  readonly ready: Promise<void>
  close(): Promise<void>
}

const firstWaitMs = 100
const longestWaitMs = 5_000
/** A connection whose other end vanished says nothing; so it is asked. */
const askMs = 15_000

/**
 * Listens on a connection of its own until it is closed, and connects again whenever that ends. After each connecting
 * `resync` is told, as nobody kept what was said meanwhile.
 */
export function listen(options: ListenOptions): Ear {
  return new Listening(options)
}

class Listening implements Ear {
  readonly ready: Promise<void>
  readonly #options: ListenOptions
  #client: pg.Client | null = null
  #timer: NodeJS.Timeout | undefined
  #waitMs = firstWaitMs
  #isClosed = false
  #connecting: Promise<void> = Promise.resolve()

  constructor(options: ListenOptions) {
    this.#options = options
    this.ready = this.#begin()
  }

  #begin(): Promise<void> {
    this.#connecting = this.#connect()
    return this.#connecting
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    await this.#connecting
    await this.#client?.end().catch(() => undefined)
  }

  async #connect(): Promise<void> {
    const { url, channel, tell } = this.#options
    const client = new pg.Client({
      connectionString: url,
      keepAlive: true,
      connectionTimeoutMillis: longestWaitMs,
      query_timeout: longestWaitMs,
    })
    client.on('error', () => this.#lost(client))
    client.on('end', () => this.#lost(client))
    client.on('notification', ({ payload }) => tell(parseChange(payload)))
    this.#client = client
    try {
      await client.connect()
      await client.query(`listen ${channel}`)
      this.#waitMs = firstWaitMs
      tell({ kind: 'resync' })
      this.#askLater(client)
    } catch {
      this.#lost(client)
    }
  }

  #askLater(client: pg.Client): void {
    if (this.#isClosed) return
    this.#timer = setTimeout(() => {
      client.query('select 1').then(
        () => this.#askLater(client),
        () => this.#lost(client),
      )
    }, askMs).unref()
  }

  #lost(client: pg.Client): void {
    if (this.#client !== client || this.#isClosed) return
    this.#client = null
    clearTimeout(this.#timer)
    client.end().catch(() => undefined)
    this.#timer = setTimeout(() => void this.#begin(), this.#waitMs).unref()
    this.#waitMs = Math.min(this.#waitMs * 2, longestWaitMs)
  }
}

/** A later version may say more; what is not understood means: look yourself. */
function parseChange(payload: string | undefined): Change {
  const value = json(payload)
  if (value?.kind === 'mailbox' && typeof value.box === 'string') return { kind: 'mailbox', box: value.box }
  if (value?.kind === 'slot' && typeof value.slot === 'string') return { kind: 'slot', slot: value.slot }
  if (value?.kind === 'emergency' && typeof value.id === 'string') return { kind: 'emergency', id: value.id }
  return value?.kind === 'roster' ? { kind: 'roster' } : { kind: 'resync' }
}

function json(
  text: string | undefined,
): { kind?: unknown; box?: unknown; slot?: unknown; id?: unknown } | null {
  try {
    return Object(JSON.parse(text ?? 'null'))
  } catch {
    return null
  }
}
