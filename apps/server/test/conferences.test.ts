import { existsSync, readdirSync } from 'node:fs'
import http from 'node:http'
import { join } from 'node:path'
import { encodeUtf8 } from '@chartseal/core/encoding'
import { patience } from '@chartseal/testkit'
import { describe, expect, it, vi } from 'vitest'
import { dataPaths } from '../dist/data-folder.js'
import { shutDown } from '../dist/listen.js'
import { name16, problemCode, type TestClinic, type TestDevice, testClinic, text } from './api-world.js'
import { type Begun, begun, day, pathOf, put, ticketOf } from './conference-clinic.js'
import { connect, header, hello, subprotocols, upTo } from './conference-world.js'
import { raw, served, statusOf } from './sockets-world.js'

describe('a conference over HTTP', () => {
  it('is begun by a doctor’s device, once in the log, and gives a new ticket each time', async () => {
    const world = await testClinic()
    const device = await world.enrol('doctor')
    const id = name16()
    const first = await (await put(world, device, id)).json()
    const second = await (await put(world, device, id, 2 * day)).json()
    expect(first).toEqual({
      ticket: expect.stringMatching(/^.{43}$/),
      ticket_ms: 60_000,
      until_ms: world.clock.nowMs() + day,
    })
    expect(second.ticket).not.toBe(first.ticket)
    expect((await world.clinic.store.conferences.find(id))?.untilMs).toBe(world.clock.nowMs() + 2 * day)
    expect((await world.as(device, 'DELETE', pathOf(id))).status).toBe(204)
    expect((await world.as(device, 'DELETE', pathOf(id))).status).toBe(204)
    expect(await actsOf(world, device)).toEqual(['device-enrolled', 'conference-begun', 'conference-ended'])
    expect(await problemCode(await put(world, device, id))).toBe('relay/ended')
  })

  it('belongs to one device, and is no patient’s to begin', async () => {
    const world = await testClinic()
    const [rosa, luis, patientDevice] = [
      await world.enrol('doctor'),
      await world.enrol('doctor'),
      await world.enrol(),
    ]
    const id = name16()
    await ticketOf(world, rosa, id)
    expect(await problemCode(await put(world, luis, id))).toBe('relay/owner')
    expect(await problemCode(await world.as(luis, 'DELETE', pathOf(id)))).toBe('relay/owner')
    expect(await problemCode(await put(world, patientDevice, name16()))).toBe('signature/not-allowed')
    expect(await problemCode(await world.as(rosa, 'DELETE', pathOf(name16())))).toBe('relay/missing')
  })

  it('ends within a week, and a device has sixteen', async () => {
    const world = await testClinic()
    const device = await world.enrol('doctor')
    for (const forMs of [0, -1, 7 * day + 1])
      expect(await problemCode(await put(world, device, name16(), forMs))).toBe('request/invalid')
    for (let i = 0; i < 16; i++) expect((await put(world, device, name16())).status).toBe(200)
    expect(await problemCode(await put(world, device, name16()))).toBe('relay/full')
  })

  it('is asked for by WebSocket alone', async () => {
    const world = await testClinic()
    const answer = await world.ask('GET', pathOf(name16()))
    expect([answer.status, answer.headers.get('upgrade')]).toEqual([426, 'websocket'])
    expect(await problemCode(answer)).toBe('relay/upgrade')
  })
})

async function actsOf({ as }: TestClinic, device: TestDevice): Promise<readonly string[]> {
  const { decodeAccessEntry } = await import('@chartseal/audit/access')
  const { decodeBase64Url } = await import('@chartseal/core/encoding')
  const { entries } = await (await as(device, 'GET', '/v1/entries')).json()
  return entries.map(({ entry }: { entry: string }) => decodeAccessEntry(decodeBase64Url(entry)).act)
}

describe('a request to upgrade', () => {
  const ask = (path: string, more = ''): string =>
    `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${more}\r\n`
  const wanted = `Sec-WebSocket-Protocol: ${subprotocols.patient}\r\n`

  it.each([
    ['an unknown path', '/v1/nothing', 404, 'request/not-found'],
    ['the page', '/', 404, 'request/not-found'],
    ['an unknown conference', pathOf(name16()), 404, 'relay/missing'],
    ['an id that is none', pathOf('x'), 400, 'request/invalid'],
  ])('to %s is answered as a request', async (_what, path, status, code) => {
    const { port, faults } = await served()
    const answer = await raw(port, ask(path, `${wanted}Connection: close\r\n`))
    expect([statusOf(answer), JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)).code]).toEqual([
      status,
      code,
    ])
    expect(faults).toEqual([])
  })

  it('without a subprotocol of ours is told so', async () => {
    const world = await begun()
    const answer = await raw(world.port, ask(pathOf(world.id)))
    expect([statusOf(answer), answer]).toEqual([426, expect.stringContaining('relay/upgrade')])
  })

  it('comes too often from one network', async () => {
    const rates = {
      open: { perSecond: 1, burst: 2 },
      claimed: { perSecond: 99, burst: 99 },
      signed: { perSecond: 99, burst: 99 },
    }
    const world = await served({}, 30_000, { rates })
    const codes: number[] = []
    for (let i = 0; i < 3; i++) codes.push(statusOf(await raw(world.port, ask(pathOf(name16()), wanted))))
    expect(codes).toEqual([404, 404, 429])
    expect(
      world.notes.filter(({ route }) => route === '/v1/conferences/{id}').map(({ code }) => code),
    ).toEqual(['relay/missing', 'relay/missing', 'request/too-many'])
  })

  it('to another protocol has its body read, as any other', async () => {
    const world = await served()
    const device = await world.enrol()
    const path = `/v1/mailboxes/${device.mailbox}/${name16()}`
    const headers = { ...(await device.headers('PUT', path, text('sealed'))), 'content-length': '6' }
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    const head = `PUT ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n${lines.join('')}\r\n`
    const answering = raw(
      world.port,
      head,
      'sea',
      'led',
      'GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    )
    expect((await answering).match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200'])
  })

  it('is refused while the server stops', async () => {
    const world = await begun()
    world.clinic.stop()
    expect(statusOf(await raw(world.port, ask(pathOf(world.id), wanted)))).toBe(503)
  })
})

