/** One WebSocket: messages that are made once for many, and an end that does not wait for the other side. */
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'

/** After so long nobody reads what was said last. */
const lingerMs = 2_000
/** Of those who were let in nowhere: so many wait for the other side's close at a time, in this process. */
const mostLingering = 2_048
const mostReasonBytes = 123

/** RFC 6455 7.4 and our own. */
export const closeCodes = {
  done: 1000,
  protocol: 1002,
  policy: 1008,
  tooLarge: 1009,
  restart: 1012,
  later: 1013,
  /** Another host has come in place of this one. */
  replaced: 4000,
  /** The ticket is none, or was used. */
  ticket: 4001,
} as const

/** The oldest first. */
const lingering = new Set<Peer>()

const made = new WeakMap<readonly Uint8Array[], Buffer>()

/** Binary messages of a server (RFC 6455 5.2), one after the other; the same array gives the same bytes. */
export function messagesOf(payloads: readonly Uint8Array[]): Buffer {
  const known = made.get(payloads)
  if (known !== undefined) return known
  const bytes = Buffer.concat(payloads.flatMap(payload => [headOf(payload.length), payload]))
  made.set(payloads, bytes)
  return bytes
}

const final = 0x82

function headOf(length: number): Buffer {
  if (length < 126) return Buffer.of(final, length)
  const head = Buffer.alloc(length < 65_536 ? 4 : 10)
  head[0] = final
  if (length < 65_536) {
    head[1] = 126
    head.writeUInt16BE(length, 2)
  } else {
    head[1] = 127
    head.writeBigUInt64BE(BigInt(length), 2)
  }
  return head
}

export class Peer {
  readonly #socket: Socket
  readonly #webSocket: WebSocket
  /** Pings that were not answered. */
  #unanswered = 0
  #isLetIn = false
  #isGathering = false

  constructor(webSocket: WebSocket, socket: Socket) {
    this.#webSocket = webSocket
    this.#socket = socket
    webSocket.on('pong', () => {
      this.#unanswered = 0
    })
    // What was wrong is said by the close that follows.
    webSocket.on('error', () => undefined)
  }

  get isOpen(): boolean {
    return this.#webSocket.readyState === this.#webSocket.OPEN
  }

  /** Bytes on their way. */
  get pendingBytes(): number {
    return this.#socket.writableLength
  }

  /** Bytes on their way then. */
  write(payloads: readonly Uint8Array[]): number {
    // One who is not let in may ask for many answers at once, and is closed in the same turn.
    if (!this.#isLetIn) this.gather()
    // Between two messages: `ws` writes its own whole, too.
    if (this.isOpen) this.#socket.write(messagesOf(payloads))
    return this.#socket.writableLength
  }

  /** Whatever is written until the end of this turn goes out together. */
  gather(): void {
    if (this.#isGathering) return
    this.#isGathering = true
    this.#socket.cork()
    process.nextTick(() => this.#release())
  }

  #release(): void {
    if (!this.#isGathering) return
    this.#isGathering = false
    this.#socket.uncork()
  }

  onMessage(take: (bytes: Uint8Array) => void): void {
    this.#webSocket.on('message', (data, isBinary) => {
      if (isBinary && data instanceof Uint8Array) take(data)
      else this.close(closeCodes.protocol, 'binary messages alone')
    })
  }

  onDrain(drained: () => void): void {
    this.#socket.on('drain', drained)
  }

  onClose(closed: () => void): void {
    this.#webSocket.once('close', closed)
  }

  pause(): void {
    this.#webSocket.pause()
  }

  resume(): void {
    this.#webSocket.resume()
  }

  /** Let in: messages may be longer. */
  allow(maxBytes: number): void {
    this.#isLetIn = true
    // `ws` has no other way; where it has no such field, the first limit stays.
    const { _receiver: receiver }: { _receiver?: unknown } = Object(this.#webSocket)
    if (typeof receiver === 'object' && receiver !== null) Object.assign(receiver, { _maxPayload: maxBytes })
  }

  /** Whoever has not answered two is gone. */
  ping(): void {
    if (this.#unanswered >= 2) this.#webSocket.terminate()
    else if (this.isOpen) this.#webSocket.ping()
    this.#unanswered += 1
  }

  close(code: number, reason: string): void {
    if (!this.isOpen) return
    this.#webSocket.close(code, reason.slice(0, mostReasonBytes))
    const timer = setTimeout(() => this.#webSocket.terminate(), lingerMs).unref()
    this.#webSocket.once('close', () => {
      clearTimeout(timer)
      lingering.delete(this)
    })
    if (!this.#isLetIn) this.#linger()
  }

  /** A flood that answers no close holds few descriptors: as a rule the kernel has what was said last. */
  #linger(): void {
    lingering.add(this)
    const [oldest] = lingering
    if (lingering.size <= mostLingering || oldest === undefined) return
    lingering.delete(oldest)
    oldest.#release()
    oldest.#webSocket.terminate()
  }
}
