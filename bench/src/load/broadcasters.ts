/** Those who can send one message to many, each with so many listeners: what is written in JavaScript. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { WebSocket } from 'ws'
import { byCallers, pathTo, startProcess } from '../cases/server-process.js'
import { FixedListener, type Listener, WebSocketListener } from './listener.js'

export const frameBytes = 1_024
const callers = 64

export interface Broadcaster {
  readonly name: string
  readonly listeners: readonly Listener[]
  /** To everybody: 1 KiB. */
  publish(): void
  /** CPU time of the server in seconds. */
  usage(): Promise<number>
  end(): Promise<void>
}

export async function listening(count: number, open: () => Promise<Listener>): Promise<readonly Listener[]> {
  const all: Listener[] = []
  const each = Array.from({ length: count }, (_, i) => i)
  await byCallers(each, callers, async () => all.push(await open()))
  return all
}

const payload = (): Uint8Array => new Uint8Array(frameBytes).fill(120)

export async function plainWs(count: number): Promise<Broadcaster> {
  const server = await startProcess([pathTo('bench/dist/peers/plain-ws.js')], /own/)
  const format = { path: '/', answer: () => null, isBroadcast: () => true }
  const listeners = await listening(count, () => WebSocketListener.open(server.port, format))
  const publisher = new WebSocket(`ws://127.0.0.1:${server.port}/`, { perMessageDeflate: false })
  await once(publisher, 'open')
  return {
    name: 'plain ws',
    listeners,
    publish: () => publisher.send(payload()),
    usage: () => server.usage(),
    async end() {
      publisher.terminate()
      for (const one of listeners) one.end()
      server.stop()
      await server.ended
    },
  }
}

/** Engine.IO 4 and Socket.IO 5 over a WebSocket: a name in a text, and the bytes behind it. */
export async function socketIo(count: number): Promise<Broadcaster> {
  const server = await startProcess([pathTo('bench/dist/peers/socket-io.js')], /own/)
  const path = '/socket.io/?EIO=4&transport=websocket'
  const answer = (text: string): string | null => (text.startsWith('0') ? '40' : text === '2' ? '3' : null)
  const format = { path, answer, isBroadcast: () => true }
  const listeners = await listening(count, () => WebSocketListener.open(server.port, format))
  const publisher = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, { perMessageDeflate: false })
  publisher.on('message', (data, isBinary) => {
    const said = isBinary ? null : answer(String(data))
    if (said !== null) publisher.send(said)
  })
  await once(publisher, 'open')
  return {
    name: 'Socket.IO',
    listeners,
    publish() {
      publisher.send('451-["say",{"_placeholder":true,"num":0}]')
      publisher.send(payload())
    },
    usage: () => server.usage(),
    async end() {
      publisher.terminate()
      for (const one of listeners) one.end()
      server.stop()
      await server.ended
    },
  }
}

/** 1 KiB of text are 1,040 bytes behind their vector; the group key's frame comes before. */
const seedKeyBytes = 5 + 16 + 80
const seedTextBytes = 5 + 16 + 1_040

export async function seedBroadcast(count: number): Promise<Broadcaster> {
  const server = await startProcess([pathTo('bench/dist/peers/seed-broadcast.js')], /own/)
  const format = {
    greeting: '',
    ready: /^/,
    messageBytes: seedKeyBytes + seedTextBytes,
    ping: '',
    pong: '',
  }
  const listeners = await listening(count, () => FixedListener.open(server.port, format))
  const publisher = connect({ port: server.port, host: '127.0.0.1', noDelay: true })
  await once(publisher, 'connect')
  return {
    name: "the seed's rule",
    listeners,
    publish: () => publisher.write(`${'x'.repeat(frameBytes)}\n`),
    usage: () => server.usage(),
    async end() {
      publisher.destroy()
      for (const one of listeners) one.end()
      server.stop()
      await server.ended
    },
  }
}
