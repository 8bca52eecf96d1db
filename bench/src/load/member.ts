/** A member who decrypts nothing: a bare socket, and the numbers of the frames that come. */
import { connect, type Socket } from 'node:net'
import { decodeHeader, flags, opcodes } from '@chartseal/elgamal-session/frames'
import { decodeRefusal } from '@chartseal/elgamal-session/relay'
import { memberHello } from './member-hello.js'
import { Events, type Person, type PersonWorld } from './person.js'
import { Frames } from './said.js'
import { answerBytes, masked, upgradeOf, WebSocketReader } from './web-socket-reader.js'

/** They are on the machine of the server: by thousands, those who come more often take the time from it that it needs to start. */
const firstRetryMs = 500
const maxRetryMs = 8_000
const pong = 10

export class Member implements Person {
  readonly received: Frames = new Frames()
  readonly events: Events = new Events()
  readonly #conference: Uint8Array
  readonly #world: PersonWorld
  #socket: Socket | null = null
  #timer: NodeJS.Timeout | undefined
  #isMember = false
  #wants = false
  #failures = 0
  #hintMs = 0

  constructor(conference: Uint8Array, world: PersonWorld) {
    this.#conference = conference
    this.#world = world
  }

  get isMember(): boolean {
    return this.#isMember
  }

  get hasEnded(): boolean {
    return !this.#wants && this.#socket === null
  }

  join(): void {
    this.#wants = true
    this.#dial()
  }

  leave(): void {
    this.#wants = false
    this.#socket?.destroy()
  }

  pause(): void {
    this.#socket?.pause()
  }

  resume(): void {
    this.#socket?.resume()
  }

  cut(): void {
    this.#socket?.resetAndDestroy()
  }

  tick(): void {
    // Nothing is due without a frame.
  }

  #dial(): void {
    const { port, path } = this.#world.address()
    const socket = connect({ port, host: '127.0.0.1', localAddress: this.#world.from, noDelay: true })
    const reader = new WebSocketReader((...message) => this.#message(socket, ...message))
    let answer: Buffer | null = Buffer.alloc(0)
    this.#socket = socket
    socket.write(upgradeOf(path, 'chartseal.conference.v2'))
    socket.on('data', (part: Buffer) => {
      if (answer === null) return reader.take(part)
      answer = Buffer.concat([answer, part])
      const end = this.#answerEnd(socket, answer)
      if (end === null) return undefined
      const rest = answer.subarray(end)
      answer = null
      socket.write(masked(memberHello(this.#conference, this.received.sequence)))
      return reader.take(rest)
    })
    socket.on('error', () => undefined)
    socket.on('close', () => this.#lost())
  }

  #answerEnd(socket: Socket, answer: Uint8Array): number | null {
    try {
      return answerBytes(answer)
    } catch {
      this.events.count('no WebSocket')
      socket.destroy()
      return null
    }
  }

  #message(socket: Socket, opcode: number, bytes: Uint8Array, sizeBytes: number): void {
    if (opcode === 9) socket.write(masked(bytes, pong))
    else if (opcode === 8) socket.end()
    else if (opcode === 2) this.#frame(socket, bytes, sizeBytes)
  }

  #frame(socket: Socket, bytes: Uint8Array, sizeBytes: number): void {
    const { opcode, flags: given, sequence } = decodeHeader(bytes)
    if (opcode === opcodes.disconnect) this.#refused(socket, bytes, given)
    else if (opcode === opcodes.ticket) this.#entered(sequence)
    else if ((given & flags.signed) !== 0 && (given & flags.head) === 0)
      this.received.take(sequence, opcode === opcodes.message, sizeBytes)
  }

  #entered(after: bigint): void {
    this.events.count(this.received.sequence === null ? 'by mark' : 'by mark, again')
    this.received.begin(after)
    this.#isMember = true
    this.#failures = 0
  }

  #refused(socket: Socket, bytes: Uint8Array, given: number): void {
    if ((given & flags.clear) === 0) return
    const { reason, retryMs, cookie, puzzleBits } = decodeRefusal(bytes)
    this.events.count(`refused: ${reason}`)
    this.#hintMs = retryMs
    if (cookie !== undefined && puzzleBits === undefined)
      socket.write(masked(memberHello(this.#conference, this.received.sequence, cookie)))
    else socket.end()
  }

  /** By the server's hint, and at random, so that those of one moment do not come again in one moment. */
  #lost(): void {
    this.#socket = null
    this.#isMember = false
    if (!this.#wants) return
    const limitMs = Math.min(maxRetryMs, firstRetryMs * 2 ** this.#failures)
    this.#failures = Math.min(this.#failures + 1, 10)
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#dial(), this.#hintMs + Math.random() * limitMs)
    this.#hintMs = 0
  }
}
