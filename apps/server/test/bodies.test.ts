/** What bodies cost in memory, however they come. */
import { IncomingMessage } from 'node:http'
import { connect, Socket } from 'node:net'
import { codeOf } from '@chartseal/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Shares } from '../dist/clinic/shares.js'
import { BodyRoom, readIncoming } from '../dist/http/body.js'
import { name16, octets, problemCode, testClinic, text } from './api-world.js'
import { codeIn, raw, served, statusOf } from './sockets-world.js'

const limits = { maxBytes: 1_048_576, maxMs: 30_000 }

function incoming(headers: Record<string, string>): IncomingMessage {
  const message = new IncomingMessage(new Socket())
  Object.assign(message.headers, headers)
  return message
}

describe('a body that arrives', () => {
  it('holds about as much as has come, in parts of one byte too', async () => {
    const shares = new Shares(1e9, 1e9)
    const message = incoming({ 'content-length': '100000' })
    const body = readIncoming(message, limits, new BodyRoom(shares, 'n'))
    for (let i = 0; i < 100_000; i++) {
      // Of a part, Node keeps all that came with it.
      message.emit('data', Buffer.from(new Uint8Array(65_536).buffer, i % 65_536, 1))
      if (i === 20_000) expect(shares.total).toBeLessThan(65_536)
    }
    message.complete = true
    message.emit('end')
    const bytes = await body
    expect([bytes.length, bytes.buffer.byteLength, shares.total]).toEqual([100_000, 100_000, 100_000])
  })

  it('is whole and in order, whatever its parts', async () => {
    const shares = new Shares(1e9, 1e9)
    const all = Uint8Array.from({ length: 50_000 }, (_, i) => i % 251)
    for (const headers of [{ 'content-length': '50000' }, { 'transfer-encoding': 'chunked' }]) {
      const message = incoming(headers)
      const room = new BodyRoom(shares, 'n')
      const body = readIncoming(message, limits, room)
      for (let at = 0, size = 1; at < all.length; at += size, size = (size * 3) % 7_919)
        message.emit('data', Buffer.from(all.subarray(at, at + size)))
      message.complete = true
      message.emit('end')
      expect(Buffer.compare(await body, all)).toBe(0)
      room.leave()
      expect(shares.total).toBe(0)
    }
  })

  it('is refused when others hold all there is, or its network does', async () => {
    const [full, ofOne] = [new Shares(100, 100), new Shares(1_000, 100)]
    full.take('other', 100)
    for (const [shares, size] of [
      [full, 10],
      [ofOne, 101],
    ] as const) {
      const message = incoming({ 'content-length': `${size}` })
      const room = new BodyRoom(shares, 'n')
      const refused = codeOf(() => readIncoming(message, limits, room))
      message.emit('data', Buffer.alloc(size))
      expect(await refused).toBe('server/busy')
      room.leave()
    }
    expect([full.total, ofOne.total]).toEqual([100, 0])
  })
})

describe('a deposit', () => {
  it('into a mailbox that is not there is refused before its body comes', async () => {
    const world = await served()
    const head = `PUT /v1/mailboxes/${name16()}/${name16()} HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\nConnection: close\r\nContent-Length: 1048576\r\n\r\n`
    const answer = await raw(world.port, head)
    expect([statusOf(answer), codeIn(answer)]).toEqual([404, 'mailbox/missing'])
  })

  it('gives its room back, whatever became of it', async () => {
    const bodies = new Shares(1e6, 1e6)
    const world = await testClinic({ app: { bodies } })
    const device = await world.enrol()
    const path = `/v1/mailboxes/${device.mailbox}/${name16()}`
    for (const body of ['one', 'two', 'one']) await world.ask('PUT', path, { body, headers: octets })
    expect(bodies.total).toBe(0)
    bodies.take('others', 999_990)
    const refused = await world.as(device, 'PUT', path, text('more than ten'))
    expect([refused.status, refused.headers.get('retry-after'), await problemCode(refused)]).toEqual([
      503,
      '1',
      'server/busy',
    ])
    expect(bodies.total).toBe(999_990)
  })

  it('that is cut off gives its room back', async () => {
    const bodies = new Shares(1e6, 1e6)
    const world = await served({}, 30_000, { bodies })
    const device = await world.enrol()
    const socket = connect(world.port, '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    socket.write(
      `PUT /v1/mailboxes/${device.mailbox}/${name16()} HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\nContent-Length: 100\r\n\r\nabc`,
    )
    while (bodies.total === 0) await new Promise(resolve => setTimeout(resolve, 5))
    socket.destroy()
    while (bodies.total > 0) await new Promise(resolve => setTimeout(resolve, 5))
  })
})
