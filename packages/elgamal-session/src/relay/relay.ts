/** The relay of one conference: holds connections, gives frames for all to its members, and has no key. */
import type { Clock, Random } from '@chartseal/core/ports'
import { maxFrameBytesBefore, maxFrameBytesOfMembers } from '../frames/header.js'
import { type Connection, type EndReason, newConnection, type RelaySockets } from './connection.js'
import { CoreLink } from './core-link.js'
import { Delivery } from './delivery.js'
import { Ending } from './ending.js'
import { relayError } from './errors.js'
import { sharedFrame } from './frame.js'
import type { FrameLog } from './frame-log.js'
import { decodeToRelay, instanceBytes, type ToRelay } from './link.js'
import { defaultRelayPolicy, type RelayPolicy } from './policy.js'
import { Publisher } from './publisher.js'
import { busyMsIn, encodeRefusal } from './refusal.js'
import { Strangers } from './strangers.js'

export interface RelayOptions {
  /** 16 bytes. */
  readonly conference: Uint8Array
  readonly sockets: RelaySockets
  readonly log: FrameLog
  /** Gives a message to the core, and how many bytes are on their way to it then. */
  toCore(message: Uint8Array): number
  readonly clock: Clock
  readonly random: Random
  readonly policy?: Partial<RelayPolicy>
  /** Runs work once, soon, behind what waits for the event loop now; `setImmediate` is one. */
  soon(work: () => void): void
  /** The core has ended the conference: every connection was told, and has read what was before or was too slow for it. */
  onEnd(): void
  /** A frame could not be written to the log or read from it. */
  onFault(error: unknown): void
  readonly counters?: RelayCounters
}

/** What happened, added up; may be shared by several relays. */
export interface RelayCounters {
  /** Frames for all that were written to a member. */
  delivered(count: number): void
  /** Somebody was refused or ended. */
  refused(reason: string): void
}

export interface RelayCounts {
  readonly connections: number
  readonly members: number
  readonly behind: number
  readonly hasCore: boolean
}

/** Of one frame, from whoever is no member yet and from a member. */
export const maxFrameBytes: { readonly before: number; readonly member: number } = {
  before: maxFrameBytesBefore,
  member: maxFrameBytesOfMembers,
}

/** Its owner tells it what happens, and calls {@link Relay.tick} about once a second. It never throws for what a client sends. */
export class Relay {
  readonly #options: RelayOptions
  readonly #policy: RelayPolicy
  readonly #delivery: Delivery
  readonly #publisher: Publisher
  readonly #link: CoreLink
  readonly #strangers: Strangers
  readonly #connections = new Map<number, Connection>()
  #isOver = false
  /** The core's last word, once it was said; `null` for an end without one. */
  #last: Uint8Array | null = null
  #ending: Ending | null = null
  #finished: Promise<void> = Promise.resolve()

