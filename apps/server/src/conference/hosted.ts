/** A conference on this server: its relay, its frames on the disk, its connections and its host. */
import { decodeBase64Url } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import type { Clock, Random } from '@chartseal/core/ports'
import { type FrameFile, openFrameFile } from '@chartseal/elgamal-session/fs/frame-log'
import {
  decodeToRelay,
  defaultRelayPolicy,
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
import { isEnd } from './folder.js'
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
  /** Its host ends it: resolves once the last frame is kept. Nobody is told before. */
  keepEnd(id: string, frame: Uint8Array): Promise<void>
  /** Its host has ended it, and everybody who was here was told. */
  onEnd(id: string): void
  onFault(error: unknown): void
}

/** Why all of it is closed. */
export type Closing = Extract<EndReason, 'restart' | 'ended' | 'elsewhere'>

/** Of the host link: 6, end. */
const endType = 6
const tickMs = 1_000

const codeOf: Partial<Record<EndReason, number>> = {
  dropped: closeCodes.done,
  ended: closeCodes.done,
  restart: closeCodes.restart,
  malformed: closeCodes.protocol,
  'too-large': closeCodes.tooLarge,
}

/** What a connection that ends for this reason is closed with. */
export function closeCodeOf(reason: string): number {
  const code = Object.entries(codeOf).find(([name]) => name === reason)?.[1]
  return code ?? closeCodes.later
}

export class Hosted {
  readonly id: string
  readonly #frames: FrameFile
  readonly #relay: Relay
  readonly #peers = new Map<number, Peer>()
  #host: Peer | null = null
  #connections = 0
  #idleMs: number
  #closing: Closing | null = null
  /** What the host gave last is on the disk, or has failed. */
  #written: Promise<unknown> = Promise.resolve()
  #ending: Promise<void> | null = null
  #stopped: Promise<void> | null = null
  readonly #options: HostedOptions

  /** @throws ChartsealError `files/…`, `conference/log-damaged` */
  static async open(options: HostedOptions): Promise<Hosted> {
    const { file, maxBytes, random } = options
    return new Hosted(options, await openFrameFile({ path: file, maxBytes, random }))
  }

  private constructor(options: HostedOptions, frames: FrameFile) {
    const { id, clock, random, policy, counters, onEnd, onFault } = options
    this.id = id
    this.#options = options
    this.#frames = frames
    this.#idleMs = clock.nowMs()
    this.#relay = new Relay({
      conference: decodeBase64Url(id),
      log: this.#log(),
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

  /** Why it is closed, or about to be: nobody comes in any more. */
  get closing(): Closing | null {
    return this.#closing
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
      this.#idleMs = this.#options.clock.nowMs()
    })
    this.#relay.opened(connection, source)
  }

  /** The host, whose ticket was right; one that was there before is told. What it gives takes its messages. */
  attach(peer: Peer): (bytes: Uint8Array) => void {
    if (this.#closing !== null || !peer.isOpen) {
      const reason = this.#closing ?? 'restart'
      peer.close(closeCodeOf(reason), reasonText(reason, defaultRelayPolicy.retryMs))
      return () => undefined
    }
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
  stop(reason: Closing, retryMs: number): Promise<void> {
    this.#closing ??= reason
    this.#stopped ??= this.#stop(this.#closing, retryMs)
    // A server that goes waits for nobody who reads slowly.
    if (reason !== 'ended') void Promise.resolve(this.#ending).then(() => this.#relay.stop(reason))
    return this.#stopped
  }

  async #stop(reason: Closing, retryMs: number): Promise<void> {
    // Those who are here hear the host's own word first.
    await this.#ending
    await this.#finished()
    this.#relay.stop(reason)
    this.#host?.close(closeCodeOf(reason), reasonText(reason, retryMs))
    this.#host = null
    await this.#frames.close()
  }

  /** Whoever reads slowly gets the rest before the end. */
  async #finished(): Promise<void> {
    const timer = setInterval(() => this.#relay.tick(), tickMs)
    await this.#relay.finished
    clearInterval(timer)
  }

  #toCore(message: Uint8Array): number {
    if (this.#host === null) return 0
    this.#host.gather()
    return this.#host.write([message])
  }

  #fromHost(peer: Peer, bytes: Uint8Array): void {
    // Nothing comes behind an end.
    if (this.#host !== peer || this.#ending !== null) return
    try {
      if (bytes[0] === endType) this.#ending = this.#end(bytes)
      else this.#relay.fromCore(bytes)
    } catch (error) {
      const isOfLink = error instanceof ChartsealError && error.code === 'conference/bad-link'
      if (!isOfLink) this.#options.onFault(error)
      peer.close(closeCodes.protocol, 'no message of the host link')
      this.#hostGone(peer)
    }
  }

  /** What was said before is on the disk by then, and the end is kept, before anybody is told. @throws ChartsealError `conference/bad-link` */
  #end(bytes: Uint8Array): Promise<void> {
    const message = decodeToRelay(bytes)
    const frame = message.kind === 'end' ? message.frame : null
    const kept = this.#written.then(() =>
      frame !== null && isEnd(frame) ? this.#options.keepEnd(this.id, frame) : undefined,
    )
    // Who is here is told even where the disk is full.
    return kept
      .catch(this.#options.onFault)
      .then(() => this.#relay.fromCore(bytes))
      .catch(this.#options.onFault)
  }

  #log(): FrameLog {
    const { hasRoom, maxBytes: limitBytes } = this.#options
    const frames = this.#frames
    return {
      newest: () => frames.newest(),
      restart: () => frames.restart(),
      read: (after, maxBytes) => frames.read(after, maxBytes),
      append: frame => {
        if (!hasRoom()) return Promise.reject(relayError('conference/log-full', { limitBytes }))
        const appended = frames.append(frame)
        this.#written = appended.catch(() => undefined)
        return appended
      },
    }
  }

  #hostGone(peer: Peer): void {
    if (this.#host !== peer) return
    this.#host = null
    this.#idleMs = this.#options.clock.nowMs()
    this.#relay.coreGone()
  }

  #close(connection: number, reason: EndReason, retryMs: number): void {
    const peer = this.#peers.get(connection)
    this.#peers.delete(connection)
    peer?.close(closeCodeOf(reason), reasonText(reason, retryMs))
  }
}

export function reasonText(reason: string, retryMs: number): string {
  return JSON.stringify({ reason, retry_ms: retryMs })
}
