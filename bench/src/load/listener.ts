/** Reads what a server of any kind sends to many, and counts it: what that costs is not the server's. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { answerBytes, masked, upgradeOf, WebSocketReader } from './web-socket-reader.js'

export interface Listener {
  /** How many broadcasts have come. */
  readonly count: number
  /** When the newest one was there. */
  readonly newestMs: number
  end(): void
}

/** Protocols of messages of one length, between which a server may ask whether we are there. */
export interface FixedFormat {
  /** Sent first. */
  readonly greeting: string
  /** The end of what the server says before it sends messages. */
  readonly ready: RegExp
  readonly messageBytes: number
  readonly ping: string
  readonly pong: string
}

/** Addresses in turn: one has 28,000 ports for one server. */
let opened = 0
export const nextAddress = (): string => `127.0.${200 + (Math.floor(opened++ / 2_000) % 50)}.1`

/** @throws Error when it is closed before */
async function untilSaid(socket: Socket, isAll: (said: Buffer) => boolean): Promise<Buffer> {
  let said = Buffer.alloc(0)
  const closed = once(socket, 'close').then(() => {
    throw new Error(`a server hung up: ${said.toString('latin1').slice(0, 200)}`)
  })
  closed.catch(() => undefined)
  while (!isAll(said)) {
    const [part] = await Promise.race([once(socket, 'data'), closed])
    said = Buffer.concat([said, part])
  }
  return said
}

export class FixedListener implements Listener {
  readonly #socket: Socket
  readonly #format: FixedFormat
  #left = 0
  count = 0
  newestMs = 0

  private constructor(socket: Socket, format: FixedFormat) {
    this.#socket = socket
    this.#format = format
    socket.on('data', (part: Buffer) => this.#take(part))
  }

  static async open(port: number, format: FixedFormat): Promise<FixedListener> {
    const socket = connect({ port, host: '127.0.0.1', localAddress: nextAddress(), noDelay: true })
    if (format.greeting !== '') {
      socket.write(format.greeting)
      await untilSaid(socket, said => format.ready.test(said.toString('latin1')))
    } else await once(socket, 'connect')
    return new FixedListener(socket, format)
  }

  #take(part: Buffer): void {
    const { messageBytes, ping, pong } = this.#format
    for (let at = 0; at < part.length; ) {
      const isPing = this.#left === 0 && ping !== '' && part[at] === ping.charCodeAt(0)
      if (this.#left === 0) this.#left = isPing ? ping.length : messageBytes
      const taken = Math.min(this.#left, part.length - at)
      at += taken
      this.#left -= taken
      if (isPing) this.#socket.write(pong)
      else if (this.#left === 0) this.#counted()
    }
  }

  #counted(): void {
    this.count += 1
    this.newestMs = performance.now()
  }

  end(): void {
    this.#socket.destroy()
  }
}

export interface WebSocketFormat {
  readonly path: string
  /** What is answered to a text. */
  answer(text: string): string | null
  /** Whether a binary message is a broadcast. */
  isBroadcast(beginning: Uint8Array): boolean
}

export class WebSocketListener implements Listener {
  readonly #socket: Socket
  count = 0
  newestMs = 0

  private constructor(socket: Socket) {
    this.#socket = socket
  }

  static async open(
    port: number,
    { path, answer, isBroadcast }: WebSocketFormat,
  ): Promise<WebSocketListener> {
    const socket = connect({ port, host: '127.0.0.1', localAddress: nextAddress(), noDelay: true })
    const listener = new WebSocketListener(socket)
    const reader = new WebSocketReader((opcode, beginning) => {
      if (opcode === 9) socket.write(masked(beginning, 10))
      else if (opcode === 1) listener.#say(answer(Buffer.from(beginning).toString()))
      else if (opcode === 2 && isBroadcast(beginning)) listener.#counted()
    })
    socket.write(upgradeOf(path, ''))
    const said = await untilSaid(socket, bytes => answerBytes(bytes) !== null)
    socket.on('data', (part: Buffer) => reader.take(part))
    reader.take(said.subarray(answerBytes(said) ?? 0))
    return listener
  }

  #say(text: string | null): void {
    if (text !== null) this.#socket.write(masked(Buffer.from(text), 1))
  }

  #counted(): void {
    this.count += 1
    this.newestMs = performance.now()
  }

  end(): void {
    this.#socket.destroy()
  }
}
