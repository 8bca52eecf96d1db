/**
 * The hub of one conference: between its host and all its relays. It appends each frame for all once, gives it to every relay
 * after that, and has no key.
 */
import { ChartsealError } from '@chartseal/core/errors'
import type { Clock, Random } from '@chartseal/core/ports'
import { CoreLink } from './core-link.js'
import { relayError } from './errors.js'
import { type SharedFrame, sequenceOf, sharedFrame } from './frame.js'
import { type FrameLog, upTo } from './frame-log.js'
import { isHello, isResume } from './hello.js'
import { HelloLine } from './hello-line.js'
import { encodeFrames, encodeRefuse, encodeStop, type FromRelay, type HubReason } from './hub-link.js'
import { JoinedRelay, type Seat } from './joined-relay.js'
import { decodeToRelay, encodeToRelay, instanceBytes, type ToRelay } from './link.js'
import { defaultRelayPolicy, type RelayPolicy } from './policy.js'
import { Publisher } from './publisher.js'
import { encodeRefusal } from './refusal.js'
import type { TakeLink } from './relay-link.js'
import { Ring } from './ring.js'

export interface HubOptions {
  readonly log: FrameLog
  /** Gives a message to the core, and how many bytes are on their way to it then. */
  toCore(message: Uint8Array): number
  readonly clock: Clock
  readonly random: Random
  readonly policy?: Partial<RelayPolicy>
  /** The core has ended the conference: every relay has told its connections, and has left. */
  onEnd(): void
  /** A frame could not be written to the log or read from it, or a relay said what it must not. */
  onFault(error: unknown): void
}

/** Answers that one relay waits for, at most. */
const mostQuestions = 64

/** Its owner calls {@link Hub.tick} about once a second. It never throws for what a relay says: the link of one that breaks the rules is cut. */
export class Hub {
  readonly #options: HubOptions
  readonly #policy: RelayPolicy
  readonly #ring: Ring
  readonly #publisher: Publisher
  readonly #link: CoreLink
  /** Of hellos, from whichever relay. */
  readonly #line: HelloLine<Seat>
  readonly #relays = new Set<JoinedRelay>()
  /** By the number that the core knows. */
  readonly #seats = new Map<number, Seat>()
  #connections = 0
  #head: Uint8Array | null = null
  #isOver = false
  #isEnding = false
  #finished: Promise<void> = Promise.resolve()
  #finish: () => void = () => undefined