  constructor(options: RelayOptions) {
    const { sockets, log, clock, random, conference, onFault } = options
    const policy = { ...defaultRelayPolicy, ...options.policy }
    this.#options = options
    this.#policy = policy
    this.#delivery = new Delivery({
      sockets,
      log,
      clock,
      policy,
      onFault,
      soon: work => options.soon(work),
      onBehind: member => this.#link.behind(member),
      onWhole: member => this.#ending?.look(member),
      onLost: (member, reason) => this.#end(member, reason),
      onDelivered: count => options.counters?.delivered(count),
    })
    this.#link = new CoreLink({
      policy,
      toCore: message => options.toCore(message),
      instance: random.bytes(instanceBytes),
    })
    this.#strangers = new Strangers({
      conference,
      policy,
      clock,
      random,
      sockets,
      link: this.#link,
      isOver: () => this.#isOver,
      end: (one, reason, retryMs) => this.#end(one, reason, retryMs),
      refused: reason => options.counters?.refused(reason),
    })
    this.#publisher = new Publisher({
      log,
      ring: this.#delivery.ring,
      onFault,
      onLogged: frame => this.#delivery.published(frame),
      onKnown: sequence => this.#link.logged(sequence),
      onRefused: (sequence, reason) => this.#link.unlogged(sequence, log.newest(), reason),
      onRestarted: () => undefined,
    })
  }

  counts(): RelayCounts {
    const { members, behind } = this.#delivery
    return { connections: this.#connections.size, members, behind, hasCore: this.#link.isOpen }
  }

  /**
   * Somebody has connected, and has sent nothing yet. Who is one too many is told so and closed.
   * @param connection a number from 1 on that no other connection has had
   * @param source 16 bytes: a keyed hash of their network
   */
  opened(connection: number, source: Uint8Array): void {
    const one = newConnection(connection, new Uint8Array(source), this.#options.clock.nowMs())
    this.#connections.set(connection, one)
    if (this.#ending !== null) this.#tellEnd(one)
    else if (this.#isOver) this.#end(one, 'restart')
    else this.#strangers.opened(one)
  }

  /** One frame, as it came. */
  received(connection: number, frame: Uint8Array): void {
    const one = this.#connections.get(connection)
    if (one === undefined || this.#isOver) return
    const limit = one.state === 'member' ? maxFrameBytes.member : maxFrameBytes.before
    if (frame.length > limit) this.#end(one, 'too-large')
    else if (one.state === 'member') this.#fromMember(one, frame)
    else this.#strangers.received(one, frame)
  }

  /** Some of what was on its way has gone out. */
  drained(connection: number, pendingBytes: number): void {
    const one = this.#connections.get(connection)
    if (one === undefined) return
    this.#delivery.drained(one, pendingBytes)
    this.#ending?.look(one)
  }

  /** The connection is gone. */
  closed(connection: number): void {
    const one = this.#connections.get(connection)
    if (one === undefined) return
    this.#forget(one)
    this.#link.closed(one)
  }

  /** A core has come, in place of the one before. */
  coreAttached(): void {
    // Of whom the core before knew, this one is not told.
    this.#link.detach()
    this.#strangers.coreGone()
    this.#link.attach(this.#options.log.newest(), this.#connections.values())
    this.#strangers.coreDrained()
  }

  coreGone(): void {
    this.#link.detach()
    this.#strangers.coreGone()
  }

  /** What was on its way to the core has gone out. */
  coreDrained(): void {
    this.#link.drained()
    this.#strangers.coreDrained()
  }

  /** @throws ChartsealError `conference/bad-link`: the link must be ended */
  fromCore(message: Uint8Array): void {
    if (this.#isOver) return
    this.#obey(decodeToRelay(message))
  }

  /**
   * A frame for all that a log elsewhere has, for a relay to which its core never says `publish`: the one behind the newest.
   * @throws ChartsealError `conference/bad-link`: it is none
   */
  published(bytes: Uint8Array): void {
    const frame = sharedFrame(bytes, 'signed')
    const { newest } = this.#delivery.ring
    if (frame === null || (newest > 0 && frame.sequence !== newest + 1))
      throw relayError('conference/bad-link', { reason: 'field' })
    this.#delivery.published(frame)
  }

  /** That log was emptied, and goes on behind a number. */
  restarted(after: number): void {
    this.#delivery.ring.restart(after)
  }

  /** Ends one connection, and tells it why. */
  refuse(connection: number, reason: EndReason): void {
    const one = this.#connections.get(connection)
    if (one === undefined) return
    if (reason === 'no-host' && one.state !== 'member') this.#strangers.noHost(one)
    else this.#end(one, reason)
  }

  /** About once a second. */
  tick(): void {
    this.#strangers.tick()
    this.#delivery.tick()
    this.#ending?.tick()
  }

  /** Resolves when everybody was told of the end, where the core has said one; who reads slowly is waited for, not for ever. */
  get finished(): Promise<void> {
    return this.#finished
  }

  /** Tells everybody to come again, or that there is nothing more here; nothing is done from then on. */
  stop(reason: 'restart' | 'ended' | 'elsewhere' = 'restart'): void {
    this.#isOver = true
    for (const one of this.#connections.values()) this.#end(one, reason)
  }

  #obey(message: ToRelay): void {
    if (message.kind === 'publish') this.#publisher.publish(message.frame)
    else if (message.kind === 'head') this.#head(message.frame)
    else if (message.kind === 'end') this.#endSoon(message.frame)
    else if (message.kind === 'restart') void this.#publisher.restart(Number(message.after))
    else this.#about(message)
  }

  #about(message: Extract<ToRelay, { readonly connection: number }>): void {
    const one = this.#connections.get(message.connection)
    // It may have gone meanwhile.
    if (one === undefined) return
    this.#strangers.answered(one)
    if (message.kind === 'send') this.#delivery.send(one, message.frame)
    else if (message.kind === 'drop') this.#drop(one, message.frame)
    else if (one.state !== 'member') this.#admit(one, Number(message.after))
  }

  #admit(one: Connection, after: number): void {
    this.#strangers.left(one)
    one.state = 'member'
    this.#options.sockets.admitted?.(one.id)
    this.#delivery.admit(one, after)
  }

  #drop(one: Connection, last: Uint8Array | null): void {
    const busyMs = last === null || one.state === 'member' ? null : busyMsIn(last)
    if (one.state !== 'member') this.#strangers.dropped(one, busyMs)
    if (last !== null) one.queue.push(last)
    this.#link.forget(one)
    this.#close(one, busyMs === null ? 'dropped' : 'busy', busyMs ?? 0)
  }

  #head(frame: Uint8Array): void {
    const head = sharedFrame(frame, 'head')
    if (head === null) throw relayError('conference/bad-link', { reason: 'field' })
    this.#delivery.headed(head)
    // So that the core knows that the link is there, as often as it says a head.
    this.#link.logged(this.#delivery.ring.newest)
  }

  /** Behind what is on its way to the log. */
  #endSoon(last: Uint8Array | null): void {
    this.#isOver = true
    this.#last = last
    this.#finished = new Promise(resolve => {
      this.#publisher.whenIdle(() => this.#endAll(resolve))
    })
  }

  #endAll(onDone: () => void): void {
    const { sockets, clock, onEnd } = this.#options
    const all = [...this.#connections.values()]
    this.#ending = new Ending(
      {
        clock,
        policy: this.#policy,
        pendingBytes: ({ id }) => sockets.pendingBytes(id),
        hasAll: one => this.#delivery.finish(one),
        onRead: one => this.#tellEnd(one),
        onLate: one => this.#end(one, 'behind'),
        onDone() {
          onEnd()
          onDone()
        },
      },
      all.filter(({ state }) => state === 'member'),
    )
    for (const one of all) if (one.state !== 'member') this.#tellEnd(one)
    this.#ending.tick()
  }

  #tellEnd(one: Connection): void {
    if (this.#last !== null) one.queue.push(this.#last)
    this.#close(one, 'ended', 0)
  }

  #fromMember(member: Connection, frame: Uint8Array): void {
    if (!this.#link.frame(member, frame)) this.#end(member, 'no-host')
  }

  /** Tells why, and closes. */
  #end(one: Connection, reason: EndReason, retryMs = this.#retryMs()): void {
    if (one.state === 'over') return
    this.#options.counters?.refused(reason)
    one.queue.push(encodeRefusal({ reason, retryMs, nowMs: this.#options.clock.nowMs() }))
    this.#link.closed(one)
    this.#close(one, reason, retryMs)
  }

  #close(one: Connection, reason: EndReason, retryMs: number): void {
    if (one.state === 'over') return
    this.#delivery.flush(one)
    this.#forget(one)
    this.#options.sockets.close(one.id, reason, retryMs)
  }

  #forget(one: Connection): void {
    this.#strangers.left(one)
    this.#link.release(one)
    this.#delivery.forget(one)
    this.#connections.delete(one.id)
    one.state = 'over'
    this.#ending?.forget(one)
    this.#strangers.gone(one)
  }

  /** At random, so that those of one moment do not come again in one moment, and a host finds its way through all who wait for it. */
  #retryMs(): number {
    const { retryMs, retryMsPerMember } = this.#policy
    const [high = 0, low = 0] = this.#options.random.bytes(2)
    return (
      Math.ceil(((256 * high + low) / 65_536) * (retryMs + retryMsPerMember * this.#delivery.members)) + 1
    )
  }
}
