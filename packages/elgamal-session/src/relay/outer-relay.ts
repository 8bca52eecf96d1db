/**
 * A relay whose log and host are elsewhere: it holds connections, and a hub is its core. It lives as long as its link: once
 * that is lost, everybody is told to come again.
 */
import type { RelaySockets } from './connection.js'
import { isOfLink } from './hub.js'
import { decodeFromHub, encodeAsk, type FromHub, type HubReason } from './hub-link.js'
import { encodeToRelay } from './link.js'
import { Questions } from './questions.js'
import { Relay, type RelayCounts, type RelayOptions } from './relay.js'
import type { RelayLink, RelayLinkEvents, TakeLink } from './relay-link.js'

export interface OuterRelayOptions extends Omit<RelayOptions, 'log' | 'toCore' | 'onEnd'> {
  readonly sockets: RelaySockets
  /** Once: every connection was told why, and closed. Nothing is done from then on. */
  onOver(reason: HubReason): void
}

/** Of the host link: 16 attached, 20 logged, 22 unlogged, which a hub has no use for. */
const ownTypes: ReadonlySet<number | undefined> = new Set([16, 20, 22])

/** Frames of the log come by {@link FromHub} alone. */
const elsewhere = (): Promise<never> => Promise.reject(new Error('internal: the log is elsewhere'))

export class OuterRelay {
  readonly #options: OuterRelayOptions
  readonly #relay: Relay
  readonly #questions = new Questions()
  #link: RelayLink | null = null
  #isOver = false

  constructor(options: OuterRelayOptions) {
    this.#options = options
    this.#relay = new Relay({
      ...options,
      // The hub keeps the line, for all its relays.
      policy: { ...options.policy, hellosAtCore: Number.POSITIVE_INFINITY },
      log: {
        newest: () => null,
        append: elsewhere,
        restart: elsewhere,
        read: (after, maxBytes) => this.#read(after, maxBytes),
      },
      toCore: message => this.#toHub(message),
      onEnd: () => this.#over('ended'),
    })
  }

  /** Nothing more is done. */
  get isOver(): boolean {
    return this.#isOver
  }

  counts(): RelayCounts {
    return this.#relay.counts()
  }

  /** The link to its hub; the only one that it ever has. */
  readonly join: TakeLink = (link): RelayLinkEvents => {
    this.#link = link
    if (this.#isOver) link.close()
    else this.#relay.coreAttached()
    return {
      onMessage: message => this.#take(message),
      onDrained: () => this.#relay.coreDrained(),
      onLost: () => this.stop('restart'),
    }
  }

  /** As {@link Relay.opened}. */
  opened(connection: number, source: Uint8Array): void {
    this.#relay.opened(connection, source)
  }

  received(connection: number, frame: Uint8Array): void {
    this.#relay.received(connection, frame)
  }

  drained(connection: number, pendingBytes: number): void {
    this.#relay.drained(connection, pendingBytes)
  }

  closed(connection: number): void {
    this.#relay.closed(connection)
  }

  /** About once a second. */
  tick(): void {
    this.#relay.tick()
  }

  /** Tells everybody why, and leaves the hub. */
  stop(reason: HubReason): void {
    if (this.#isOver) return
    this.#relay.stop(reason === 'no-host' ? 'restart' : reason)
    this.#over(reason)
  }

  #over(reason: HubReason): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#questions.giveUp()
    this.#link?.close()
    this.#options.onOver(reason)
  }

  #toHub(message: Uint8Array): number {
    return this.#isOver || ownTypes.has(message[0]) ? 0 : (this.#link?.send(message) ?? 0)
  }

  #read(after: number, maxBytes: number): Promise<readonly Uint8Array[]> {
    return this.#questions.ask(question => this.#toHub(encodeAsk(question, after, maxBytes)))
  }

  #take(message: Uint8Array): void {
    if (this.#isOver) return
    try {
      this.#obey(decodeFromHub(message))
    } catch (error) {
      if (!isOfLink(error)) this.#options.onFault(error)
      this.stop('restart')
    }
  }

  #obey(message: FromHub): void {
    if (message.kind === 'publish') this.#relay.published(message.frame)
    else if (message.kind === 'restart') this.#relay.restarted(Number(message.after))
    else if (message.kind === 'refuse') this.#relay.refuse(message.connection, message.reason)
    else if (message.kind === 'frames') this.#questions.answer(message.question, message.frames)
    else if (message.kind === 'stop') this.stop(message.reason)
    else this.#relay.fromCore(encodeToRelay(message))
  }
}