describe('a conference over WebSocket', () => {
  it('gives what the host publishes to all who are let in, once it is on the disk', async () => {
    const world = await begun()
    const clients = await Promise.all(upTo(20).map(() => world.join()))
    await vi.waitFor(() => expect(world.host.members).toBe(20), patience)
    for (const sequence of upTo(30)) world.host.publish(sequence)
    for (const client of clients) await vi.waitFor(() => expect(client.numbers()).toEqual(upTo(30)), patience)
    await vi.waitFor(() => expect(world.host.logged).toEqual(upTo(30)), patience)
    const { id } = world
    expect(
      existsSync(
        join(dataPaths(world.folder).conferences, `${Buffer.from(id, 'base64url').toString('hex')}.frames`),
      ),
    ).toBe(true)
    expect(world.clinic.conferences.counts()).toEqual({
      conferences: 1,
      hosts: 1,
      relays: 0,
      connections: 20,
      members: 20,
      behind: 0,
    })
    expect(world.faults).toEqual([])
  })

  it('passes frames on both ways, and says when somebody has gone', async () => {
    const world = await begun()
    const client = await world.join()
    await vi.waitFor(() => expect(world.host.members).toBe(1), patience)
    client.socket.send(Uint8Array.of(1, 2, 3))
    await vi.waitFor(
      () =>
        expect(world.host.told).toContainEqual({
          kind: 'frame',
          connection: 1,
          frame: Uint8Array.of(1, 2, 3),
        }),
      patience,
    )
    world.host.say({ kind: 'send', connection: 1, frame: Uint8Array.of(7, 40, 0) })
    await vi.waitFor(() => expect(client.frames).toContainEqual(Uint8Array.of(7, 40, 0)), patience)
    client.socket.close()
    await vi.waitFor(
      () => expect(world.host.told).toContainEqual({ kind: 'closed', connection: 1 }),
      patience,
    )
  })

  it('takes 64 KiB before membership, and 1 MiB from members', async () => {
    const world = await begun()
    const stranger = await connect(world.port, world.id, subprotocols.patient)
    stranger.socket.send(new Uint8Array(65_537))
    await vi.waitFor(() => expect(stranger.closed?.code).toBe(1009), patience)
    const member = await world.join()
    await vi.waitFor(() => expect(world.host.members).toBe(1), patience)
    member.socket.send(new Uint8Array(1_048_576))
    await vi.waitFor(
      () =>
        expect(world.host.told.some(one => one.kind === 'frame' && one.frame.length === 1_048_576)).toBe(
          true,
        ),
      patience,
    )
    member.socket.send(new Uint8Array(1_048_577))
    await vi.waitFor(() => expect(member.closed?.code).toBe(1009), patience)
  })

  it('takes binary messages alone', async () => {
    const world = await begun()
    const client = await world.join()
    client.socket.send('text')
    await vi.waitFor(() => expect(client.closed?.code).toBe(1002), patience)
  })

  it('refuses a hello for another conference, in clear', async () => {
    const world = await begun()
    const client = await connect(world.port, world.id, subprotocols.patient)
    client.socket.send(hello(name16(), world.clock.nowMs()))
    await vi.waitFor(
      () => expect(client.closed).toEqual({ code: 1002, reason: expect.stringContaining('malformed') }),
      patience,
    )
    expect(client.refusal()?.reason).toBe('malformed')
  })

  it('leaves those who are not read by anybody alone: they fall behind, others do not, and they catch up', async () => {
    const world = await begun()
    const [stuck, ...others] = await Promise.all(upTo(5).map(() => world.join()))
    if (stuck === undefined) throw new Error('nobody')
    await vi.waitFor(() => expect(world.host.members).toBe(5), patience)
    stuck.socket.pause()
    // More than the kernel takes for somebody who does not read.
    const count = 150
    for (const sequence of upTo(count)) world.host.publish(sequence, 100_000)
    for (const client of others)
      await vi.waitFor(() => expect(client.numbers()).toHaveLength(count), patience)
    await vi.waitFor(() => expect(world.clinic.conferences.counts().behind).toBe(1), patience)
    await vi.waitFor(
      () => expect(world.host.told.some(one => one.kind === 'behind' && one.isBehind)).toBe(true),
      patience,
    )
    stuck.socket.resume()
    await vi.waitFor(() => expect(stuck.numbers()).toEqual(upTo(count)), patience)
    await vi.waitFor(() => expect(world.clinic.conferences.counts().behind).toBe(0), patience)
  })

  it('is ended by its host for everybody, for good', async () => {
    const world = await begun()
    const client = await world.join()
    await vi.waitFor(() => expect(world.host.members).toBe(1), patience)
    world.host.say({ kind: 'end', frame: header(60, 8, 1) })
    await vi.waitFor(
      () => expect([client.closed?.code, world.host.client.closed?.code]).toEqual([1000, 1000]),
      patience,
    )
    expect(client.frames.at(-1)).toEqual(header(60, 8, 1))
    await vi.waitFor(
      async () => expect((await world.clinic.store.conferences.find(world.id))?.endedMs).not.toBeNull(),
      patience,
    )
    expect(await actsOf(world, world.device)).toContain('conference-ended')
    const late = await world.join()
    await vi.waitFor(
      () => expect([late.refusal()?.reason, late.closed?.code]).toEqual(['ended', 1000]),
      patience,
    )
  })

  it('is ended by a request as well', async () => {
    const world = await begun()
    const client = await world.join()
    await vi.waitFor(() => expect(world.host.members).toBe(1), patience)
    expect((await world.as(world.device, 'DELETE', pathOf(world.id))).status).toBe(204)
    await vi.waitFor(
      () => expect([client.refusal()?.reason, world.host.client.closed?.code]).toEqual(['ended', 1000]),
      patience,
    )
    expect(world.clinic.conferences.counts().conferences).toBe(0)
  })

  it('ends with the device of its doctor, and at its time', async () => {
    for (const end of [
      async ({ clinic, device, clock }: Begun) =>
        void (await clinic.store.devices.end(device.kid, clock.nowMs())),
      async ({ clock }: Begun) => clock.advance(day),
    ]) {
      const world = await begun()
      const client = await world.join()
      await vi.waitFor(() => expect(world.host.members).toBe(1), patience)
      await end(world)
      await vi.waitFor(() => expect(client.closed?.code).toBe(1000), patience)
      expect(client.refusal()?.reason).toBe('ended')
    }
  })

  it('keeps its frames while it is known, and no longer', async () => {
    const world = await begun()
    world.host.publish(1)
    await vi.waitFor(() => expect(world.host.logged).toEqual([1]), patience)
    const { conferences } = dataPaths(world.folder)
    const frames = () => readdirSync(conferences).filter(name => name.includes('.frames'))
    expect((await world.as(world.device, 'DELETE', pathOf(world.id))).status).toBe(204)
    // What is being written beside it goes with the closing.
    await vi.waitFor(() => expect(frames()).toHaveLength(1), patience)
    expect(await world.clinic.conferences.sweep()).toBe(0)
    expect(frames()).toHaveLength(1)
    world.clock.advance(day)
    await world.clinic.store.purge(world.clock.nowMs(), { keepAcknowledgedMs: 0, keepInvitationsMs: 0 })
    // Not while it is being closed.
    await vi.waitFor(async () => expect(await world.clinic.conferences.sweep()).toBe(1), patience)
    expect(frames()).toEqual([])
  })
})

