/** Messages in order, each once, over a bus that loses, doubles and reorders packets; or else a lost link. */
import { maxLinkBytes } from './link.js'
import { decodePacket, encodePacket, type Packet } from './reliable-packet.js'
import { Receiver } from './reliable-receiver.js'
import { Sender, type SenderPolicy, type SentPacket } from './reliable-sender.js'

/**
 * `silent`: no word from the other side; `closed`: by the other side; `full`: more waits than is kept; `malformed`:
 * what the other side says is none of this protocol.
 */
export type LostReason = 'silent' | 'closed' | 'full' | 'malformed'

export interface ReliablePolicy extends SenderPolicy {
  /** Of one message that comes. */
  readonly maxMessageBytes: number
  /** Bytes that wait for the other side before the link is given up. */
  readonly maxPendingBytes: number
  /** Ticks without a word from the other side before the link is lost. */
  readonly silentTicks: number
  /** As `silentTicks`, where the bus says that nobody listens at the other side. */
  readonly absentTicks: number
  /** Ticks after which the other side gets a word, whatever there is to say. */
  readonly idleTicks: number
  /** Ticks that a closed link waits for the other side to have everything. */
  readonly closingTicks: number
}

export const defaultReliablePolicy: ReliablePolicy = {
  partBytes: 262_144,
  windowBytes: 1_048_576,
  maxMessageBytes: maxLinkBytes,
  maxPendingBytes: 33_554_432,
  silentTicks: 30,
  absentTicks: 10,
  idleTicks: 5,
  closingTicks: 3,
}

export interface ReliableOptions {
  readonly policy?: Partial<ReliablePolicy>
  /** Gives a packet to the bus, where it may be lost. It was not changed on the way if it comes: see docs/spec/nats-link.md. */
  transmit(packet: Uint8Array): void
  onMessage(message: Uint8Array): void
  /** Everything that was on its way has arrived. */
  onDrained(): void
  /** Once, and not for a link that was closed here. Nothing comes behind it. */
  onLost(reason: LostReason): void
  /** Runs work once, soon, behind what waits for the event loop now. */
  soon(work: () => void): void
}

/** Its owner gives it what comes from the bus, and calls {@link ReliableLink.tick} about once a second. */
export class ReliableLink {
  readonly #options: ReliableOptions
  readonly #policy: ReliablePolicy
  readonly #sender: Sender
  readonly #receiver: Receiver
  #state: 'open' | 'closing' | 'over' = 'open'
  #isScheduled = false
  #isAckDue = false
  /** What was missing when this was last said. */
  #saidGapBehind = -1
  #silentTicks = 0
  #idleTicks = 0
  #closingTicks = 0

  constructor(options: ReliableOptions) {
    this.#options = options
    this.#policy = { ...defaultReliablePolicy, ...options.policy }
    this.#sender = new Sender(this.#policy)
    this.#receiver = new Receiver(this.#policy.maxMessageBytes)
  }

  /** Lost or closed, and nothing more to do. */
  get isOver(): boolean {
    return this.#state === 'over'
  }

  /** Bytes on their way then. The message must not change any more. Behind the end nothing is sent. */
  send(message: Uint8Array): number {
    if (this.#state !== 'open') return 0
    if (message.length > this.#policy.maxMessageBytes)
      throw new RangeError(`message must have at most ${this.#policy.maxMessageBytes} bytes`)
    this.#sender.push(message)
    this.#wake()
    return this.#sender.pendingBytes
  }

  /** What came from the bus for this link. */
  received(bytes: Uint8Array): void {
    const packet = decodePacket(bytes)
    if (this.#state === 'over') return
    if (packet === null) this.#lost('malformed')
    else this.#take(packet)
  }

  /** The bus is there again. */
  resumed(): void {
    if (this.#state === 'over') return
    this.#transmit(this.#sender.resume())
    this.#say('ack')
  }

  /** The bus says that nobody listens at the other side, which may come back to the bus, or has ended. */
  absent(): void {
    if (this.#state !== 'over' && this.#silentTicks >= this.#policy.absentTicks) this.#lost('silent')
  }

  /** About once a second. */
  tick(): void {
    if (this.#state === 'over') return
    this.#silentTicks += 1
    this.#idleTicks += 1
    if (this.#silentTicks >= this.#policy.silentTicks) {
      this.#lost('silent')
      return
    }
    this.#transmit(this.#sender.tick())
    if (this.#idleTicks >= this.#policy.idleTicks) this.#say('ack')
    if (this.#state === 'closing') this.#closeLate()
  }

  /** What was sent before goes out, for as long as that takes or three ticks; nothing more comes in. */
  close(): void {
    if (this.#state !== 'open') return
    this.#state = 'closing'
    this.#wake()
  }

  #closeLate(): void {
    this.#closingTicks += 1
    if (this.#closingTicks >= this.#policy.closingTicks) this.#end()
  }

  #end(): void {
    this.#say('close')
    this.#state = 'over'
  }

  #take({ kind, sequence, acked, body }: Packet): void {
    const isNews = this.#sender.acked(acked)
    this.#silentTicks = 0
    if (isNews === null) this.#lost('malformed')
    else if (kind === 'close') this.#lost('closed')
    else {
      if (kind === 'data') this.#takeData(sequence, body)
      else if (kind === 'gap') this.#transmit(this.#sender.missed(acked))
      if (isNews) this.#drained()
    }
  }

  #takeData(sequence: number, body: Uint8Array): void {
    const found = this.#receiver.take(sequence, body)
    if (found === 'gap') this.#sayGap()
    else {
      this.#isAckDue = true
      this.#wake()
    }
    if (found === 'next') this.#deliver()
  }

  #deliver(): void {
    while (this.#state === 'open') {
      const message = this.#receiver.next()
      if (message === null) return
      if (message === 'too-long') this.#lost('malformed')
      else this.#options.onMessage(message)
    }
  }

  /** Once for each gap; the ticks of the other side do the rest. */
  #sayGap(): void {
    if (this.#saidGapBehind === this.#receiver.received) return
    this.#saidGapBehind = this.#receiver.received
    this.#say('gap')
  }

  #drained(): void {
    this.#wake()
    if (this.#state === 'open' && this.#sender.pendingBytes === 0) this.#options.onDrained()
  }

  #wake(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    this.#options.soon(() => this.#flush())
  }

  /** What belongs to one turn goes out together. */
  #flush(): void {
    this.#isScheduled = false
    if (this.#state === 'over') return
    this.#transmit(this.#sender.due())
    const { pendingBytes } = this.#sender
    if (pendingBytes > this.#policy.maxPendingBytes) this.#lost('full')
    else if (this.#state === 'closing' && pendingBytes === 0) this.#end()
    else if (this.#isAckDue) this.#say('ack')
  }

  #transmit(packets: readonly SentPacket[]): void {
    for (const { sequence, body } of packets) this.#put({ kind: 'data', sequence, body })
  }

  #say(kind: 'ack' | 'gap' | 'close'): void {
    this.#put({ kind, sequence: 0, body: new Uint8Array(0) })
  }

  #put(packet: Omit<Packet, 'acked'>): void {
    this.#isAckDue = false
    this.#idleTicks = 0
    this.#options.transmit(encodePacket({ ...packet, acked: this.#receiver.received }))
  }

  /** The other side is told, in case that it hears. */
  #lost(reason: LostReason): void {
    const wasOpen = this.#state === 'open'
    if (reason !== 'closed') this.#say('close')
    this.#state = 'over'
    if (wasOpen) this.#options.onLost(reason)
  }
}
