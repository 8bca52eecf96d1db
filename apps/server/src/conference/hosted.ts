/** A conference on this server: its relay, its frames on the disk, its connections and its host. */
import { decodeBase64Url } from '@chartseal/core/encoding'
import { ChartsealError } from '@chartseal/core/errors'
import type { Clock, Random } from '@chartseal/core/ports'
import { type FrameFile, openFrameFile } from '@chartseal/elgamal-session/fs/frame-log'
import {
  decodeToRelay,
  defaultRelayPolicy,
  type FrameLog,
  Hub,
  linkPair,
  maxLinkBytes,
  type RelayCounters,
  type RelayCounts,
  type RelayPolicy,
  relayError,
  type TakeLink,
} from '@chartseal/elgamal-session/relay'
import { type Closing, closeCodeOf, reasonText } from './closing.js'
import { Entrance } from './entrance.js'
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

/** Of the host link: 6, end. */
const endType = 6
const tickMs = 1_000
/** A relay has had its time by then, and its link has, too. */
const lateMs = defaultRelayPolicy.finishMs + 30_000

export class Hosted {
  readonly id: string
  readonly #frames: FrameFile
  readonly #hub: Hub
  /** Of the connections that this process holds itself. */
  readonly #entrance: Entrance
  #host: Peer | null = null
  #idleMs: number
  #closing: Closing | null = null
  /** What the host gave last is on the disk, or has failed. */
  #written: Promise<unknown> = Promise.resolve()
  #ending: Promise<void> | null = null
  /** Resolves when everybody was told of an end, in every relay. */
  #finishing: Promise<void> = Promise.resolve()
  #stopped: Promise<void> | null = null
  readonly #options: HostedOptions

  /** @throws ChartsealError `files/…`, `conference/log-damaged` */
  static async open(options: HostedOptions): Promise<Hosted> {
    const { file, maxBytes, random } = options
    return new Hosted(options, await openFrameFile({ path: file, maxBytes, random }))
  }

  private constructor(options: HostedOptions, frames: FrameFile) {
    const { id, clock, random, policy, onEnd, onFault } = options
    this.id = id
    this.#options = options
    this.#frames = frames
    this.#idleMs = clock.nowMs()
    this.#hub = new Hub({
      log: this.#log(),
      clock,
      random,
      policy,
      onFault,
      onEnd: () => onEnd(id),
      toCore: message => this.#toCore(message),
    })
    this.#entrance = new Entrance({
      ...options,
      conference: decodeBase64Url(id),
      // It ends with the hub.
      onOver: () => undefined,
    })
    linkPair(this.#hub.join, this.#entrance.link, work => work())
  }

  /** Its relays: the one of this process, and others. */
  get relays(): number {
    return this.#hub.relays
  }

  /** Takes another relay in, by the link to it. */
  get link(): TakeLink {
    return this.#hub.join
  }

  /** Of the connections of this process. */
  counts(): RelayCounts {
    return { ...this.#entrance.counts(), hasCore: this.#hub.hasCore }
  }

  /** Since when nobody has been here, and no other relay; `null` while somebody is. */
  get idleSinceMs(): number | null {
    const { idleSinceMs } = this.#entrance
    if (this.#host !== null || idleSinceMs === null || this.#hub.relays > 1) return null
    return Math.max(this.#idleMs, idleSinceMs)
  }

  /** Why it is closed, or about to be: nobody comes in any more. */
  get closing(): Closing | null {
    return this.#closing
  }

  /** Somebody who may be a patient. @param source 16 bytes */
  join(peer: Peer, source: Uint8Array): void {
    this.#entrance.join(peer, source)
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
      if (this.#host === peer) this.#hub.coreDrained()
    })
    peer.onClose(() => this.#hostGone(peer))
    this.#hub.coreAttached()
    return bytes => this.#fromHost(peer, bytes)
  }

  tick(): void {
    this.#hub.tick()
    this.#entrance.tick()
  }

  /** Tells everybody, and waits for what is on its way to the disk. */
  stop(reason: Closing, retryMs: number): Promise<void> {
    this.#closing ??= reason
    this.#stopped ??= this.#stop(this.#closing, retryMs)
    // A server that goes waits for nobody who reads slowly.
    if (reason !== 'ended') void Promise.resolve(this.#ending).then(() => this.#hub.stop(reason))
    return this.#stopped
  }

  async #stop(reason: Closing, retryMs: number): Promise<void> {
    // Those who are here hear the host's own word first.
    await this.#ending
    await this.#finishing
    this.#hub.stop(reason)
    this.#host?.close(closeCodeOf(reason), reasonText(reason, retryMs))
    this.#host = null
    await this.#frames.close()
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
      else this.#hub.fromCore(bytes)
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
      .then(() => {
        this.#hub.fromCore(bytes)
        this.#finishing = this.#finish()
      })
      .catch(this.#options.onFault)
  }

  /** Whoever reads slowly gets the rest before the end, in each relay. */
  async #finish(): Promise<void> {
    const ticking = setInterval(() => this.#entrance.tick(), tickMs)
    const late = setTimeout(() => this.#hub.stop('ended'), lateMs)
    await this.#hub.finished
    clearInterval(ticking)
    clearTimeout(late)
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
    this.#hub.coreGone()
  }
}
