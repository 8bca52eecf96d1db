/** One relay of a conference as its hub sees it: the link to it, and the connections that it holds. */
import type { LinkedConnection } from './connection.js'
import { decodeFromRelay, type FromRelay } from './hub-link.js'
import type { RelayLink, RelayLinkEvents } from './relay-link.js'

/** A connection that a relay holds. */
export interface Seat {
  readonly one: LinkedConnection
  readonly relay: JoinedRelay
  /** By which that relay knows it; the core knows it by `one.id`. */
  readonly number: number
}

export interface JoinedRelayOptions {
  /** What it throws ends the link. */
  said(relay: JoinedRelay, message: FromRelay): void
  /** Once, and nothing is sent any more. */
  lost(relay: JoinedRelay): void
  onFault(error: unknown): void
}

export class JoinedRelay implements RelayLinkEvents {
  /** By the numbers of the relay. */
  readonly seats: Map<number, Seat> = new Map()
  /** How many answers it waits for. */
  questions = 0
  readonly #link: RelayLink
  readonly #mostBytes: number
  readonly #options: JoinedRelayOptions
  #isOver = false

  constructor(link: RelayLink, mostBytes: number, options: JoinedRelayOptions) {
    this.#link = link
    this.#mostBytes = mostBytes
    this.#options = options
  }

  /** A relay to which too much is on its way is let go: its connections come again elsewhere. */
  send(message: Uint8Array): void {
    if (!this.#isOver && this.#link.send(message) > this.#mostBytes) this.#lose()
  }

  /** The last message; what was sent before arrives before it. */
  stop(message: Uint8Array): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#link.send(message)
    this.#link.close()
  }

  /** It has broken the rules. */
  cut(error: unknown): void {
    if (this.#isOver) return
    this.#options.onFault(error)
    this.#lose()
  }

  seat(number: number, id: number, source: Uint8Array): Seat {
    const one: LinkedConnection = { id, source, state: 'asking', held: [], heldBytes: 0, isTold: false }
    const seat = { one, relay: this, number }
    this.seats.set(number, seat)
    return seat
  }

  onMessage(message: Uint8Array): void {
    if (this.#isOver) return
    try {
      this.#options.said(this, decodeFromRelay(message))
    } catch (error) {
      this.cut(error)
    }
  }

  onDrained(): void {
    // What is on its way is counted anew with each message.
  }

  onLost(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#options.lost(this)
  }

  #lose(): void {
    this.#isOver = true
    this.#link.close()
    this.#options.lost(this)
  }
}
