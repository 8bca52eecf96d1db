/** One end of a link over the bus: how it begins, what it seals, and how it ends. */
import {
  defaultReliablePolicy,
  packetHeadBytes,
  type RelayLink,
  type RelayLinkEvents,
  ReliableLink,
  type TakeLink,
} from '@chartseal/elgamal-session/relay'
import type { Bus } from './nats-bus.js'
import { type Seal, sealBytes } from './nats-seal.js'

/** Where the other end listens, and what is sealed for it and by it. */
export interface Other {
  readonly peer: string
  readonly out: Seal
  readonly in: Seal
}

export interface LinkEndOptions {
  readonly bus: Bus
  readonly inbox: string
  onOver(): void
}

/** So many ticks without an answer, or a first word: nobody is there. */
const openingTicks = 5

/** What an end that has not begun hears. */
type Opening = (bytes: Uint8Array) => void

export class LinkEnd implements RelayLink {
  readonly #options: LinkEndOptions
  readonly #link: ReliableLink
  readonly #unsubscribe: () => void
  #events: RelayLinkEvents | null = null
  #other: Other | null = null
  /** Until both ends have heard of each other. */
  #opening: Opening | null = null
  /** Asks, or answers, again. */
  #again: () => void = () => undefined
  #openingTicks = 0
  #isOver = false
  #onClosed: (() => void)[] = []

  constructor(options: LinkEndOptions) {
    const { bus, inbox } = options
    this.#options = options
    this.#link = new ReliableLink({
      policy: {
        partBytes: Math.min(defaultReliablePolicy.partBytes, bus.maxBytes - sealBytes - packetHeadBytes),
      },
      transmit: packet => this.#transmit(packet),
      onMessage: message => this.#events?.onMessage(message),
      onDrained: () => this.#events?.onDrained(),
      onLost: () => this.#over(true),
      soon: work =>
        void setImmediate(() => {
          work()
          this.#sweep()
        }),
    })
    this.#unsubscribe = bus.subscribe(inbox, bytes => this.#received(bytes))
  }

  /** The other side has asked for it, and has not said a word since. */
  get isOffered(): boolean {
    return this.#opening !== null && this.#other !== null
  }

  send(message: Uint8Array): number {
    return this.#isOver ? 0 : this.#link.send(message)
  }

  /** Resolves when it is over. */
  close(): Promise<void> {
    const closed = new Promise<void>(resolve => {
      if (this.#isOver) resolve()
      else this.#onClosed.push(resolve)
    })
    this.#link.close()
    if (this.#opening !== null) this.#over(false)
    return closed
  }

  begin(take: TakeLink): void {
    this.#events = take(this)
  }

  /** Asks until there is an answer, which `read` understands. */
  ask(again: () => void, read: (bytes: Uint8Array) => Other | null): void {
    this.#again = again
    this.#opening = bytes => {
      const other = bytes.length === 0 ? null : read(bytes)
      if (bytes.length === 0) this.lose()
      else if (other !== null) this.#open(other)
    }
    again()
  }

  /** Answers, and is taken when the other side says a word that only it can say. */
  offer(other: Other, answer: Uint8Array, take: TakeLink): void {
    const { bus, inbox } = this.#options
    this.#other = other
    this.#again = () => bus.publish(other.peer, answer, inbox)
    this.#opening = bytes => {
      const packet = other.in.open(bytes)
      if (packet === null) return
      this.#opening = null
      this.begin(take)
      this.#link.received(packet)
      this.#sweep()
    }
    this.#again()
  }

  answerAgain(): void {
    this.#again()
  }

  resumed(): void {
    if (this.#opening === null) this.#link.resumed()
    else this.#again()
  }

  tick(): void {
    if (this.#opening === null) this.#link.tick()
    else this.#tickOpening()
    this.#sweep()
  }

  /** It will not become a link, or is none any more. */
  lose(): void {
    this.#over(true)
  }

  #tickOpening(): void {
    this.#openingTicks += 1
    if (this.#openingTicks > openingTicks) this.lose()
    else this.#again()
  }

  #open(other: Other): void {
    this.#other = other
    this.#opening = null
    this.#link.resumed()
  }

  #received(bytes: Uint8Array): void {
    if (this.#isOver) return
    if (this.#opening !== null) this.#opening(bytes)
    else if (bytes.length === 0) this.#link.absent()
    else this.#take(bytes)
    this.#sweep()
  }

  #take(bytes: Uint8Array): void {
    const packet = this.#other?.in.open(bytes) ?? null
    if (packet !== null) this.#link.received(packet)
  }

  #transmit(packet: Uint8Array): void {
    const { bus, inbox } = this.#options
    if (this.#other === null || this.#isOver) return
    bus.publish(this.#other.peer, this.#other.out.seal(packet), inbox)
  }

  /** One that was closed here is over some time. */
  #sweep(): void {
    if (this.#link.isOver) this.#over(false)
  }

  #over(isLost: boolean): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#unsubscribe()
    this.#other?.in.wipe()
    this.#other?.out.wipe()
    this.#options.onOver()
    if (isLost) this.#events?.onLost()
    for (const closed of this.#onClosed) closed()
  }
}
