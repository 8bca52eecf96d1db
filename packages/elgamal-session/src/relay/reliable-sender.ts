/** The sending half of a reliable link: messages become packets, which are kept until the other side has them. */
import { ByteQueue } from './byte-queue.js'

export interface SentPacket {
  readonly sequence: number
  readonly body: Uint8Array
}

export interface SenderPolicy {
  /** Most bytes of messages in one packet. */
  readonly partBytes: number
  /** Most bytes on the bus that were not acknowledged. */
  readonly windowBytes: number
}

/** After so many ticks without progress everything on the bus goes out again: after 2, 6, 14, 30, … */
const firstResendTicks = 2

export class Sender {
  readonly #policy: SenderPolicy
  readonly #queue = new ByteQueue()
  /** In order. */
  readonly #flight: SentPacket[] = []
  #flightBytes = 0
  #acked = 0
  #next = 1
  /** Those behind this number were sent again because of a gap. */
  #resentBehind = -1
  #waitingTicks = 0
  #resendTicks = firstResendTicks

  constructor(policy: SenderPolicy) {
    this.#policy = policy
  }

  /** Ticks since the other side took something, while something is on the bus. */
  get waitingTicks(): number {
    return this.#flight.length === 0 ? 0 : this.#waitingTicks
  }

  /** Bytes that the other side is not known to have. */
  get pendingBytes(): number {
    return this.#queue.size + this.#flightBytes
  }

  push(message: Uint8Array): void {
    const length = new Uint8Array(4)
    new DataView(length.buffer).setUint32(0, message.length)
    this.#queue.push(length, message)
  }

  /** New packets that may go out now; one at least is always on its way. */
  due(): readonly SentPacket[] {
    const { partBytes, windowBytes } = this.#policy
    const packets: SentPacket[] = []
    while (this.#queue.size > 0 && (this.#flight.length === 0 || this.#flightBytes < windowBytes)) {
      if (this.#flight.length === 0) this.#progress()
      const packet = { sequence: this.#next, body: this.#queue.take(partBytes) }
      this.#next += 1
      this.#flight.push(packet)
      this.#flightBytes += packet.body.length
      packets.push(packet)
    }
    return packets
  }

  /** The other side has everything up to this one. Gives whether that is news; `null` when it cannot have. */
  acked(sequence: number): boolean | null {
    if (sequence >= this.#next) return null
    if (sequence <= this.#acked) return false
    this.#acked = sequence
    const first = this.#flight.findIndex(packet => packet.sequence > sequence)
    for (const { body } of this.#flight.splice(0, first < 0 ? this.#flight.length : first))
      this.#flightBytes -= body.length
    this.#progress()
    return true
  }

  /** The other side misses the one behind `sequence`: what is to go out again, once for each gap. */
  missed(sequence: number): readonly SentPacket[] {
    if (sequence !== this.#acked || sequence === this.#resentBehind) return []
    this.#resentBehind = sequence
    return [...this.#flight]
  }

  /** What goes out again. */
  tick(): readonly SentPacket[] {
    if (this.#flight.length === 0) return []
    this.#waitingTicks += 1
    if (this.#waitingTicks < this.#resendTicks) return []
    this.#resendTicks = 2 * this.#resendTicks + 2
    return [...this.#flight]
  }

  /** The bus was away: everything on it may be lost. */
  resume(): readonly SentPacket[] {
    this.#progress()
    return [...this.#flight]
  }

  #progress(): void {
    this.#waitingTicks = 0
    this.#resendTicks = firstResendTicks
  }
}
