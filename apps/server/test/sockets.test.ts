import http from 'node:http'
import { connect } from 'node:net'
import { patience } from '@chartseal/testkit'
import { describe, expect, it, vi } from 'vitest'
import { shutDown } from '../dist/listen.js'
import { name16, octets, type TestDevice, testClinic, text } from './api-world.js'
import { codeIn, raw, served, statusOf } from './sockets-world.js'

interface Answered {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}

function request(
  port: number,
  agent: http.Agent,
  method: string,
  path: string,
  headers: object,
  body = '',
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port,
      agent,
      method,
      path,
      headers: { ...headers, 'content-length': body.length },
    }
    const sent = http.request(options, answer => {
      let got = ''
      answer.setEncoding('utf8')
      answer.on('data', part => {
        got += part
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: got }))
      answer.on('error', reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

const deposit = (device: TestDevice, id = name16()): string => `/v1/mailboxes/${device.mailbox}/${id}`

describe('a hostile connection', () => {
  it('that never ends its headers is answered and closed', async () => {
    const { port } = await served({ headersMs: 300 })
    const answer = await raw(port, 'GET /v1/clinic HTTP/1.1\r\nHost: x\r\nX-Slow: ')
    expect([statusOf(answer), codeIn(answer)]).toEqual([408, 'request/too-slow'])
  })

  it('that drips its body is answered and closed', async () => {
    const world = await served({}, 200)
    const device = await world.enrol()
    const head = `PUT ${deposit(device)} HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\nContent-Length: 100\r\n\r\nabc`
    const answer = await raw(world.port, head)
    expect([statusOf(answer), codeIn(answer)]).toEqual([408, 'request/too-slow'])
    expect(world.faults).toEqual([])
  })

  it('with headers that are too long is told so', async () => {
    const { port } = await served()
    const answer = await raw(port, `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`)
    expect([statusOf(answer), codeIn(answer)]).toEqual([431, 'request/headers-too-large'])
  })

  it('that speaks something else is told so', async () => {
    const { port } = await served()
    for (const bytes of [
      '\x16\x03\x01\x02\x00\x01\x00',
      'GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\nHost: x\r\n\r\n',
    ]) {
      const answer = await raw(port, bytes)
      expect([statusOf(answer), codeIn(answer)]).toEqual([400, 'request/invalid'])
    }
    // Node itself refuses a request without Host.
    expect(statusOf(await raw(port, 'GET / HTTP/1.1\r\n\r\n'))).toBe(400)
  })

  it('that announces too much is refused before it sends it', async () => {
    const world = await served()
    const device = await world.enrol()
    const head = (length: number): string =>
      `PUT ${deposit(device)} HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\nContent-Length: ${length}\r\n\r\n`
    const answer = await raw(world.port, head(1_048_577))
    expect([statusOf(answer), codeIn(answer)]).toEqual([413, 'request/too-large'])
    const chunked = `PUT ${deposit(device)} HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n`
    const piece = `10000\r\n${'x'.repeat(65_536)}\r\n`
    expect(statusOf(await raw(world.port, chunked, ...Array(20).fill(piece)))).toBe(413)
  })

  it('that asks with a body where there is none is refused', async () => {
    const world = await served()
    const answer = await raw(world.port, 'GET /v1/clinic HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc')
    expect([statusOf(answer), codeIn(answer)]).toEqual([413, 'request/too-large'])
  })

  it('that is cut in the middle of a body leaves nothing', async () => {
    const world = await served()
    const device = await world.enrol()
    const head = `PUT ${deposit(device)} HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\nContent-Length: 100\r\n\r\nabc`
    const socket = connect(world.port, '127.0.0.1')
    await new Promise<void>(resolve => socket.write(head, () => resolve()))
    socket.destroy()
    while (!world.notes.some(({ code }) => code === 'request/cut-off'))
      await new Promise(resolve => setTimeout(resolve, 10))
    const list = await world.as(device, 'GET', `/v1/mailboxes/${device.mailbox}`)
    expect([(await list.json()).messages, world.faults]).toEqual([[], []])
  })

  it('with another Host changes nothing: the origin is the clinic’s', async () => {
    const world = await served()
    const device = await world.enrol()
    const agent = new http.Agent()
    const headers = { ...(await device.headers('GET', '/v1/entries')), host: 'evil.example' }
    expect((await request(world.port, agent, 'GET', '/v1/entries', headers)).status).toBe(200)
  })
})

describe('a signed request over a socket', () => {
  it('is checked on the bytes that arrive', async () => {
    const world = await served()
    const device = await world.enrol()
    const agent = new http.Agent({ keepAlive: true })
    const path = deposit(device)
    const headers = { ...octets, ...(await device.headers('PUT', path, text('sealed'))) }
    expect((await request(world.port, agent, 'PUT', path, headers, 'sealed')).status).toBe(200)
    const other = { ...octets, ...(await device.headers('PUT', path, text('sealed'))) }
    const refused = await request(world.port, agent, 'PUT', path, other, 'opened')
    expect([refused.status, JSON.parse(refused.body).code]).toEqual([401, 'signature/digest'])
    agent.destroy()
  })
})

describe('an event stream over a socket', () => {
  it('is forgotten when its reader goes', async () => {
    const world = await served()
    const device = await world.enrol()
    const headers = { ...(await device.headers('GET', '/v1/events')) }
    const sent = http.get({ host: '127.0.0.1', port: world.port, path: '/v1/events', headers })
    const answer = await new Promise<http.IncomingMessage>(resolve => sent.on('response', resolve))
    await new Promise(resolve => answer.once('data', resolve))
    expect(world.clinic.events.streams).toBe(1)
    sent.destroy()
    while (world.clinic.events.streams > 0) await new Promise(resolve => setTimeout(resolve, 10))
  })
})

describe('an event stream', () => {
  const eventsHead = async (device: TestDevice): Promise<string> => {
    const headers = { host: 'x', ...(await device.headers('GET', '/v1/events')) }
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    return `GET /v1/events HTTP/1.1\r\n${lines.join('')}\r\n`
  }

  it.each([
    ['another request', 'GET /livez HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['something else', 'garbage\r\n\r\n'],
  ])('is cut off, and says nothing more, when %s comes behind it', async (_what, behind) => {
    const world = await served()
    const device = await world.enrol()
    const answer = await raw(world.port, await eventsHead(device), behind)
    expect(answer.match(/HTTP\/1\.1/g) ?? []).toHaveLength(answer === '' ? 0 : 1)
    expect(answer).not.toContain('ok\n')
    await vi.waitFor(() => expect(world.clinic.events.streams).toBe(0), patience)
    expect(world.faults).toEqual([])
  })

  it('has the headers of every answer, and those that end with its connection', async () => {
    const world = await served()
    const device = await world.enrol()
    const answering = raw(world.port, await eventsHead(device))
    await vi.waitFor(() => expect(world.clinic.events.streams).toBe(1), patience)
    world.clinic.events.endAll(1_500)
    const [head = '', body = ''] = (await answering).split('\r\n\r\n')
    for (const name of ['content-security-policy', 'x-content-type-options', 'date', 'x-accel-buffering'])
      expect(head).toMatch(new RegExp(`^${name}: .`, 'm'))
    expect(head).toContain('connection: close')
    expect(head).not.toMatch(/transfer-encoding|content-length/i)
    expect(body).toMatch(/^retry: 3000\nevent: ready\n.*event: bye\ndata: \{"retry_ms":1500\}\n\n$/s)
  })

  it('is forgotten with its connection', async () => {
    const world = await served()
    const device = await world.enrol()
    const socket = connect(world.port, '127.0.0.1').on('error', () => undefined)
    socket.write(await eventsHead(device))
    await vi.waitFor(() => expect(world.clinic.events.streams).toBe(1), patience)
    socket.destroy()
    await vi.waitFor(() => expect(world.clinic.events.streams).toBe(0), patience)
  })
})

describe('the end of the server', () => {
  it('answers every request of busy clients that try again, and tells streams when to come back', async () => {
    const world = await served()
    const devices = await Promise.all(Array.from({ length: 4 }, () => world.enrol()))
    const [first] = devices
    if (first === undefined) throw new Error('no device')
    const headers = { ...(await first.headers('GET', '/v1/events')) }
    const stream = await new Promise<http.IncomingMessage>(resolve =>
      http.get({ host: '127.0.0.1', port: world.port, path: '/v1/events', headers }, resolve),
    )
    let told = ''
    stream.setEncoding('utf8').on('data', part => {
      told += part
    })
    const ended = new Promise<void>(resolve => stream.on('end', () => resolve()))
    const agent = new http.Agent({ keepAlive: true })
    let isOver = false
    const acknowledged: string[] = []
    const busy = Array.from({ length: 16 }, async (_, i) => {
      const device = devices[i % 4] ?? first
      while (!isOver) {
        const path = deposit(device)
        const send = async (): Promise<Answered> =>
          request(
            world.port,
            agent,
            'PUT',
            path,
            { ...octets, ...(await device.headers('PUT', path, text('x'))) },
            'x',
          )
        const answer = await send().catch(() => null)
        // Refused connections are those of a server that is gone.
        if (answer === null) return
        if (answer.status !== 429) expect(answer.status).toBe(200)
        if (answer.status === 200) acknowledged.push(path)
      }
    })
    while (acknowledged.length < 50) await new Promise(resolve => setTimeout(resolve, 5))
    await shutDown(world.server, world.clinic, { announceMs: 100, finishMs: 5_000 })
    isOver = true
    await Promise.all([...busy, ended])
    agent.destroy()
    expect(told).toMatch(/event: bye\ndata: \{"retry_ms":\d+\}/)
    expect(world.faults).toEqual([])
    const again = await testClinic({ folder: world.folder })
    for (const path of acknowledged) {
      const [box = '', id = ''] = path.split('/').slice(-2)
      expect(await again.clinic.store.mailboxes.find(box, id)).not.toBeNull()
    }
  })
})
