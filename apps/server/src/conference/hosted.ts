/** A conference on this server: its relay, its frames on the disk, its connections and its host. */
import { decodeBase64Url } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import type { Clock, Random } from '@chartseal/core/ports'
import { type FrameFile, openFrameFile } from '@chartseal/elgamal-session/fs/frame-log'
import {
  type EndReason,
  type FrameLog,
  maxFrameBytes,
  maxLinkBytes,
  Relay,
  type RelayCounters,
  type RelayCounts,
  type RelayPolicy,
  relayError,
} from '@chartseal/elgamal-session/relay'
import { closeCodes, type Peer } from './peer.js'

export interface HostedOptions {
  readonly id: string
  readonly file: string
  /** What its frames may have together. */
  readonly maxBytes: number
  readonly policy: Partial<RelayPolicy>
  readonly counters: RelayCounters
  readonly clock: Clock
  readonly random: Random
  /** Whether the disk takes more. */
  hasRoom(): boolean
  /** Its host has ended it. */
  onEnd(id: string): void
  onFault(error: unknown): void
}

const codeOf: Partial<Record<EndReason, number>> = {
  dropped: closeCodes.done,
  ended: closeCodes.done,
  restart: closeCodes.restart,
  malformed: closeCodes.protocol,
  'too-large': closeCodes.tooLarge,
}

export class Hosted {
  readonly id: string
  readonly #frames: FrameFile
  readonly #relay: Relay
  readonly #peers = new Map<number, Peer>()
  #host: Peer | null = null
  #connections = 0
  #idleMs: number
  readonly #clock: Clock
  readonly #onFault: (error: unknown) => void

  /** @throws ChartsealError `files/…`, `conference/log-damaged` */
  static async open(options: HostedOptions): Promise<Hosted> {
    const { file, maxBytes, random } = options
    return new Hosted(options, await openFrameFile({ path: file, maxBytes, random }))
  }

  private constructor(options: HostedOptions, frames: FrameFile) {
    const { id, clock, random, policy, counters, onEnd, onFault } = options
    this.id = id
    this.#frames = frames
    this.#clock = clock
    this.#onFault = onFault
    this.#idleMs = clock.nowMs()
    this.#relay = new Relay({
      conference: decodeBase64Url(id),
      log: roomy(frames, options),
      clock,
      random,
      policy,
      counters,
      onFault,
      soon: work => void setImmediate(work),
      onEnd: () => onEnd(id),
      toCore: message => this.#toCore(message),
      sockets: {
        write: (connection, payloads) => this.#peers.get(connection)?.write(payloads) ?? 0,
        pendingBytes: connection => this.#peers.get(connection)?.pendingBytes ?? 0,
        admitted: connection => this.#peers.get(connection)?.allow(maxFrameBytes.member),
        close: (connection, reason, retryMs) => this.#close(connection, reason, retryMs),
      },
    })
  }

  counts(): RelayCounts {
    return this.#relay.counts()
  }

  /** Since when nobody has been here; `null` while somebody is. */
  get idleSinceMs(): number | null {
    return this.#host === null && this.#peers.size === 0 ? this.#idleMs : null
  }

  /** Somebody who may be a patient. @param source 16 bytes */
  join(peer: Peer, source: Uint8Array): void {
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

  /** The host, whose ticket was right; one that was there before is told. What it gives takes its messages. */
  attach(peer: Peer): (bytes: Uint8Array) => void {
    const before = this.#host
    this.#host = peer
    before?.close(closeCodes.replaced, 'another host has come')
    peer.allow(maxLinkBytes)
    peer.onDrain(() => {
      if (this.#host === peer) this.#relay.coreDrained()
    })
    peer.onClose(() => this.#hostGone(peer))
    this.#relay.coreAttached()
    return bytes => this.#fromHost(peer, bytes)
  }

  tick(): void {
    this.#relay.tick()
  }

  /** Tells everybody, and waits for what is on its way to the disk. */
  async stop(reason: 'restart' | 'ended' | 'elsewhere', retryMs: number): Promise<void> {
    this.#relay.stop(reason)
    this.#host?.close(codeOf[reason] ?? closeCodes.later, reasonText(reason, retryMs))
    this.#host = null
    await this.#frames.close()
  }

  #toCore(message: Uint8Array): number {
    if (this.#host === null) return 0
    this.#host.gather()
    return this.#host.write([message])
  }

  #fromHost(peer: Peer, bytes: Uint8Array): void {
    if (this.#host !== peer) return
    try {
      this.#relay.fromCore(bytes)
    } catch (error) {
      const isOfLink = error instanceof ChartsealError && error.code === 'conference/bad-link'
      if (!isOfLink) this.#onFault(error)
      peer.close(closeCodes.protocol, 'no message of the host link')
      this.#hostGone(peer)
    }
  }

  #hostGone(peer: Peer): void {
    if (this.#host !== peer) return
    this.#host = null
    this.#idleMs = this.#clock.nowMs()
    this.#relay.coreGone()
  }

  #close(connection: number, reason: EndReason, retryMs: number): void {
    const peer = this.#peers.get(connection)
    this.#peers.delete(connection)
    peer?.close(codeOf[reason] ?? closeCodes.later, reasonText(reason, retryMs))
  }
}

export function reasonText(reason: string, retryMs: number): string {
  return JSON.stringify({ reason, retry_ms: retryMs })
}

function roomy(frames: FrameFile, { hasRoom, maxBytes: limitBytes }: HostedOptions): FrameLog {
  return {
    newest: () => frames.newest(),
    restart: () => frames.restart(),
    read: (after, maxBytes) => frames.read(after, maxBytes),
    append: frame =>
      hasRoom() ? frames.append(frame) : Promise.reject(relayError('conference/log-full', { limitBytes })),
  }
}
