/** Two ends of a reliable link and a bus between them that does to packets what it is told. */
import { type LostReason, ReliableLink, type ReliablePolicy } from '@chartseal/elgamal-session/relay'

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
