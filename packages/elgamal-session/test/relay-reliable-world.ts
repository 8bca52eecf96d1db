/** Two ends of a reliable link and a bus between them that does to packets what it is told. */
import {
  type LostReason,
  type RelayLink,
  type RelayLinkEvents,
  ReliableLink,
  type ReliablePolicy,
  type TakeLink,
} from '@chartseal/elgamal-session/relay'
import type { LinkMaker } from './hub-world.js'

export const smallPolicy: Partial<ReliablePolicy> = {
  partBytes: 8,
  windowBytes: 24,
  maxMessageBytes: 64,
  maxPendingBytes: 4_096,
}

export class End {
  readonly link: ReliableLink
  readonly sent: Uint8Array[] = []
  readonly heard: Uint8Array[] = []
  /** Packets of this end on the bus. */
  bus: Uint8Array[] = []
  transmitted = 0
  drained = 0
  lost: LostReason | null = null
  #waiting: (() => void)[] = []

  constructor(policy: Partial<ReliablePolicy> = smallPolicy) {
    this.link = new ReliableLink({
      policy,
      transmit: packet => {
        this.transmitted += 1
        this.bus.push(packet)
      },
      onMessage: message => void this.heard.push(message),
      onDrained: () => {
        this.drained += 1
      },
      onLost: reason => {
        if (this.lost !== null) throw new Error('lost twice')
        this.lost = reason
      },
      soon: work => void this.#waiting.push(work),
    })
  }

  send(message: Uint8Array): number {
    const wasOpen = !this.link.isOver
    const pending = this.link.send(message)
    if (wasOpen && pending > 0) this.sent.push(message)
    return pending
  }

  /** What waits for the event loop. */
  turn(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const work of waiting) work()
  }
}

/** Everything on the bus arrives, and what follows from it, until nothing moves. */
export function settle(a: End, b: End): void {
  for (let turns = 0; turns < 10_000; turns++) {
    a.turn()
    b.turn()
    if (a.bus.length + b.bus.length === 0) return
    arrive(a, b)
    arrive(b, a)
  }
  throw new Error('the two ends never come to rest')
}

/** Whatever one end has on the bus reaches the other. */
export function arrive(from: End, to: End): void {
  for (const packet of from.bus.splice(0)) to.link.received(packet)
}

/** Once in so many packets each; the numbers have no factor in common, so that everything meets everything. */
const fates = { lost: 5, doubled: 7, late: 3 } as const

/** A link between a hub and a relay over a bus that loses, doubles and delays packets; its seconds pass while anything waits. */
export const lossyLink: LinkMaker = (hub, relay, soon) => {
  const ends: BusEnd[] = []
  let packets = 0
  const carry = (packet: Uint8Array, to: () => BusEnd | undefined): void => {
    packets += 1
    if (packets % fates.lost === 0) return
    const arrive = (): void => to()?.link.received(packet)
    soon(packets % fates.late === 0 ? () => soon(arrive) : arrive)
    if (packets % fates.doubled === 0) soon(arrive)
  }
  let isBeating = false
  const beat = (): void => {
    isBeating = ends.some(({ isWaiting, link }) => isWaiting && !link.isOver)
    if (!isBeating) return
    for (const { link } of ends) link.tick()
    soon(beat)
  }
  const wake = (): void => {
    if (isBeating) return
    isBeating = true
    soon(beat)
  }
  ends.push(new BusEnd(soon, wake, packet => carry(packet, () => ends[1])))
  ends.push(new BusEnd(soon, wake, packet => carry(packet, () => ends[0])))
  ends[0]?.begin(hub)
  ends[1]?.begin(relay)
  return () => {
    for (const end of ends) end.cut()
  }
}

class BusEnd implements RelayLink {
  readonly link: ReliableLink
  isWaiting = false
  readonly #wake: () => void
  #isCut = false
  #events: RelayLinkEvents | null = null

  constructor(soon: (work: () => void) => void, wake: () => void, carry: (packet: Uint8Array) => void) {
    this.#wake = wake
    this.link = new ReliableLink({
      soon,
      // So that the frames of the model need several packets, and several of them are on the bus.
      policy: { partBytes: 300, windowBytes: 1_000 },
      transmit: packet => {
        if (!this.#isCut) carry(packet)
      },
      onMessage: message => this.#events?.onMessage(message),
      onDrained: () => {
        this.isWaiting = false
        this.#events?.onDrained()
      },
      onLost: () => this.#events?.onLost(),
    })
  }

  begin(take: TakeLink): void {
    this.#events = take(this)
  }

  send(message: Uint8Array): number {
    const pending = this.link.send(message)
    this.isWaiting = pending > 0
    this.#wake()
    return pending
  }

  close(): void {
    this.link.close()
    this.isWaiting = true
    this.#wake()
  }

  /** Nothing passes any more, for longer than a link lives. */
  cut(): void {
    this.#isCut = true
    for (let ticks = 0; ticks < 31; ticks++) this.link.tick()
  }
}
