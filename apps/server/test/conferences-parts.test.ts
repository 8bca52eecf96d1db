import { once } from 'node:events'
import { systemRandom } from '@chartseal/core/system'
import { patience, propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { messagesOf, Peer } from '../dist/conference/peer.js'
import { PingWheel } from '../dist/conference/wheel.js'
import { createMetrics } from '../dist/metrics.js'
import { name16 } from './api-world.js'
import { ticketOf } from './conference-clinic.js'
import { host, patient } from './conference-world.js'
import { served } from './sockets-world.js'

describe('binary messages', () => {
  it('are those of RFC 6455, whatever their length, and made once for all who get them', () => {
    const lengths = fc.array(fc.constantFrom(0, 1, 125, 126, 127, 65_535, 65_536, 70_000), { maxLength: 4 })
    const law = fc.property(lengths, all => {
      const payloads = all.map((length, i) => new Uint8Array(length).fill(i + 1))
      const bytes = messagesOf(payloads)
      expect(messagesOf(payloads)).toBe(bytes)
      expect(parsed(bytes)).toEqual(payloads)
    })
    fc.assert(law, propertyRuns(100, 30))
  })
})

/** RFC 6455 5.2, by its table. */
function parsed(bytes: Buffer): readonly Uint8Array[] {
  const payloads: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    expect(bytes[at]).toBe(0x82)
    const short = bytes[at + 1] ?? 0
    expect(short & 0x80).toBe(0)
    const start = at + (short < 126 ? 2 : short === 126 ? 4 : 10)
    const length =
      short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2))
    payloads.push(new Uint8Array(bytes.subarray(start, start + length)))
    at = start + length
  }
  return payloads
}

describe('pings', () => {
  it('come to each connection every 20 to 25 seconds, spread over them', () => {
    const wheel = new PingWheel(systemRandom)
    const turns: number[][] = Array.from({ length: 300 }, () => [])
    let now = 0
    const perTurn: number[] = []
    for (const own of turns) wheel.add({ ping: () => own.push(now) })
    for (now = 1; now <= 200; now++) {
      wheel.turn()
      perTurn.push(turns.filter(own => own.at(-1) === now).length)
    }
    for (const own of turns) {
      expect(own[0]).toBeLessThanOrEqual(25)
      const gaps = own.slice(1).map((at, i) => at - (own[i] ?? 0))
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(20)
      expect(Math.max(...gaps)).toBeLessThanOrEqual(25)
    }
    expect(Math.max(...perTurn)).toBeLessThan(60)
  })

  it('come no more to who has gone', () => {
    const wheel = new PingWheel(systemRandom)
    let count = 0
    const one = { ping: () => void count++ }
    wheel.add(one)
    wheel.remove(one)
    for (let i = 0; i < 60; i++) wheel.turn()
    expect([count, wheel.size]).toEqual([0, 0])
  })
})

describe('a connection', () => {
  it.each([
    ['ends when two pings were not answered', false],
    ['stays while they are', true],
  ])('%s', async (_what, autoPong) => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    await once(server, 'listening')
    onTestFinished(() => server.close())
    const [peers, serverSide]: [Peer[], WebSocket[]] = [[], []]
    server.on('connection', (webSocket, request) => {
      serverSide.push(webSocket)
      peers.push(new Peer(webSocket, request.socket))
    })
    const { port } = Object(server.address())
    const client = new WebSocket(`ws://127.0.0.1:${port}`, { autoPong })
    onTestFinished(() => client.terminate())
    await once(client, 'open')
    const [peer] = await vi.waitUntil(() => (peers.length > 0 ? peers : null), patience)
    for (let pings = 0; pings < 3; pings++) {
      const answered = once(serverSide[0] ?? server, 'pong')
      const pinged = once(client, 'ping')
      peer?.ping()
      if (pings < 2) await pinged
      if (autoPong) await answered
    }
    if (autoPong) expect(peer?.isOpen).toBe(true)
    else await vi.waitFor(() => expect(peer?.isOpen).toBe(false), patience)
  })
})

describe('a conference', () => {
  it('is at one server: the other sends patients away by name, and closes those that it has', async () => {
    const world = await served()
    const device = await world.enrol('doctor')
    const id = name16()
    const doctor = await host(world.port, id, await ticketOf(world, device, id))
    const early = await patient(world.port, id, world.clock.nowMs())
    await vi.waitFor(() => expect(doctor.members).toBe(1), patience)
    // Its host comes to another server on the same database.
    const { conferences } = world.clinic.store
    const hash = new Uint8Array(32).fill(1)
    await conferences.setTicket(id, hash, world.clock.nowMs() + 60_000)
    expect(await conferences.takeTicket(id, { hash, place: 'elsewhere', nowMs: world.clock.nowMs() })).toBe(
      true,
    )
    const late = await patient(world.port, id, world.clock.nowMs())
    await vi.waitFor(
      () => expect([late.refusal()?.reason, late.closed?.code]).toEqual(['elsewhere', 1013]),
      patience,
    )
    await vi.waitFor(
      () => expect([early.refusal()?.reason, doctor.client.closed?.code]).toEqual(['elsewhere', 1013]),
      patience,
    )
    // And comes back here.
    const again = await host(world.port, id, await ticketOf(world, device, id))
    expect(again.told[0]?.kind).toBe('attached')
  })

  it('is counted without a word of who or which', async () => {
    const world = await served()
    const metrics = await createMetrics(world.clinic)
    const device = await world.enrol('doctor')
    const id = name16()
    const doctor = await host(world.port, id, await ticketOf(world, device, id))
    await patient(world.port, id, world.clock.nowMs())
    const wrong = await patient(world.port, id, 0)
    await vi.waitFor(() => expect([doctor.members, wrong.refusal()?.reason]).toEqual([1, 'clock']), patience)
    doctor.publish(1)
    const scraped = async (): Promise<string> => {
      await new Promise<void>(resolve => metrics.server.listen(0, '127.0.0.1', resolve))
      const address = metrics.server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      try {
        return await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
      } finally {
        metrics.server.closeAllConnections()
        await new Promise(resolve => metrics.server.close(resolve))
      }
    }
    await vi.waitFor(
      async () => expect(await scraped()).toContain('chartseal_conference_frames_total 1'),
      patience,
    )
    const page = await scraped()
    for (const line of [
      'chartseal_conferences 1',
      'chartseal_conference_hosts 1',
      'chartseal_conference_connections 2',
      'chartseal_conference_members 1',
      'chartseal_conference_behind 0',
      'chartseal_conference_refused_total{reason="clock"} 1',
    ])
      expect(page).toContain(line)
    for (const name of [id, device.kid, '127.0.0.1']) expect(page).not.toContain(name)
  })

  it('has no host before one shows a ticket in time', async () => {
    const world = await served()
    const device = await world.enrol('doctor')
    const id = name16()
    await ticketOf(world, device, id)
    const early = await patient(world.port, id, world.clock.nowMs())
    // They wait in line for a host, and not for long.
    await vi.waitFor(() => {
      world.clock.advance(1_000)
      expect([early.refusal()?.reason, early.closed?.code]).toEqual(['no-host', 1013])
    }, patience)
    const doctor = await host(world.port, id, Buffer.alloc(32).toString('base64url'))
    expect(doctor.client.closed?.code).toBe(4001)
  })
})
