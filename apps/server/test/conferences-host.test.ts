import { patience } from '@chartseal/testkit'
import { describe, expect, it, vi } from 'vitest'
import { shutDown } from '../dist/listen.js'
import { name16 } from './api-world.js'
import { begun, ticketOf } from './conference-clinic.js'
import { connect, host, patient, subprotocols, upTo } from './conference-world.js'
import { served } from './sockets-world.js'

describe('a host', () => {
  it('needs a ticket, which is good once and for a minute', async () => {
    const world = await served()
    const device = await world.enrol('doctor')
    const id = name16()
    const ticket = await ticketOf(world, device, id)
    const first = await host(world.port, id, ticket)
    expect(first.told[0]).toMatchObject({ kind: 'attached', head: 0n })
    const again = await host(world.port, id, ticket)
    expect([again.client.closed?.code, again.told]).toEqual([4001, []])
    const late = await ticketOf(world, device, id)
    world.clock.advance(60_000)
    expect((await host(world.port, id, late)).client.closed?.code).toBe(4001)
    expect(first.client.closed).toBeNull()
  })

  it('with a newer ticket takes over, and is told who is there; the older one is told', async () => {
    const world = await begun()
    const client = await world.join()
    await vi.waitFor(() => expect(world.host.members).toBe(1), patience)
    world.host.publish(1)
    await vi.waitFor(() => expect(client.numbers()).toEqual([1]), patience)
    const next = await host(world.port, world.id, await ticketOf(world, world.device, world.id))
    await vi.waitFor(() => expect(world.host.client.closed?.code).toBe(4000), patience)
    expect(next.told[0]).toMatchObject({ kind: 'attached', head: 1n })
    await vi.waitFor(() => expect(next.members).toBe(1), patience)
    next.publish(2)
    await vi.waitFor(() => expect(client.numbers()).toEqual([1, 2]), patience)
  })

  it('that publishes what does not follow is refused by name, and nobody gets it', async () => {
    const world = await begun()
    const client = await world.join()
    for (const sequence of [1, 2, 4]) world.host.publish(sequence)
    await vi.waitFor(() => expect(world.host.logged).toEqual([1, 2]), patience)
    world.host.publish(2, 300)
    world.host.publish(2)
    await vi.waitFor(
      () => expect(world.host.told.filter(({ kind }) => kind === 'unlogged')).toHaveLength(2),
      patience,
    )
    const refused = world.host.told.flatMap(one =>
      one.kind === 'unlogged' ? [`${one.sequence} ${one.reason}`] : [],
    )
    expect(refused.toSorted()).toEqual(['2 fork', '4 gap'])
    await vi.waitFor(() => expect(world.host.logged.toSorted()).toEqual([1, 2, 2]), patience)
    world.host.publish(3)
    await vi.waitFor(() => expect(client.numbers()).toEqual([1, 2, 3]), patience)
  })

  it('that speaks no host link is ended', async () => {
    const world = await begun()
    world.host.client.socket.send(Uint8Array.of(99))
    await vi.waitFor(() => expect(world.host.client.closed?.code).toBe(1002), patience)
    expect(world.clinic.conferences.counts().hosts).toBe(0)
  })

  it('may go on where it had been before the ticket was known to be right', async () => {
    const world = await served()
    const device = await world.enrol('doctor')
    const id = name16()
    const ticket = await ticketOf(world, device, id)
    const client = await connect(world.port, id, subprotocols.host)
    const { FakeHost: Host, broadcast } = await import('./conference-world.js')
    const { encodeToRelay } = await import('@chartseal/elgamal-session/relay')
    const fake = new Host(client)
    client.socket.send(Buffer.from(ticket, 'base64url'))
    client.socket.send(encodeToRelay({ kind: 'publish', frame: broadcast(1) }))
    await vi.waitFor(() => expect(fake.logged).toEqual([1]), patience)
  })

  it('finds its frames again after a restart, publishes the same again, and goes on', async () => {
    const world = await begun()
    for (const sequence of upTo(5)) world.host.publish(sequence)
    await vi.waitFor(() => expect(world.host.logged).toEqual(upTo(5)), patience)
    await shutDown(world.server, world.clinic, { announceMs: 0, finishMs: 5_000 })
    await vi.waitFor(
      () =>
        expect(world.host.client.closed).toEqual({
          code: 1012,
          reason: expect.stringMatching(/"retry_ms":\d+/),
        }),
      patience,
    )
    const again = await served({}, 30_000, {}, { folder: world.folder } as object)
    const next = await host(again.port, world.id, await ticketOf(again, world.device, world.id))
    expect(next.told[0]).toMatchObject({ kind: 'attached', head: 5n })
    for (const sequence of [5, 6]) next.publish(sequence)
    await vi.waitFor(() => expect(next.logged.toSorted()).toEqual([5, 6]), patience)
    const client = await patient(again.port, world.id, again.clock.nowMs())
    await vi.waitFor(() => expect(client.numbers()).toEqual(upTo(6)), patience)
  })
})
