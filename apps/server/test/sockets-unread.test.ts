/** Clients that take connections and read nothing. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { patience } from '@chartseal/testkit'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { Events } from '../dist/clinic/events.js'
import { connectionLimit } from '../dist/http/connection-limit.js'
import { defaultLimits } from '../dist/listen.js'
import { eventStreams } from '../dist/operations/events.js'
import { name16, testClinic } from './api-world.js'
import { served } from './sockets-world.js'

function deaf(port: number, bytes: string): Socket {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => undefined).pause()
  socket.write(bytes)
  return socket
}

const headOf = (headers: object): string =>
  Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')

describe('a client that reads nothing', () => {
  it('loses the sockets of streams that were ended', async () => {
    const world = await served()
    const device = await world.enrol()
    for (let i = 0; i < 12; i++) {
      const signed = headOf({ ...(await device.headers('GET', '/v1/events')) })
      deaf(world.port, `GET /v1/events HTTP/1.1\r\nHost: x\r\n${signed}\r\n`)
    }
    const open = (): Promise<number> =>
      new Promise(resolve => world.server.getConnections((_error, n) => resolve(n)))
    while (world.notes.filter(({ route }) => route === '/v1/events').length < 12)
      await new Promise(resolve => setTimeout(resolve, 10))
    await vi.waitFor(
      async () => expect([await open(), world.clinic.events.streams]).toEqual([4, 4]),
      patience,
    )
  })

  it('of an answer loses its connection when nothing moves for a while', async () => {
    const world = await served({ stallMs: 300 })
    const device = await world.enrol()
    const path = `/v1/mailboxes/${device.mailbox}`
    for (let i = 0; i < 4; i++)
      await world.as(device, 'PUT', `${path}/${name16()}`, new Uint8Array(1_048_576))
    let asked = ''
    for (let i = 0; i < 6; i++) {
      const signed = headOf({ ...(await device.headers('GET', path)) })
      asked += `GET ${path} HTTP/1.1\r\nHost: x\r\n${signed}\r\n`
    }
    await once(deaf(world.port, asked), 'connect')
    const connections = (): Promise<number> =>
      new Promise(resolve => world.server.getConnections((_error, n) => resolve(n)))
    while ((await connections()) > 0) await new Promise(resolve => setTimeout(resolve, 20))
    await vi.waitFor(
      () => expect(world.notes.some(({ route }) => route === '/v1/mailboxes/{box}')).toBe(true),
      patience,
    )
    expect(defaultLimits.stallMs).toBe(60_000)
  })

  it('of a stream is cut when it has read nothing between two pings', async () => {
    const [operation] = eventStreams
    const { clinic } = await testClinic()
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const events = new Events()
    const device = { kid: 'kid', box: 'box' }
    const answer = await operation?.prepare({}, {}).run({ device } as never, { ...clinic, events })
    const sink = { unreadBytes: 0, write: vi.fn(), end: vi.fn(), cut: vi.fn() }
    if (answer === undefined || !Object.hasOwn(Object(answer.body), 'open')) throw new Error('no stream')
    ;(answer.body as { open(to: typeof sink): void }).open(sink)
    vi.advanceTimersByTime(75_000)
    expect([sink.write.mock.calls.length, sink.cut.mock.calls.length]).toEqual([4, 0])
    sink.unreadBytes = 3
    vi.advanceTimersByTime(25_000)
    expect([sink.cut.mock.calls.length, events.streams]).toEqual([0, 1])
    vi.advanceTimersByTime(25_000)
    expect([sink.cut.mock.calls.length, events.streams]).toEqual([1, 0])
  })
})

describe('connections at once', () => {
  it('leave room for the files of the server', async () => {
    expect([1_024, 20_000, null, 100].map(connectionLimit)).toEqual([768, 19_744, null, 32])
    const { server } = await served()
    expect(server.maxConnections).toBeGreaterThan(0)
  })
})