describe('the end of the server', () => {
  it('tells everybody to come again, at various times, and waits for nobody who does not read', async () => {
    const world = await begun()
    const clients = await Promise.all(upTo(30).map(() => world.join()))
    await vi.waitFor(() => expect(world.host.members).toBe(30), patience)
    clients[0]?.socket.pause()
    await shutDown(world.server, world.clinic, { announceMs: 0, finishMs: 5_000 })
    await vi.waitFor(
      () => expect(clients.slice(1).every(({ closed }) => closed !== null)).toBe(true),
      patience,
    )
    const retries = clients.slice(1).map(client => {
      expect([client.closed?.code, client.refusal()?.reason]).toEqual([1012, 'restart'])
      return client.refusal()?.retryMs
    })
    expect(new Set(retries).size).toBeGreaterThan(10)
    expect(world.faults).toEqual([])
  })
})

it('uses ids of conferences in no note of a request', async () => {
  const world = await begun()
  await world.join()
  await vi.waitFor(() => expect(world.host.members).toBe(1), patience)
  expect(JSON.stringify(world.notes)).not.toContain(world.id)
  expect(world.notes.filter(({ status }) => status === 101)).toHaveLength(2)
  expect(encodeUtf8(world.id)).toHaveLength(22)
  expect(http.STATUS_CODES[426]).toBeDefined()
})
