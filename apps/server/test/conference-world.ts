/** WebSocket clients that speak raw frames, and a core that admits everybody. */
import { once } from 'node:events'
import { concat } from '@chartseal/core/bytes'
import { decodeBase64Url } from '@chartseal/core/encoding'
import {
  decodeRefusal,
  decodeToCore,
  encodeToRelay,
  type Refusal,
  type ToCore,
  type ToRelay,
} from '@chartseal/elgamal-session/relay'
import { patience } from '@chartseal/testkit'
import { onTestFinished, vi } from 'vitest'
import { WebSocket } from 'ws'

export const subprotocols = { patient: 'chartseal.conference.v2', host: 'chartseal.host.v2' } as const

/** `version ‖ opcode ‖ flags ‖ suite ‖ epoch ‖ sequence` */
export function header(opcode: number, flags: number, sequence = 0): Uint8Array {
  const bytes = new Uint8Array(16)
  bytes.set([2, opcode, flags, 1])
  new DataView(bytes.buffer).setBigUint64(8, BigInt(sequence))
  return bytes
}

export function hello(id: string, nowMs: number): Uint8Array {
  const sentAt = new Uint8Array(8)
  new DataView(sentAt.buffer).setBigUint64(0, BigInt(nowMs))
  return concat(header(5, 0), decodeBase64Url(id), sentAt, new Uint8Array(2), new Uint8Array(96).fill(1))
}

export const broadcast = (sequence: number, sizeBytes = 200): Uint8Array =>
  concat(header(40, 8, sequence), new Uint8Array(sizeBytes - 16).fill(sequence % 251))

const numberOf = (frame: Uint8Array): number =>
  Number(new DataView(frame.buffer, frame.byteOffset).getBigUint64(8))

export interface Client {
  readonly socket: WebSocket
  readonly frames: Uint8Array[]
  /** Code and reason, once it is closed. */
  closed: { readonly code: number; readonly reason: string } | null
  /** Numbers of the frames for all. */
  numbers(): readonly number[]
  refusal(): Refusal | null
}

function clientOf(socket: WebSocket): Client {
  const frames: Uint8Array[] = []
  const client: Client = {
    socket,
    frames,
    closed: null,
    numbers: () => frames.filter(frame => frame[1] === 40).map(numberOf),
    refusal() {
      const last = frames.findLast(frame => frame[1] === 60)
      return last === undefined ? null : decodeRefusal(last)
    },
  }
  socket.binaryType = 'nodebuffer'
  socket.on('message', (data: Buffer) => frames.push(new Uint8Array(data)))
  socket.on('error', () => undefined)
  socket.on('close', (code, reason) => {
    client.closed = { code, reason: reason.toString() }
  })
  return client
}

export async function connect(port: number, id: string, protocol: string): Promise<Client> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/conferences/${id}`, protocol, {
    perMessageDeflate: false,
  })
  onTestFinished(() => socket.terminate())
  const client = clientOf(socket)
  await once(socket, 'open')
  return client
}

/** One who has said hello, whether or not they are let in. */
export async function patient(port: number, id: string, nowMs: number): Promise<Client> {
  const client = await connect(port, id, subprotocols.patient)
  client.socket.send(hello(id, nowMs))
  return client
}

export interface HostOptions {
  /** From where on those who come are fed. */
  after?: number
}

/** A core that admits everybody. */
export class FakeHost {
  readonly client: Client
  readonly told: ToCore[] = []
  readonly #after: number

  constructor(client: Client, { after = 0 }: HostOptions = {}) {
    this.client = client
    this.#after = after
    client.socket.on('message', (data: Buffer) => this.#take(decodeToCore(data)))
  }

  get members(): number {
    return (
      this.told.filter(({ kind }) => kind === 'opened').length -
      this.told.filter(({ kind }) => kind === 'closed').length
    )
  }

  get logged(): readonly number[] {
    return this.told.flatMap(one => (one.kind === 'logged' ? [Number(one.sequence)] : []))
  }

  say(message: ToRelay): void {
    this.client.socket.send(encodeToRelay(message))
  }

  publish(sequence: number, sizeBytes?: number): void {
    this.say({ kind: 'publish', frame: broadcast(sequence, sizeBytes) })
  }

  #take(message: ToCore): void {
    this.told.push(message)
    if (message.kind === 'opened')
      this.say({ kind: 'admit', connection: message.connection, after: BigInt(this.#after) })
  }
}

export async function host(
  port: number,
  id: string,
  ticket: string,
  options?: HostOptions,
): Promise<FakeHost> {
  const client = await connect(port, id, subprotocols.host)
  const host = new FakeHost(client, options)
  client.socket.send(decodeBase64Url(ticket))
  await vi.waitFor(() => {
    if (host.told.length === 0 && client.closed === null) throw new Error('not attached yet')
  }, patience)
  return host
}

export const upTo = (last: number, first = 1): readonly number[] =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i)
