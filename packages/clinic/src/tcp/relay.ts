/** The relay of a conference in the process of its host: patients come over TCP, the core by calls. */
import { createServer, isIPv6, type Server, type Socket } from 'node:net'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { hmacSha256 } from '@chartseal/core/hkdf'
import type { Clock, Random } from '@chartseal/core/ports'
import {
  type FrameLog,
  maxFrameBytes,
  Relay,
  type RelayCounts,
  type RelayPolicy,
  sourceBytes,
} from '@chartseal/elgamal-session/relay'
import type { Link, LinkReceiver, Transport } from '../conference/ports.js'
import { closeSoon, framed, readFrames } from './stream.js'

const tickMs = 1000
const backlog = 4096
const manyBytes = 1_048_576

export interface TcpRelayOptions {
  /** 16 bytes. */
  readonly conference: Uint8Array
  readonly log: FrameLog
  readonly address: string
  /** 0 takes any free port. */
  readonly port: number
  readonly policy?: Partial<RelayPolicy>
  readonly clock: Clock
  readonly random: Random
  /** The log could not be written or read. */
  onFault(error: unknown): void
}

/** The relay of a conference inside the process of its host, listening at a TCP port. */
export class TcpRelay {
  /** The core's way to it. */
  readonly transport: Transport
  readonly #relay: Relay
  readonly #server: Server
  readonly #sockets = new Map<number, Socket>()
  readonly #members = new Set<number>()
  readonly #timer: NodeJS.Timeout
  readonly #sourceKey: Uint8Array
  /** Frames for all are joined once, however many they go to. */
  readonly #joined = new WeakMap<readonly Uint8Array[], Buffer>()
  #core: ToCore | null = null
  #connections = 0

  private constructor(options: TcpRelayOptions) {
    this.#sourceKey = options.random.bytes(32)
    this.#relay = new Relay({
      ...options,
      sockets: {
        write: (connection, frames) => this.#write(connection, frames),
        pendingBytes: connection => this.#sockets.get(connection)?.writableLength ?? 0,
        admitted: connection => this.#members.add(connection),
        close: connection => this.#close(connection),
      },
      toCore: message => this.#core?.push(message) ?? 0,
      soon: work => setImmediate(work),
      onEnd: () => undefined,
    })
    this.transport = { connect: async receiver => this.#attach(receiver) }
    this.#server = createServer({ noDelay: true }, socket => this.#accept(socket))
    this.#timer = setInterval(() => this.#relay.tick(), tickMs)
  }

  /** Listens; rejects where the port cannot be had. */
  static async open(options: TcpRelayOptions): Promise<TcpRelay> {
    const relay = new TcpRelay(options)
    try {
      await new Promise<void>((resolve, reject) => {
        // Stays: after this, an error is one connection that could not be taken, for want of files say.
        relay.#server.on('error', reject)
        relay.#server.listen({ port: options.port, host: options.address, backlog }, resolve)
      })
    } catch (error) {
      await relay.close()
      throw error
    }
    return relay
  }

  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  counts(): RelayCounts {
    return this.#relay.counts()
  }

  /** Behind an end whoever reads slowly is waited for, not for ever; who is still there is told to come again. Frees the port. */
  async close(): Promise<void> {
    await this.#relay.finished
    clearInterval(this.#timer)
    this.#relay.stop()
    if (this.#server.listening) await new Promise(resolve => this.#server.close(resolve))
  }

  #attach(receiver: LinkReceiver): Link {
    const core = new ToCore(receiver, () => this.#relay.coreDrained())
    this.#core = core
    this.#relay.coreAttached()
    return {
      send: bytes => {
        if (this.#core === core) this.#relay.fromCore(bytes)
      },
      close: () => {
        if (this.#core !== core) return
        this.#core = null
        core.stop()
        this.#relay.coreGone()
      },
    }
  }

  #accept(socket: Socket): void {
    this.#connections += 1
    const connection = this.#connections
    this.#sockets.set(connection, socket)
    readFrames(
      socket,
      () => (this.#members.has(connection) ? maxFrameBytes.member : maxFrameBytes.before),
      frame => this.#relay.received(connection, frame),
      () => {
        this.#sockets.delete(connection)
        this.#members.delete(connection)
        this.#relay.closed(connection)
      },
    )
    socket.on('drain', () => this.#relay.drained(connection, socket.writableLength))
    this.#relay.opened(connection, this.#sourceOf(socket))
  }

  #sourceOf({ remoteAddress = '' }: Socket): Uint8Array {
    return hmacSha256(this.#sourceKey, encodeUtf8(networkOf(remoteAddress))).subarray(0, sourceBytes)
  }

  #write(connection: number, frames: readonly Uint8Array[]): number {
    const socket = this.#sockets.get(connection)
    if (socket === undefined || socket.destroyed) return 0
    const bytes = this.#joined.get(frames) ?? framed(frames)
    this.#joined.set(frames, bytes)
    socket.write(bytes)
    return socket.writableLength
  }

  #close(connection: number): void {
    const socket = this.#sockets.get(connection)
    if (socket !== undefined) closeSoon(socket)
  }
}

/** An IPv4 address is one network; of an IPv6 address the first 64 bits are. */
function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
  if (!isIPv6(plain)) return plain
  const { hostname } = new URL(`http://[${plain}]/`)
  const [head = '', tail = ''] = hostname.slice(1, -1).split('::')
  const [left, right] = [head, tail].map(part => (part === '' ? [] : part.split(':')))
  const groups = [
    ...(left ?? []),
    ...Array(8 - (left ?? []).length - (right ?? []).length).fill('0'),
    ...(right ?? []),
  ]
  return groups.slice(0, 4).join(':')
}

/** Messages on their way to the core: it is never called from within its own call. */
class ToCore {
  readonly #receiver: LinkReceiver
  readonly #drained: () => void
  #queue: Uint8Array[] = []
  #pendingBytes = 0
  #isStopped = false

  constructor(receiver: LinkReceiver, drained: () => void) {
    this.#receiver = receiver
    this.#drained = drained
  }

  /** How many bytes are on their way then. */
  push(message: Uint8Array): number {
    if (this.#queue.length === 0) setImmediate(() => this.#deliver())
    this.#queue.push(message)
    this.#pendingBytes += message.length
    return this.#pendingBytes
  }

  stop(): void {
    this.#isStopped = true
  }

  #deliver(): void {
    const [messages, pendingBytes] = [this.#queue, this.#pendingBytes]
    this.#queue = []
    this.#pendingBytes = 0
    for (const message of messages) if (!this.#isStopped) this.#receiver.received(message)
    // The relay walks over all connections then, which only those who were held back need.
    if (pendingBytes > manyBytes) this.#drained()
  }
}
