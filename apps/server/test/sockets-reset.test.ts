/** Clients that go without a word, and those that stay without reading. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { shutDown } from '../dist/listen.js'
import { codeIn, raw, type Served, served, statusOf } from './sockets-world.js'

const upgrade = (connection: string, path = '/v1/conferences/AAAAAAAAAAAAAAAAAAAAAA'): string =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: ${connection}\r\nUpgrade: websocket\r\n\r\n`

const first: readonly (readonly [what: string, bytes: string])[] = [
  ['an upgrade', upgrade('Upgrade')],
  ['a tunnel', 'CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n'],
  ['another protocol', '\x16\x03\x01\x02\x00\x01\x00'],
  ['a request', 'GET /v1/clinic HTTP/1.1\r\nHost: x\r\n\r\n'],
]

/** One that never ends its own half. */
async function halfOpen(port: number, bytes: string): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  socket.write(bytes)
  return socket
}

async function expectGone({ server }: Served): Promise<void> {
  const left = (): Promise<number> =>
    new Promise((resolve, reject) =>
      server.getConnections((error, n) => (error ? reject(error) : resolve(n))),
    )
  while ((await left()) > 0) await new Promise(resolve => setTimeout(resolve, 10))
}

describe('a client that resets its connection', () => {
  it.each(first)('after %s harms nobody', async (_what, bytes) => {
    const world = await served()
    for (let i = 0; i < 20; i++) {
      const socket = await halfOpen(world.port, bytes)
      if (i % 2 === 0) await new Promise(resolve => setImmediate(resolve))
      socket.resetAndDestroy()
    }
    await expectGone(world)
    expect((await world.ask('GET', '/livez')).status).toBe(200)
  })
})

describe('a client that keeps its half open', () => {
  it.each(first)('after %s does not keep the server from its end', async (_what, bytes) => {
    const world = await served()
    const socket = await halfOpen(world.port, bytes)
    await Promise.race([once(socket, 'data'), once(socket, 'close'), once(socket, 'end')])
    await shutDown(world.server, world.clinic, { announceMs: 0, finishMs: 100 })
    await expectGone(world)
  })
})

describe('a client that wants to upgrade', () => {
  it('is answered as if it had not asked where there is nothing to upgrade to', async () => {
    const { port } = await served()
    const answer = await raw(port, upgrade('close, Upgrade', '/v1/nothing'))
    expect([statusOf(answer), codeIn(answer)]).toEqual([404, 'request/not-found'])
  })
})
