/** The connections of one conference that this process holds, and the relay that gives them what is theirs. */
import type { Clock, Random } from '@chartseal/core/ports'
import {
  type EndReason,
  maxFrameBytes,
  OuterRelay,
  type RelayCounters,
  type RelayCounts,
  type RelayPolicy,
  type TakeLink,
} from '@chartseal/elgamal-session/relay'
import { closeCodeOf, reasonText } from './closing.js'
import type { Peer } from './peer.js'

export interface EntranceOptions {
  /** 16 bytes. */
  readonly conference: Uint8Array
  readonly policy: Partial<RelayPolicy>
  readonly counters: RelayCounters
  readonly clock: Clock
  readonly random: Random
  /** Once: it has ended, or the hub is gone, and everybody who was here was told. */
  onOver(): void
  onFault(error: unknown): void
}

export class Entrance {
  readonly #clock: Clock
  readonly #relay: OuterRelay
  readonly #peers = new Map<number, Peer>()
  #connections = 0
  #idleMs: number

  constructor(options: EntranceOptions) {
    this.#clock = options.clock
    this.#idleMs = options.clock.nowMs()
    this.#relay = new OuterRelay({
      ...options,
      soon: work => void setImmediate(work),
      onOver: () => options.onOver(),
      sockets: {
        write: (connection, payloads) => this.#peers.get(connection)?.write(payloads) ?? 0,
        pendingBytes: connection => this.#peers.get(connection)?.pendingBytes ?? 0,
        admitted: connection => this.#peers.get(connection)?.allow(maxFrameBytes.member),
        close: (connection, reason, retryMs) => this.#close(connection, reason, retryMs),
      },
    })
  }

  /** The way to its hub. */
  get link(): TakeLink {
    return this.#relay.join
  }

  /** Nobody comes in any more. */
  get isOver(): boolean {
    return this.#relay.isOver
  }

  counts(): RelayCounts {
    return this.#relay.counts()
  }

  /** Since when nobody has been here; `null` while somebody is. */
  get idleSinceMs(): number | null {
    return this.#peers.size === 0 ? this.#idleMs : null
  }

  /** Somebody who may be a patient. @param source 16 bytes */
  join(peer: Peer, source: Uint8Array): void {
    // Who has gone meanwhile says so to nobody any more.
    if (!peer.isOpen) return
    this.#connections += 1
    const connection = this.#connections
    this.#peers.set(connection, peer)
    peer.onMessage(bytes => this.#relay.received(connection, bytes))
    peer.onDrain(() => this.#relay.drained(connection, peer.pendingBytes))
    peer.onClose(() => {
      this.#peers.delete(connection)
      this.#relay.closed(connection)
      this.#idleMs = this.#clock.nowMs()
    })
    this.#relay.opened(connection, source)
  }

  tick(): void {
    this.#relay.tick()
  }

  /** Tells everybody to come again. */
  stop(): void {
    this.#relay.stop('restart')
  }

  #close(connection: number, reason: EndReason, retryMs: number): void {
    const peer = this.#peers.get(connection)
    this.#peers.delete(connection)
    peer?.close(closeCodeOf(reason), reasonText(reason, retryMs))
  }
}
