/** A way to the server that is as bad as ways are: it loses, swaps, changes, cuts and stalls what the server sends. */
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { headIn } from './web-socket-reader.js'

/**
 * `drop`: one message is lost. `swap`: it comes behind the next one. `flip`: a bit of it is another. `cut`: in its middle the
 * connection is reset. `stall`: from it on nothing passes in either direction, and nobody is told.
 */
export const faultKinds = ['drop', 'swap', 'flip', 'cut', 'stall'] as const
export type FaultKind = (typeof faultKinds)[number]

export interface Fault {
  readonly kind: FaultKind
  /** Of which message of the server, from 1 on. */
  readonly message: number
}

export interface FaultProxyOptions {
  /** Where the server is now. */
  to(): number
  /** Of each connection in the order in which they come, from 0 on; `null`: it is good. */
  faultOf(connection: number): Fault | null
  /** A connection has ended before its fault was due. */
  unmade?(fault: Fault): void
}

export class FaultProxy {
  readonly port: number
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #made = 0

  static async start(options: FaultProxyOptions): Promise<FaultProxy> {
    const server = createServer({ noDelay: true })
    server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 })
    await once(server, 'listening')
    return new FaultProxy(server, options)
  }

  private constructor(server: Server, { to, faultOf, unmade }: FaultProxyOptions) {
    const address = server.address()
    let connections = 0
    this.port = typeof address === 'object' && address !== null ? address.port : 0
    this.#server = server
    server.on('connection', client => {
      const upstream = connect({ port: to(), host: '127.0.0.1', noDelay: true })
      const fault = faultOf(connections++)
      const way = this.#join(client, upstream, fault)
      client.once('close', () => {
        if (fault !== null && !way.isDone) unmade?.(fault)
      })
    })
  }

  /** How many faults it has made. */
  get made(): number {
    return this.#made
  }

  end(): void {
    for (const one of this.#sockets) one.destroy()
    this.#server.close()
  }

  #join(client: Socket, upstream: Socket, fault: Fault | null): FaultyWay {
    const way = new FaultyWay(client, upstream, fault, () => {
      this.#made += 1
    })
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#sockets.add(one)
      // The end of one is the end of the other, unless nobody is to be told.
      one.on('error', () => undefined)
      one.on('close', () => {
        this.#sockets.delete(one)
        if (!way.isStalled) other.destroy()
      })
    }
    client.on('data', (part: Buffer) => {
      if (!way.isStalled) upstream.write(part)
    })
    upstream.on('data', (part: Buffer) => way.take(part))
    return way
  }
}

class FaultyWay {
  readonly #client: Socket
  readonly #upstream: Socket
  readonly #fault: Fault | null
  readonly #onFault: () => void
  #rest: Buffer = Buffer.alloc(0)
  #hasAnswer = false
  #messages = 0
  /** It comes behind the next one. */
  #held: Buffer | null = null
  isStalled = false
  /** Its fault was made. */
  isDone = false

  constructor(client: Socket, upstream: Socket, fault: Fault | null, onFault: () => void) {
    this.#client = client
    this.#upstream = upstream
    this.#fault = fault
    this.#onFault = onFault
  }

  take(part: Buffer): void {
    if (this.isStalled) return
    this.#rest = Buffer.concat([this.#rest, part])
    for (let next = this.#next(); next !== null && !this.isStalled; next = this.#next()) this.#pass(next)
  }

  /** The answer to the request, and then whole messages. */
  #next(): Buffer | null {
    const rest = this.#rest
    const end = this.#hasAnswer ? messageEnd(rest) : answerEnd(rest)
    if (end === null || end > rest.length) return null
    this.#rest = rest.subarray(end)
    return rest.subarray(0, end)
  }

  #pass(bytes: Buffer): void {
    if (!this.#hasAnswer) {
      this.#hasAnswer = true
      this.#client.write(bytes)
      return
    }
    this.#messages += 1
    if (this.#fault !== null && this.#messages === this.#fault.message) this.#make(this.#fault.kind, bytes)
    else this.#client.write(this.#held === null ? bytes : Buffer.concat([bytes, this.#held]))
    if (this.#fault === null || this.#messages > this.#fault.message) this.#held = null
  }

  #make(kind: FaultKind, bytes: Buffer): void {
    this.isDone = true
    this.#onFault()
    if (kind === 'swap') this.#held = Buffer.from(bytes)
    else if (kind === 'flip') this.#client.write(flipped(bytes))
    else if (kind === 'cut') this.#cut(bytes)
    else if (kind === 'stall') this.isStalled = true
  }

  #cut(bytes: Buffer): void {
    this.#client.write(bytes.subarray(0, bytes.length >> 1))
    this.#client.end()
    this.#upstream.destroy()
  }
}

const answerEnd = (bytes: Buffer): number | null => {
  const at = bytes.indexOf('\r\n\r\n')
  return at < 0 ? null : at + 4
}

function messageEnd(bytes: Buffer): number | null {
  const head = headIn(bytes, 0)
  return head === null ? null : head.sizeBytes + head.payloadBytes
}

/** The last bit: of a frame for all it belongs to the signature, of others to the tag. */
function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  copy[copy.length - 1] = (copy.at(-1) ?? 0) ^ 1
  return copy
}
