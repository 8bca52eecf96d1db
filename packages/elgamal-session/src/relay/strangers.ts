/** Those of a relay who are no members yet: what they meet before the core has let them in, and when they have to go. */
import type { Clock, Random } from '@chartseal/core/ports'
import type { Connection, EndReason, RelaySockets } from './connection.js'
import type { CoreLink } from './core-link.js'
import { HelloGate, type Verdict } from './gate.js'
import { isHello, isResume } from './hello.js'
import { HelloLine } from './hello-line.js'
import type { RelayPolicy } from './policy.js'
import { encodeRefusal } from './refusal.js'
import { Unproven } from './unproven.js'

export interface StrangersOptions {
  /** 16 bytes. */
  readonly conference: Uint8Array
  readonly policy: RelayPolicy
  readonly clock: Clock
  readonly random: Random
  readonly sockets: RelaySockets
  readonly link: CoreLink
  /** Nobody is let in any more. */
  isOver(): boolean
  /** Tells one why, and closes; left out, the time to come again is the relay's own. */
  end(one: Connection, reason: EndReason, retryMs?: number): void
  /** Somebody was refused, or may say another hello. */
  refused(reason: string): void
}

/** Of one connection, before it is closed. */
const mostFramesBefore = 8

export class Strangers {
  readonly #options: StrangersOptions
  readonly #gate: HelloGate
  readonly #unproven: Unproven
  readonly #line: HelloLine<Connection>

  constructor(options: StrangersOptions) {
    const { policy, clock, random, link } = options
    this.#options = options
    this.#gate = new HelloGate(options)
    this.#unproven = new Unproven(policy)
    this.#line = new HelloLine<Connection>({
      policy,
      clock,
      random,
      isReady: () => !options.isOver() && link.isReady,
      give: (one, hello) => this.#give(one, hello),
      turnAway: (one, retryMs) => options.end(one, link.isOpen ? 'busy' : 'no-host', retryMs),
    })
  }

  /** Who is one too many is told so and closed. */
  opened(one: Connection): void {
    if (!this.#unproven.add(one)) this.#options.end(one, 'busy', this.#line.later())
  }

  /** One frame, as it came. */
  received(one: Connection, frame: Uint8Array): void {
    one.frames += 1
    if (one.frames > mostFramesBefore) this.#options.end(one, 'malformed')
    else if (one.state === 'asking' && !isHello(frame)) this.#give(one, frame)
    else this.#hello(one, frame)
  }

  /** The core has said something about it. */
  answered(one: Connection): void {
    this.#line.answered(one)
  }

  /** The core has dropped one. @param busyMs when to come again, where it was for want of room; that is nobody's fault */
  dropped(one: Connection, busyMs: number | null): void {
    if (busyMs === null) this.#gate.failed(one.source)
    else {
      this.#options.refused('busy')
      this.#line.heard(busyMs)
    }
  }

  /** It has found no core, or lost it. */
  noHost(one: Connection): void {
    this.#options.end(one, 'no-host', this.#line.later())
  }

  /** It is a member, or about to be over: its place is free. */
  left(one: Connection): void {
    this.#unproven.remove(one)
  }

  /** It is over: the next one in line has its turn. */
  gone(one: Connection): void {
    this.#line.gone(one)
  }

  /** The core takes more. */
  coreDrained(): void {
    this.#line.next()
  }

  /** Whose handshake a core has begun that is gone; whoever is in line waits for the next one. */
  coreGone(): void {
    for (const one of this.#line.atCore) this.noHost(one)
  }

  /** About once a second. */
  tick(): void {
    const { clock, end } = this.#options
    for (const one of this.#unproven.late(clock.nowMs())) end(one, 'silent')
    this.#line.tick()
  }

  #hello(one: Connection, frame: Uint8Array): void {
    const { end } = this.#options
    const verdict = this.#gate.judge(frame, one.source, this.#unproven.asking, this.#line.away)
    if (verdict === null) this.#ask(one, frame)
    else if (verdict.reason === 'busy') end(one, 'busy', this.#line.later())
    else if (isForGood(verdict.reason)) end(one, verdict.reason, verdict.retryMs)
    else this.#again(one, verdict)
  }

  /** Another hello on the same connection may pass. */
  #again(one: Connection, verdict: NonNullable<Verdict>): void {
    const { clock, sockets, refused } = this.#options
    refused(verdict.reason)
    sockets.write(one.id, [encodeRefusal({ ...verdict, nowMs: clock.nowMs() })])
  }

  #ask(one: Connection, frame: Uint8Array): void {
    if (one.state !== 'asking') this.#unproven.asks(one, this.#options.clock.nowMs())
    this.#line.take(one, frame, isResume(frame))
  }

  #give(one: Connection, frame: Uint8Array): void {
    if (!this.#options.link.frame(one, frame)) this.noHost(one)
  }
}

/** Others may try once more on the same connection. */
function isForGood(reason: NonNullable<Verdict>['reason']): reason is 'malformed' | 'too-many' {
  return reason === 'malformed' || reason === 'too-many'
}
