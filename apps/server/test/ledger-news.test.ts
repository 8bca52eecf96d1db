/** What wakes the other nodes of a ledger, and how often they ask. */
import { patience } from '@chartseal/testkit'
import { describe, expect, it, vi } from 'vitest'
import { Pulls, paceOf } from '../dist/ledger/pulls.js'
import { problemCode, testClinic } from './api-world.js'
import { prescribe } from './ledger-world.js'

describe('news of the ledger', () => {
  it('come as soon as there is something, are another text then, and are the same while nothing is', async () => {
    const { ask, clinic, enrol } = await testClinic()
    const doctor = await enrol('doctor')
    await clinic.ledger.beat()
    const first = await (await ask('GET', '/v1/ledger/news')).json()
    expect(first).toMatchObject({ v: 1, waits: true })
    expect(await (await ask('GET', `/v1/ledger/news?after=${first.news}`)).json()).toEqual(first)
    const waiting = ask('GET', `/v1/ledger/news?after=${first.news}&wait=25`)
    const { ledger } = clinic
    await ledger.submit((await prescribe({ ledger: ledger.node.id, device: doctor, seq: 1n }, 1)).bytes)
    const second = await (await waiting).json()
    expect(second.news).not.toBe(first.news)
    expect(second.waits).toBe(true)
  })

  it('come at once, saying so, to whoever is one too many', async () => {
    const { ask, clinic } = await testClinic()
    const { news } = await (await ask('GET', '/v1/ledger/news')).json()
    const wait = `/v1/ledger/news?after=${news}&wait=25`
    const all = Array.from({ length: 201 }, () => ask('GET', wait))
    const first = await Promise.race(all)
    expect(await first.json()).toEqual({ v: 1, news, waits: false })
    clinic.events.endAll(1)
    await Promise.all(all)
  })

  it('are asked for in words of this interface alone', async () => {
    const { ask } = await testClinic()
    for (const query of ['after=%20', 'wait=26', `after=${'a'.repeat(65)}`])
      expect(await problemCode(await ask('GET', `/v1/ledger/news?${query}`))).toBe('request/invalid')
  })
})

describe('how often a peer is asked', () => {
  it('is a part of a slot where sealers vote, and a second otherwise', () => {
    const rule = { kind: 'poa', slotsPerTurn: 4, tolerates: 'crash' } as const
    expect(paceOf({ ...rule, slotSeconds: 1 })).toEqual({
      waitSeconds: 1,
      gapMs: 100,
      pullMs: 500,
      longestMs: 1_000,
    })
    expect(paceOf({ ...rule, slotSeconds: 60 })).toEqual({
      waitSeconds: 10,
      gapMs: 250,
      pullMs: 1_000,
      longestMs: 10_000,
    })
    expect(paceOf({ kind: 'pow', firstDifficulty: 1n, blockSeconds: 1, window: 1 }).pullMs).toBe(1_000)
  })

  it('does not follow from what the peer says: one that always has news is asked at its pace', async () => {
    let told = 0
    const synced = vi.fn(async () => undefined)
    const pulls = new Pulls({
      peers: ['https://there.example'],
      pace: { waitSeconds: 1, gapMs: 50, pullMs: 50, longestMs: 50 },
      fetch: async () => {
        told += 1
        return Response.json({ v: 1, news: `${told}`, waits: true })
      },
      sync: synced,
      onFault: () => undefined,
    })
    const beganMs = performance.now()
    pulls.start(new Uint8Array(32))
    await vi.waitFor(() => expect(synced.mock.calls.length).toBeGreaterThan(4), patience)
    await pulls.close()
    const passedMs = performance.now() - beganMs
    expect(told).toBeLessThanOrEqual(passedMs / 49 + 1)
    expect(pulls.there).toBe(1)
  })

  it('asks a node that cannot tell, too', async () => {
    const synced = vi.fn(async () => undefined)
    const pulls = new Pulls({
      peers: ['https://there.example'],
      pace: { waitSeconds: 1, gapMs: 1, pullMs: 1, longestMs: 1 },
      fetch: async () => new Response(null, { status: 404 }),
      sync: synced,
      onFault: () => undefined,
    })
    pulls.start(new Uint8Array(32))
    await vi.waitFor(() => expect(synced.mock.calls.length).toBeGreaterThan(2), patience)
    await pulls.close()
  })
})
