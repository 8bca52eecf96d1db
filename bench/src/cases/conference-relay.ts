/** A broadcast to many: our relay, which has each frame on the disk first, beside a server of plain `ws`, which has not. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { concat } from '@chartseal/core/bytes'
import { decodeBase64Url, encodeUtf8 } from '@chartseal/core/encoding'
import { systemClock, systemRandom } from '@chartseal/core/system'
import { encodeHeader } from '@chartseal/elgamal-session/frames'
import { decodeToCore, encodeToRelay } from '@chartseal/elgamal-session/relay'
import { WebSocket } from 'ws'
import type { Fact } from '../facts.js'
import {
  byCallers,
  Client,
  dataFolder,
  enrol,
  invitationsIn,
  name16,
  newSigner,
  pathTo,
  type Running,
  signed,
  startClinic,
  startProcess,
} from './server-process.js'

const readers = 1_000
const burst = 50
const frameBytes = 1_024
/** A message of the server with its head; a ping, and what answers it. */
const messageBytes = frameBytes + 4
const pingBytes = 2
const pong = Uint8Array.of(0x8a, 0x80, 0, 0, 0, 0)
const bursts = 12
const singles = 100
/** Of the first ones code is compiled. */
const warmUp = 2
const callers = 32
const atOnce = 250

