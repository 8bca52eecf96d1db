/** The receiving half of a reliable link: packets that come in order become messages, all others are dropped. */
import { ByteQueue } from './byte-queue.js'

const lengthBytes = 4

export class Receiver {
  readonly #maxMessageBytes: number
  readonly #queue = new ByteQueue()
  /** Of the message that has begun; `null` between two. */
  #length: number | null = null
  #received = 0

  constructor(maxMessageBytes: number) {
    this.#maxMessageBytes = maxMessageBytes
  }

  /** All packets up to this one have come. */
  get received(): number {
    return this.#received
  }

  /** `old`: has come before; `gap`: one before it has not. The body is copied where it is kept. */
  take(sequence: number, body: Uint8Array): 'next' | 'old' | 'gap' {
    if (sequence <= this.#received) return 'old'
    if (sequence > this.#received + 1) return 'gap'
    this.#received = sequence
    this.#queue.push(new Uint8Array(body))
    return 'next'
  }

  /** The next message, a fresh copy; `null` while it is not whole, `too-long` where nobody sends one. */
  next(): Uint8Array | 'too-long' | null {
    this.#length ??= this.#nextLength()
    if (this.#length === null) return null
    if (this.#length > this.#maxMessageBytes) return 'too-long'
    if (this.#queue.size < this.#length) return null
    const message = this.#queue.take(this.#length)
    this.#length = null
    return message
  }

  #nextLength(): number | null {
    if (this.#queue.size < lengthBytes) return null
    return new DataView(this.#queue.take(lengthBytes).buffer).getUint32(0)
  }
}