  constructor(options: HubOptions) {
    const { log, clock, random, onFault } = options
    const newest = log.newest()
    this.#options = options
    this.#policy = { ...defaultRelayPolicy, ...options.policy }
    this.#ring = new Ring(this.#policy.recentBytes, newest === null ? 0 : sequenceOf(newest))
    this.#link = new CoreLink({
      policy: this.#policy,
      toCore: message => options.toCore(message),
      instance: random.bytes(instanceBytes),
    })
    this.#line = new HelloLine<Seat>({
      policy: this.#policy,
      clock,
      random,
      isReady: () => !this.#isOver && !this.#isEnding && this.#link.isReady,
      give: (seat, hello) => this.#give(seat, hello),
      turnAway: (seat, retryMs) => (this.#link.isOpen ? this.#turnAway(seat, retryMs) : this.#refuse(seat)),
    })
    this.#publisher = new Publisher({
      log,
      ring: this.#ring,
      onFault,
      onLogged: frame => this.#logged(frame),
      onKnown: sequence => this.#link.logged(sequence),
      onRefused: (sequence, reason) => this.#link.unlogged(sequence, log.newest(), reason),
      onRestarted: after => this.#toAll(encodeToRelay({ kind: 'restart', after: BigInt(after) })),
    })
  }

  get hasCore(): boolean {
    return this.#link.isOpen
  }

  /** How many relays there are. */
  get relays(): number {
    return this.#relays.size
  }

  /** A relay, which is given what is in memory of the log first. */
  readonly join: TakeLink = link => {
    const relay = new JoinedRelay(link, this.#policy.linkPendingBytes, {
      said: (one, message) => this.#said(one, message),
      lost: one => this.#lost(one),
      onFault: error => this.#options.onFault(error),
    })
    if (this.#isOver || this.#isEnding) relay.stop(encodeStop('restart'))
    else {
      this.#relays.add(relay)
      this.#welcome(relay)
    }
    return relay
  }

  /** A core has come, in place of the one before. */
  coreAttached(): void {
    this.#link.detach()
    this.#strangersLeave()
    this.#link.attach(
      this.#options.log.newest(),
      [...this.#seats.values()].map(({ one }) => one),
    )
    this.#line.next()
  }

  coreGone(): void {
    this.#link.detach()
    this.#strangersLeave()
  }

  /** What was on its way to the core has gone out. */
  coreDrained(): void {
    this.#link.drained()
    this.#line.next()
  }

  /** About once a second. */
  tick(): void {
    this.#line.tick()
  }

  /** @throws ChartsealError `conference/bad-link`: the link must be ended */
  fromCore(message: Uint8Array): void {
    if (!this.#isOver && !this.#isEnding) this.#obey(decodeToRelay(message), message)
  }

  /** Resolves when every relay has left, where the core has said an end: they answer for whoever reads slowly until then. */
  get finished(): Promise<void> {
    return this.#finished
  }

  /** Every relay tells its connections, and is let go; nothing is done from then on. */
  stop(reason: HubReason): void {
    this.#isOver = true
    for (const relay of this.#relays) relay.stop(encodeStop(reason))
    this.#relays.clear()
    this.#seats.clear()
    this.#look()
  }

  #obey(message: ToRelay, bytes: Uint8Array): void {
    if (message.kind === 'publish') this.#publisher.publish(message.frame)
    else if (message.kind === 'head') this.#headed(message.frame, bytes)
    else if (message.kind === 'end') this.#end(bytes)
    else if (message.kind === 'restart') void this.#publisher.restart(Number(message.after))
    else this.#about(message)
  }

  #about(message: Extract<ToRelay, { readonly connection: number }>): void {
    const seat = this.#seats.get(message.connection)
    // It may have gone meanwhile.
    if (seat === undefined) return
    this.#line.answered(seat)
    if (message.kind === 'admit') seat.one.state = 'member'
    if (message.kind === 'drop') {
      this.#link.forget(seat.one)
      this.#forget(seat)
    }
    seat.relay.send(encodeToRelay({ ...message, connection: seat.number }))
  }

  #headed(frame: Uint8Array, bytes: Uint8Array): void {
    if (sharedFrame(frame, 'head') === null) throw relayError('conference/bad-link', { reason: 'field' })
    this.#head = new Uint8Array(bytes)
    this.#toAll(this.#head)
    // So that the core knows that the link is there, as often as it says a head.
    this.#link.logged(this.#ring.newest)
  }

  /** Behind what is on its way to the log. A relay leaves when its connections have read everything, or had their time. */
  #end(bytes: Uint8Array): void {
    const last = new Uint8Array(bytes)
    this.#isEnding = true
    this.#finished = new Promise(resolve => {
      this.#finish = () => {
        this.#finish = () => undefined
        this.#isOver = true
        this.#seats.clear()
        this.#options.onEnd()
        resolve()
      }
    })
    this.#publisher.whenIdle(() => {
      for (const relay of this.#relays) relay.send(last)
      this.#look()
    })
  }

  /** Whether all have left behind an end. */
  #look(): void {
    if (this.#isEnding && this.#relays.size === 0) this.#finish()
  }

  #logged(frame: SharedFrame): void {
    this.#ring.append(frame)
    if (!this.#isOver) this.#toAll(encodeToRelay({ kind: 'publish', frame: frame.bytes }))
  }

  #toAll(message: Uint8Array): void {
    for (const relay of this.#relays) relay.send(message)
  }

  /** What is in memory, so that few questions are asked; at least the newest frame. */
  #welcome(relay: JoinedRelay): void {
    const { frames, newest: after } = this.#ring
    const newest = this.#options.log.newest()
    const known = frames.length > 0 ? frames.map(({ bytes }) => bytes) : newest === null ? [] : [newest]
    for (const frame of known) relay.send(encodeToRelay({ kind: 'publish', frame }))
    if (known.length === 0 && after > 0) relay.send(encodeToRelay({ kind: 'restart', after: BigInt(after) }))
    if (this.#head !== null) relay.send(this.#head)
  }

  #said(relay: JoinedRelay, message: FromRelay): void {
    if (message.kind === 'opened') this.#opened(relay, message)
    else if (message.kind === 'ask') void this.#answer(relay, message)
    else {
      const seat = relay.seats.get(message.connection)
      // It was ended meanwhile.
      if (seat === undefined) return
      if (message.kind === 'frame') this.#frame(seat, message.frame)
      else if (message.kind === 'closed') this.#closed(seat)
      else {
        seat.one.isTold = message.isBehind
        this.#link.behind(seat.one)
      }
    }
  }

  #opened(
    relay: JoinedRelay,
    { connection, source }: { readonly connection: number; readonly source: Uint8Array },
  ): void {
    if (relay.seats.has(connection)) throw relayError('conference/bad-link', { reason: 'field' })
    this.#connections += 1
    const seat = relay.seat(connection, this.#connections, source)
    this.#seats.set(seat.one.id, seat)
  }

  #frame(seat: Seat, frame: Uint8Array): void {
    const isAsking = seat.one.state === 'asking'
    if (isAsking && isHello(frame)) this.#line.take(seat, frame, isResume(frame))
    else this.#give(seat, frame)
  }

  #give(seat: Seat, frame: Uint8Array): void {
    if (!this.#link.frame(seat.one, frame)) this.#refuse(seat)
  }

  #turnAway(seat: Seat, retryMs: number): void {
    this.#closed(seat)
    const frame = encodeRefusal({ reason: 'busy', retryMs, nowMs: this.#options.clock.nowMs() })
    seat.relay.send(encodeToRelay({ kind: 'drop', connection: seat.number, frame }))
  }

  async #answer(
    relay: JoinedRelay,
    { question, after, maxBytes }: Extract<FromRelay, { readonly kind: 'ask' }>,
  ): Promise<void> {
    if (relay.questions >= mostQuestions) {
      relay.cut(relayError('conference/bad-link', { reason: 'field' }))
      return
    }
    relay.questions += 1
    const frames = await this.#read(after, Math.min(maxBytes, this.#policy.feedBytes))
    relay.questions -= 1
    relay.send(encodeFrames(question, frames))
  }

  async #read(after: number, maxBytes: number): Promise<readonly Uint8Array[] | null> {
    try {
      const recent = this.#ring.behind(after, false)
      return recent === null ? await this.#options.log.read(after, maxBytes) : upTo(maxBytes, recent.frames)
    } catch (error) {
      this.#options.onFault(error)
      return null
    }
  }

  /** Tells the core, and the relay, which tells the client. */
  #refuse(seat: Seat): void {
    this.#closed(seat)
    seat.relay.send(encodeRefuse(seat.number, 'no-host'))
  }

  #closed(seat: Seat): void {
    this.#forget(seat)
    if (!this.#isEnding) this.#link.closed(seat.one)
  }

  #forget(seat: Seat): void {
    const { one, relay, number } = seat
    this.#link.release(one)
    this.#seats.delete(one.id)
    relay.seats.delete(number)
    one.state = 'over'
    this.#line.gone(seat)
  }

  /** Whose handshake a core has begun that is gone; whoever is in line waits for the next one. */
  #strangersLeave(): void {
    for (const seat of this.#line.atCore) this.#refuse(seat)
  }

  #lost(relay: JoinedRelay): void {
    this.#relays.delete(relay)
    this.#line.allGone(relay.seats.values())
    for (const seat of relay.seats.values()) this.#closed(seat)
    this.#look()
  }
}

/** Whether this ends a link, and is nobody's fault but the other end's. */
export function isOfLink(error: unknown): boolean {
  return error instanceof ChartsealError && error.code === 'conference/bad-link'
}
