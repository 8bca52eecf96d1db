/** Links of many conferences over one pipe between two processes of this machine. */
import type { Duplex } from 'node:stream'
import {
  maxLinkBytes,
  type RelayLink,
  type RelayLinkEvents,
  type TakeLink,
} from '@chartseal/elgamal-session/relay'

/** `length u32 ‖ type u8 ‖ link u32 ‖ body`; the length counts what is behind it. */
const types = { open: 1, message: 2, close: 3 } as const
const headBytes = 5
const conferenceBytes = 16

export interface LinkPipeOptions {
  /** The other process opens a link to a conference. @param conference 16 bytes */
  accept(conference: Uint8Array, link: RelayLink): RelayLinkEvents
  /** What came is none of our messages, or the pipe has failed. */
  onFault(error: unknown): void
  /** Once: nothing comes or goes any more, and every link is lost. */
  onOver?(): void
}

export class LinkPipe {
  readonly #pipe: Duplex
  readonly #options: LinkPipeOptions
  readonly #links = new Map<number, PipeEnd>()
  readonly #frames = new FrameReader()
  #next = 1
  #isOver = false

  constructor(pipe: Duplex, options: LinkPipeOptions) {
    this.#pipe = pipe
    this.#options = options
    pipe.on('data', (part: Buffer) => this.#take(part))
    pipe.on('error', error => this.#fail(error))
    pipe.once('close', () => this.#lose())
    pipe.once('end', () => this.#lose())
  }

  /** How many links there are. */
  get size(): number {
    return this.#links.size
  }

  /** Only one of the two processes opens links. @param conference 16 bytes */
  open(conference: Uint8Array, take: TakeLink): void {
    const number = this.#next
    this.#next += 1
    const link = this.#end(number)
    link.events = take(link)
    if (this.#isOver) link.lose()
    else this.#write(types.open, number, conference)
  }

  /** Sends what was given last, and closes the pipe. */
  end(): void {
    this.#pipe.end()
  }

  #end(number: number): PipeEnd {
    const link = new PipeEnd({
      send: (message, sent) => this.#write(types.message, number, message, sent),
      close: () => {
        if (this.#links.delete(number)) this.#write(types.close, number)
      },
    })
    this.#links.set(number, link)
    return link
  }

  #write(type: number, link: number, body: Uint8Array = new Uint8Array(), sent?: () => void): void {
    if (this.#isOver || !this.#pipe.writable) return
    const head = Buffer.alloc(4 + headBytes)
    head.writeUInt32BE(headBytes + body.length, 0)
    head.writeUInt8(type, 4)
    head.writeUInt32BE(link, 5)
    // Whatever is written in this turn goes out together.
    this.#pipe.cork()
    process.nextTick(() => this.#pipe.uncork())
    this.#pipe.write(head)
    this.#pipe.write(body, sent)
  }

  #take(part: Buffer): void {
    try {
      for (const bytes of this.#frames.take(part)) this.#obey(bytes)
    } catch (error) {
      this.#fail(error)
    }
  }

  #obey(bytes: Buffer): void {
    const [type] = bytes
    const number = bytes.readUInt32BE(1)
    const body = bytes.subarray(headBytes)
    const link = this.#links.get(number)
    if (type === types.open && body.length === conferenceBytes && link === undefined) {
      const made = this.#end(number)
      made.events = this.#options.accept(new Uint8Array(body), made)
    } else if (type === types.message) link?.events?.onMessage(body)
    else if (type === types.close) {
      this.#links.delete(number)
      link?.lose()
    } else throw new RangeError('what comes over a pipe must be a message of links')
  }

  #fail(error: unknown): void {
    if (this.#isOver) return
    this.#options.onFault(error)
    this.#lose()
    this.#pipe.destroy()
  }

  #lose(): void {
    if (this.#isOver) return
    this.#isOver = true
    const links = [...this.#links.values()]
    this.#links.clear()
    for (const link of links) link.lose()
    this.#options.onOver?.()
  }
}

interface PipeEndOptions {
  send(message: Uint8Array, sent: () => void): void
  close(): void
}

class PipeEnd implements RelayLink {
  readonly #options: PipeEndOptions
  #pendingBytes = 0
  #isOver = false
  events: RelayLinkEvents | null = null

  constructor(options: PipeEndOptions) {
    this.#options = options
  }

  send(message: Uint8Array): number {
    if (this.#isOver) return 0
    this.#pendingBytes += message.length
    this.#options.send(message, () => this.#sent(message.length))
    return this.#pendingBytes
  }

  close(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#options.close()
  }

  lose(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.events?.onLost()
  }

  #sent(bytes: number): void {
    this.#pendingBytes -= bytes
    if (this.#pendingBytes === 0 && !this.#isOver) this.events?.onDrained()
  }
}

/** Puts together what a stream has cut. */
class FrameReader {
  #parts: Buffer[] = []
  #bytes = 0
  /** So many bytes must be there before the next one is whole. */
  #needs = 4

  /** @throws RangeError */
  take(part: Buffer): readonly Buffer[] {
    this.#parts.push(part)
    this.#bytes += part.length
    return this.#bytes < this.#needs ? [] : this.#whole()
  }

  #whole(): readonly Buffer[] {
    const frames: Buffer[] = []
    let rest = this.#parts.length === 1 ? (this.#parts[0] ?? Buffer.alloc(0)) : Buffer.concat(this.#parts)
    for (;;) {
      this.#needs = rest.length < 4 ? 4 : 4 + lengthOf(rest)
      if (rest.length < this.#needs) break
      frames.push(rest.subarray(4, this.#needs))
      rest = rest.subarray(this.#needs)
    }
    this.#parts = rest.length > 0 ? [rest] : []
    this.#bytes = rest.length
    return frames
  }
}

/** @throws RangeError */
function lengthOf(bytes: Buffer): number {
  const length = bytes.readUInt32BE(0)
  if (length < headBytes || length > headBytes + maxLinkBytes)
    throw new RangeError('a message over a pipe must be of its length')
  return length
}
