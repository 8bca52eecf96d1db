/** NATS as the bus between servers: the connection, which is made in the background and comes back by itself. */
import { setTimeout as sleep } from 'node:timers/promises'
import { ChartsealError, defineErrors, type ErrorFactory } from '@chartseal/core/errors'
import type { Authenticator, NatsConnection } from '@nats-io/transport-node'
import { type Credentials, credentialsIn } from './nats-credentials.js'

export interface NatsErrors {
  /** It is tried again; `reason` is the kind of error that the library gives. */
  'nats/away': { reason: string }
}

export const natsError: ErrorFactory<NatsErrors> = defineErrors<NatsErrors>({
  'nats/away': 'The NATS server must be there, and let this server in ({reason}). It is tried again.',
})

/** A bus of messages: who listens at a subject gets what is published there, perhaps. */
export interface Bus {
  /** Most bytes of one message. */
  readonly maxBytes: number
  isThere(): boolean
  /** Never throws; while the bus is away this does nothing. */
  publish(subject: string, bytes: Uint8Array, answersTo: string): void
  /**
   * `take` gets an empty message where nobody listens to what was published with `answersTo` this subject. Gives what ends it.
   */
  subscribe(subject: string, take: (bytes: Uint8Array) => void): () => void
  /** `back` is called when the bus is there, for the first time or again. */
  onBack(back: () => void): void
  close(): Promise<void>
}

export interface NatsOptions {
  /** `nats://HOST:PORT` or `tls://HOST:PORT` each. */
  readonly urls: readonly string[]
  /** `null`: the server asks for none. */
  readonly credentialsFile: string | null
  onFault(error: unknown): void
}

const leastPayloadBytes = 65_536
const againMs = 500
/** A server that has not answered two of these is gone. */
const pingMs = 5_000
const connectMs = 5_000

type Library = typeof import('@nats-io/transport-node')

interface Subscription {
  readonly subject: string
  take(bytes: Uint8Array): void
  /** Ends it at the server. */
  end: (() => void) | null
}

export class NatsBus implements Bus {
  readonly #options: NatsOptions
  readonly #library: Library
  readonly #subscriptions = new Set<Subscription>()
  readonly #closing = new AbortController()
  readonly #ended: Promise<void>
  readonly #backs: (() => void)[] = []
  #connection: NatsConnection | null = null
  #isAway = true
  #told: string | null = null

  /** Loads the library, and does not wait for a connection. @throws ChartsealError `files/failed`, `nats/credentials` */
  static async open(options: NatsOptions): Promise<NatsBus> {
    if (options.credentialsFile !== null) await credentialsIn(options.credentialsFile)
    return new NatsBus(options, await import('@nats-io/transport-node'))
  }

  private constructor(options: NatsOptions, library: Library) {
    this.#options = options
    this.#library = library
    this.#ended = this.#live()
  }

  get maxBytes(): number {
    return this.#connection?.info?.max_payload ?? leastPayloadBytes
  }

  isThere(): boolean {
    return !this.#isAway
  }

  publish(subject: string, bytes: Uint8Array, answersTo: string): void {
    const connection = this.#connection
    if (connection === null || this.#isAway || bytes.length > this.maxBytes) return
    this.#quietly(() => connection.publish(subject, bytes, { reply: answersTo }))
  }

  subscribe(subject: string, take: (bytes: Uint8Array) => void): () => void {
    const subscription: Subscription = { subject, take, end: null }
    this.#subscriptions.add(subscription)
    this.#subscribe(subscription)
    return () => {
      this.#subscriptions.delete(subscription)
      this.#quietly(() => subscription.end?.())
    }
  }

  onBack(back: () => void): void {
    this.#backs.push(back)
  }

  async close(): Promise<void> {
    this.#closing.abort()
    // What was published last goes out before.
    const connection = this.#connection
    if (connection === null) return
    if (!this.#isAway) await connection.drain().catch(() => undefined)
    await connection.close()
    await this.#ended
  }

  /** One connection after another, until it is closed here. */
  async #live(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      try {
        await this.#connected()
      } catch (error) {
        this.#away(error)
      }
      await sleep(againMs, undefined, { signal: this.#closing.signal }).catch(() => undefined)
    }
  }

  /** Resolves when this connection will not come back. */
  async #connected(): Promise<void> {
    const { urls, credentialsFile } = this.#options
    const credentials = credentialsFile === null ? null : await credentialsIn(credentialsFile)
    const connection = await this.#library.connect({
      servers: urls.map(url => url.replace(/^\w+:\/\//, '')),
      name: 'chartseal-server',
      maxReconnectAttempts: -1,
      reconnectTimeWait: againMs,
      reconnectJitter: againMs,
      timeout: connectMs,
      pingInterval: pingMs,
      ignoreAuthErrorAbort: true,
      noAsyncTraces: true,
      ...(urls.some(url => url.startsWith('tls:')) ? { tls: {} } : {}),
      ...(credentials === null ? {} : { authenticator: this.#authenticator(credentials) }),
    })
    this.#connection = connection
    if (this.#closing.signal.aborted) await connection.close()
    for (const subscription of this.#subscriptions) this.#subscribe(subscription)
    void this.#watch(connection)
    this.#back()
    const error = await connection.closed()
    this.#connection = null
    if (error instanceof Error) throw error
  }

  async #watch(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) {
      if (status.type === 'disconnect') this.#away(natsError('nats/away', { reason: status.type }))
      else if (status.type === 'reconnect') this.#back()
      else if (status.type === 'error') this.#tell(awayOf(status.error))
    }
  }

  #subscribe(subscription: Subscription): void {
    const connection = this.#connection
    if (connection === null || connection.isClosed() || this.#closing.signal.aborted) return
    const live = connection.subscribe(subscription.subject, {
      callback: (error, message) => {
        if (error === null) subscription.take(message.data)
        else this.#tell(awayOf(error))
      },
    })
    subscription.end = () => live.unsubscribe()
  }

  #away(error: unknown): void {
    this.#isAway = true
    this.#tell(awayOf(error))
  }

  /** The same is not told twice while the bus is away. */
  #tell(error: ChartsealError): void {
    const text = error.message
    if (this.#closing.signal.aborted || this.#told === text) return
    this.#told = text
    this.#options.onFault(error)
  }

  #back(): void {
    this.#isAway = false
    this.#told = null
    for (const back of this.#backs) back()
  }

  /** Of a connection that is just being closed the library throws. */
  #quietly(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#tell(awayOf(error))
    }
  }

  #authenticator(credentials: Credentials): Authenticator {
    const { credsAuthenticator, nkeyAuthenticator, usernamePasswordAuthenticator } = this.#library
    if (credentials.kind === 'creds') return credsAuthenticator(credentials.bytes)
    if (credentials.kind === 'seed') return nkeyAuthenticator(credentials.bytes)
    return usernamePasswordAuthenticator(credentials.user, credentials.password)
  }
}

function awayOf(error: unknown): ChartsealError {
  if (error instanceof ChartsealError) return error
  return natsError('nats/away', { reason: error instanceof Error ? error.name : 'unknown' })
}