/** Reads what comes, and counts it: what it costs is not the server's. */
class Reader {
  readonly #socket: Socket
  /** Of the message that is coming. */
  #left = 0
  messages = 0

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (part: Buffer) => this.#take(part))
  }

  /** All messages are of one length; the server pings in between. */
  #take(part: Buffer): void {
    for (let at = 0; at < part.length; ) {
      const isPing = this.#left === 0 && part[at] === 0x89
      if (this.#left === 0) this.#left = isPing ? pingBytes : messageBytes
      const taken = Math.min(this.#left, part.length - at)
      at += taken
      this.#left -= taken
      if (isPing) this.#socket.write(pong)
      else if (this.#left === 0) this.messages += 1
    }
  }

  static async open(port: number, path: string, first: () => Uint8Array): Promise<Reader> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    const key = 'dGhlIHNhbXBsZSBub25jZQ=='
    const wish = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13'
    const protocol = 'Sec-WebSocket-Protocol: chartseal.conference.v2'
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: x\r\n${wish}\r\nSec-WebSocket-Key: ${key}\r\n${protocol}\r\n\r\n`,
    )
    const [answer] = await once(socket, 'data')
    if (!String(answer).startsWith('HTTP/1.1 101')) throw new Error(`no WebSocket: ${answer}`)
    const reader = new Reader(socket)
    const said = first()
    if (said.length > 0) socket.write(masked(said))
    return reader
  }

  end(): void {
    this.#socket.destroy()
  }
}

/** RFC 6455 5.3 with a mask of zeros; below 64 KiB. */
function masked(payload: Uint8Array): Uint8Array {
  const head =
    payload.length < 126
      ? [0x82, 0x80 | payload.length]
      : [0x82, 0xfe, payload.length >> 8, payload.length & 255]
  return concat(Uint8Array.from(head), new Uint8Array(4), payload)
}

interface Contender {
  readonly server: Running
  readonly all: readonly Reader[]
  /** Sends the frame of this number to everybody. */
  publish(sequence: number): void
  end(): void
}

function frameOf(sequence: number): Uint8Array {
  const header = { opcode: 40, flags: 8, suite: '25519', epoch: 0, sequence: BigInt(sequence) } as const
  const head = encodeHeader(header)
  return concat(head, new Uint8Array(frameBytes - head.length).fill(sequence & 255))
}

async function ours(): Promise<Contender> {
  const data = dataFolder()
  const server = await startClinic(data, { flags: ['--hello-rate', '100000'] })
  const client = new Client(server.port)
  const signer = newSigner()
  await enrol(client, signer, invitationsIn(server.output)[0] ?? '')
  const id = name16()
  const body = encodeUtf8(JSON.stringify({ v: 1, until_ms: systemClock.nowMs() + 3_600_000 }))
  const path = `/v1/conferences/${id}`
  const type = { 'content-type': 'application/json' }
  const { ticket } = JSON.parse(await client.put(await signed(signer, { path, headers: type, body })))
  const host = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, 'chartseal.host.v2', {
    perMessageDeflate: false,
  })
  let members = 0
  host.binaryType = 'nodebuffer'
  host.on('message', (bytes: Buffer) => {
    const message = decodeToCore(bytes)
    if (message.kind !== 'opened') return
    members += 1
    host.send(encodeToRelay({ kind: 'admit', connection: message.connection, after: 0n }))
  })
  await once(host, 'open')
  host.send(decodeBase64Url(ticket))
  await once(host, 'message')
  const all: Reader[] = []
  // Fewer than those from which on a relay asks for cookies, which these do not have.
  while (all.length < readers) {
    all.push(...(await openAll(server, Math.min(atOnce, readers - all.length), path, () => helloOf(id))))
    while (members < all.length) await new Promise(resolve => setTimeout(resolve, 10))
  }
  client.end()
  return {
    server,
    all,
    publish: sequence => host.send(encodeToRelay({ kind: 'publish', frame: frameOf(sequence) })),
    end: () => host.terminate(),
  }
}

function helloOf(id: string): Uint8Array {
  const header = { opcode: 5, flags: 0, suite: '25519', epoch: 0, sequence: 0n } as const
  const sentAt = new Uint8Array(8)
  new DataView(sentAt.buffer).setBigUint64(0, BigInt(systemClock.nowMs()))
  return concat(encodeHeader(header), decodeBase64Url(id), sentAt, new Uint8Array(2), systemRandom.bytes(96))
}

async function plain(): Promise<Contender> {
  const server = await startProcess([pathTo('bench/dist/peers/plain-ws.js')], /own/)
  const all = await openAll(server, readers, '/', () => new Uint8Array())
  const publisher = new WebSocket(`ws://127.0.0.1:${server.port}/`, { perMessageDeflate: false })
  await once(publisher, 'open')
  return {
    server,
    all,
    publish: sequence => publisher.send(frameOf(sequence)),
    end: () => publisher.terminate(),
  }
}

async function openAll(
  server: Running,
  count: number,
  path: string,
  first: () => Uint8Array,
): Promise<readonly Reader[]> {
  const all: Reader[] = []
  const wishes = Array.from({ length: count }, () => path)
  await byCallers(wishes, callers, async one => all.push(await Reader.open(server.port, one, first)))
  return all
}

/** Until everybody has got so many frames more. */
async function delivered(all: readonly Reader[], before: readonly number[], count: number): Promise<void> {
  const isThere = (): boolean => all.every((one, i) => one.messages - (before[i] ?? 0) >= count)
  while (!isThere()) await new Promise(resolve => setImmediate(resolve))
  const isMore = all.some((one, i) => one.messages - (before[i] ?? 0) !== count)
  if (isMore) throw new Error('somebody got something else')
}

interface Measured {
  readonly wallMs: number
  /** Of the server, by its own CPU time. */
  readonly perCoreSecond: number
}

async function round({ server, all, publish }: Contender, first: number, count: number): Promise<Measured> {
  const before = all.map(({ messages }) => messages)
  const usedBefore = await server.usage()
  const start = performance.now()
  for (let i = 0; i < count; i++) publish(first + i)
  await delivered(all, before, count)
  const wallMs = performance.now() - start
  const used = (await server.usage()) - usedBefore
  return { wallMs, perCoreSecond: (readers * count) / Math.max(used, 1e-6) }
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN

/** Bursts and single frames, in turns with the other one, so that both meet the same machine. */
export async function relayFacts(): Promise<readonly Fact[]> {
  const both = { ours: await ours(), plain: await plain() }
  const measured = { ours: new Rounds(), plain: new Rounds() }
  try {
    let sequence = 1
    for (let i = 0; i < bursts + warmUp; i++) {
      for (const name of ['ours', 'plain'] as const)
        measured[name].bursts.push(await round(both[name], sequence, burst))
      sequence += burst
    }
    for (let i = 0; i < singles; i++) {
      for (const name of ['ours', 'plain'] as const)
        measured[name].singles.push(await round(both[name], sequence, 1))
      sequence += 1
    }
  } finally {
    for (const { server, all, end } of Object.values(both)) {
      end()
      for (const one of all) one.end()
      server.stop()
      await server.ended
    }
  }
  return factsOf(measured.ours, measured.plain)
}

class Rounds {
  readonly bursts: Measured[] = []
  readonly singles: Measured[] = []

  of(kind: 'bursts' | 'singles', figure: keyof Measured): number {
    return median(this[kind].slice(kind === 'bursts' ? warmUp : 0).map(one => one[figure]))
  }
}

function factsOf(ours: Rounds, plain: Rounds): readonly Fact[] {
  const rounded = (value: number): number => Math.round(value * 100) / 100
  const who = `${readers} members, 1 KiB`
  const fact = (id: string, title: string, value: number, unit: string): Fact => ({
    id,
    title,
    value: rounded(value),
    unit,
  })
  return [
    fact('relay-burst', `burst of ${burst}, ${who}: until all have it`, ours.of('bursts', 'wallMs'), 'ms'),
    fact('relay-burst-plain', `the same, plain ws, nothing on the disk`, plain.of('bursts', 'wallMs'), 'ms'),
    fact(
      'relay-burst-core',
      `burst of ${burst}, ${who}: deliveries a core-second`,
      ours.of('bursts', 'perCoreSecond'),
      '/s',
    ),
    fact('relay-burst-core-plain', 'the same, plain ws', plain.of('bursts', 'perCoreSecond'), '/s'),
    fact(
      'relay-single-core',
      `one at a time, ${who}: deliveries a core-second`,
      ours.of('singles', 'perCoreSecond'),
      '/s',
    ),
    fact('relay-single-core-plain', 'the same, plain ws', plain.of('singles', 'perCoreSecond'), '/s'),
  ]
}
