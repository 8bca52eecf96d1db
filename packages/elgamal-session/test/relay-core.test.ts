import { decodeRefusal } from '@chartseal/elgamal-session/relay'
import { describe, expect, it } from 'vitest'
import { broadcast, hello, relayWorld, startMs } from './relay-world.js'

const upTo = (last: number, first = 1): readonly number[] =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i)

describe('a core', () => {
  it('that comes is told the newest frame, the members that are there and what they sent meanwhile', async () => {
    const world = relayWorld()
    world.relay.coreAttached()
    const [first, second] = [world.member(), world.member()]
    world.core({ kind: 'publish', frame: broadcast(1) })
    await world.settle()
    world.relay.coreGone()
    world.relay.received(first, Uint8Array.of(1))
    world.relay.received(first, Uint8Array.of(2))
    world.told.length = 0
    world.relay.coreAttached()
    world.relay.received(first, Uint8Array.of(3))
    expect(world.told.map(({ kind }) => kind)).toEqual([
      'attached',
      'opened',
      'opened',
      'frame',
      'frame',
      'frame',
    ])
    expect(world.told[0]).toMatchObject({ head: 1n, newest: broadcast(1) })
    expect(world.told.flatMap(one => (one.kind === 'frame' ? [one.frame[0]] : []))).toEqual([1, 2, 3])
    expect(world.told.flatMap(one => (one.kind === 'opened' ? [one.connection] : []))).toEqual([
      first,
      second,
    ])
  })

  it('that is gone leaves members what is published, and those whose hello it had a word', () => {
    const world = relayWorld()
    world.relay.coreAttached()
    const [member, asking] = [world.member(), world.connect()]
    world.relay.received(asking, hello())
    world.relay.coreGone()
    expect([world.reader(member).closed, world.refusal(asking)]).toEqual([null, 'no-host'])
  })

  it('that comes is given the hellos of those who wait for it', () => {
    const world = relayWorld()
    const early = world.connect()
    world.relay.received(early, hello())
    expect(world.refusal(early)).toBeNull()
    world.relay.coreAttached()
    expect(world.told.map(({ kind }) => kind)).toEqual(['attached', 'opened', 'frame'])
  })

  it('that does not come in good time leaves those who wait for it a word, and a longer time the more they are', () => {
    const world = relayWorld({ policy: { hellos: { perSecond: 1e6, burst: 1e6 }, cookieAt: 1e6 } })
    const hints = (count: number): readonly number[] => {
      const all = upTo(count).map(() => {
        const one = world.connect()
        world.relay.received(one, hello({ sentAtMs: world.clock.nowMs() }))
        return one
      })
      world.clock.advance(3_001)
      world.relay.tick()
      expect(new Set(all.map(one => world.refusal(one)))).toEqual(new Set(['no-host']))
      return all.map(one => decodeRefusal(world.reader(one).got.at(-1) ?? new Uint8Array()).retryMs)
    }
    expect(Math.max(...hints(1))).toBeLessThanOrEqual(2_010)
    const many = hints(2_000)
    expect(Math.max(...many)).toBeGreaterThan(3_000)
    expect(Math.max(...many)).toBeLessThanOrEqual(12_010)
  })

  it('that is away is sent no more than is held: who sends more is ended', () => {
    const world = relayWorld({ policy: { heldBytes: 100, heldBytesOfAll: 250 } })
    world.relay.coreAttached()
    const members = upTo(4).map(() => world.member())
    world.relay.coreGone()
    for (const one of members) world.relay.received(one, new Uint8Array(80).fill(1))
    expect(members.map(one => world.reader(one).closed)).toEqual([null, null, null, 'no-host'])
    world.relay.received(1, new Uint8Array(21))
    expect(world.reader(1).closed).toBe('no-host')
    world.relay.received(2, new Uint8Array(20))
    expect(world.reader(2).closed).toBeNull()
  })

  it('that reads slowly is given nothing more before it has', () => {
    let pending = 0
    const world = relayWorld({ policy: { corePendingBytes: 1_000 }, corePending: () => pending })
    world.relay.coreAttached()
    const member = world.member()
    pending = 1_001
    world.relay.received(member, Uint8Array.of(1))
    world.relay.received(member, Uint8Array.of(2))
    const frames = () =>
      world.told.flatMap(one => (one.kind === 'frame' && one.frame.length === 1 ? [one.frame[0]] : []))
    expect(frames()).toEqual([1])
    pending = 0
    world.relay.coreDrained()
    world.relay.received(member, Uint8Array.of(3))
    expect(frames()).toEqual([1, 2, 3])
  })

  it('that reads slowly is not sent what nobody could keep of a stranger, who is told so', () => {
    let pending = 0
    const policy = { corePendingBytes: 1_000, heldBytes: 100 }
    const world = relayWorld({ policy, corePending: () => pending })
    world.relay.coreAttached()
    const [asking, other] = [world.connect(), world.connect()]
    world.relay.received(asking, hello())
    pending = 1_001
    world.relay.received(other, hello())
    world.relay.received(asking, new Uint8Array(100))
    expect(world.refusal(asking)).toBeNull()
    world.relay.received(asking, new Uint8Array(1))
    expect([world.refusal(asking), world.reader(asking).closed]).toEqual(['no-host', 'no-host'])
  })

  it('whose messages are none ends its link', async () => {
    const world = relayWorld()
    world.relay.coreAttached()
    for (const bytes of [new Uint8Array(), Uint8Array.of(99, 0, 0, 0, 0), Uint8Array.of(4, 0, 0, 0, 0, 1)])
      expect(() => world.relay.fromCore(bytes)).toThrow(
        expect.objectContaining({ code: 'conference/bad-link' }),
      )
  })
})

it('closes connections of which nothing is known any more at most once', () => {
  const world = relayWorld()
  world.relay.coreAttached()
  const member = world.member()
  world.relay.closed(member)
  world.relay.closed(member)
  world.relay.received(member, Uint8Array.of(1))
  world.relay.drained(member, 0)
  expect(world.told.filter(({ kind }) => kind === 'closed')).toHaveLength(1)
  expect(world.clock.nowMs()).toBe(startMs)
})
