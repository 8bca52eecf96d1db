import { type FrameLog, memoryFrameLog } from '@chartseal/elgamal-session/relay'
import { describe, expect, it } from 'vitest'
import { broadcast, headFrame, hello, relayWorld } from './relay-world.js'

const upTo = (last: number, first = 1): readonly number[] =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i)

describe('a relay', () => {
  it('gives every member each frame once, in order, after it is in the log', async () => {
    const world = relayWorld()
    world.relay.coreAttached()
    const members = upTo(50).map(() => world.member())
    for (const sequence of upTo(20)) world.core({ kind: 'publish', frame: broadcast(sequence) })
    expect(world.told.some(({ kind }) => kind === 'logged')).toBe(false)
    await world.settle()
    for (const one of members) expect(world.numbers(one)).toEqual(upTo(20))
    expect(await world.log.read(0, 1e9)).toHaveLength(20)
    expect(world.told.filter(({ kind }) => kind === 'logged')).toHaveLength(20)
  })

  it('writes what belongs to one turn at once, from one array for all', async () => {
    const world = relayWorld()
    world.relay.coreAttached()
    const [one, other] = [world.member(), world.member()]
    await world.settle()
    for (const sequence of upTo(50)) world.core({ kind: 'publish', frame: broadcast(sequence) })
    await world.settle()
    for (const member of [one, other])
      expect([world.reader(member).writes, world.numbers(member).length]).toEqual([1, 50])
  })

  it('feeds a newcomer from the log behind where they were, and from then on with all others', async () => {
    const world = relayWorld({ policy: { recentBytes: 1_000, feedBytes: 300 } })
    world.relay.coreAttached()
    for (const sequence of upTo(60)) world.core({ kind: 'publish', frame: broadcast(sequence) })
    await world.settle()
    const late = world.member(17)
    world.core({ kind: 'publish', frame: broadcast(61) })
    await world.settle()
    world.core({ kind: 'publish', frame: broadcast(62) })
    await world.settle()
    expect(world.numbers(late)).toEqual(upTo(62, 18))
    expect(world.relay.counts()).toEqual({ connections: 1, members: 1, behind: 0, hasCore: true })
  })

  it('gives a head once, behind the frame of its number, to whoever has everything', async () => {
    const world = relayWorld()
    world.relay.coreAttached()
    const member = world.member()
    world.core({ kind: 'head', frame: headFrame(1) })
    await world.settle()
    expect(world.reader(member).got).toEqual([])
    world.core({ kind: 'publish', frame: broadcast(1) })
    await world.settle()
    const late = world.member(1)
    await world.settle()
    expect(world.reader(member).got).toEqual([broadcast(1), headFrame(1)])
    expect(world.reader(late).got).toEqual([headFrame(1)])
  })

  it('keeps the order of what is for one connection, and gives it before what admission gives', async () => {
    const world = relayWorld()
    world.relay.coreAttached()
    world.core({ kind: 'publish', frame: broadcast(1) })
    await world.settle()
    const connection = world.connect()
    world.relay.received(connection, hello())
    const [a, b] = [Uint8Array.of(1), Uint8Array.of(2)]
    world.core({ kind: 'send', connection, frame: a })
    world.core({ kind: 'send', connection, frame: b })
    world.core({ kind: 'admit', connection, after: 0n })
    await world.settle()
    expect(world.reader(connection).got).toEqual([a, b, broadcast(1)])
  })

  it('ends a connection behind the last word of the core, and does not tell the core of it', async () => {
    const world = relayWorld()
    world.relay.coreAttached()
    const connection = world.member()
    world.core({ kind: 'send', connection, frame: Uint8Array.of(1) })
    world.core({ kind: 'drop', connection, frame: Uint8Array.of(2) })
    expect([world.reader(connection).got, world.reader(connection).closed]).toEqual([
      [Uint8Array.of(1), Uint8Array.of(2)],
      'dropped',
    ])
    expect(world.told.some(({ kind }) => kind === 'closed')).toBe(false)
    world.core({ kind: 'send', connection, frame: Uint8Array.of(3) })
    await world.settle()
    expect(world.reader(connection).got).toHaveLength(2)
  })

  it('tells everybody the end, and its owner once', async () => {
    const world = relayWorld()
    world.relay.coreAttached()
    const members = upTo(5).map(() => world.member())
    world.core({ kind: 'end', frame: Uint8Array.of(60) })
    for (const one of members)
      expect([world.reader(one).got.at(-1), world.reader(one).closed]).toEqual([Uint8Array.of(60), 'ended'])
    world.core({ kind: 'end', frame: null })
    expect([world.ends, world.relay.counts().connections]).toEqual([[1], 0])
  })

  it('gives what is in the log by then before the end', async () => {
    const world = relayWorld()
    world.relay.coreAttached()
    const members = upTo(3).map(() => world.member())
    await world.settle()
    for (const sequence of upTo(4)) world.core({ kind: 'publish', frame: broadcast(sequence) })
    // Durable, and not given to anybody yet.
    await Promise.resolve().then(() => undefined)
    expect(world.told.filter(({ kind }) => kind === 'logged')).toHaveLength(4)
    world.core({ kind: 'end', frame: Uint8Array.of(60) })
    for (const one of members)
      expect(world.reader(one).got).toEqual([...upTo(4).map(one => broadcast(one)), Uint8Array.of(60)])
  })

  it('tells everybody to come again when it stops, at various times', async () => {
    const world = relayWorld()
    world.relay.coreAttached()
    const all = [...upTo(20).map(() => world.member()), world.connect()]
    world.relay.stop()
    for (const one of all)
      expect([world.refusal(one), world.reader(one).closed]).toEqual(['restart', 'restart'])
    const late = world.connect()
    expect([world.refusal(late), world.reader(late).closed]).toEqual(['restart', 'restart'])
  })
})

describe('slow readers', () => {
  const full = { pendingBytes: 10_000, feedBytes: 2_000, recentBytes: 5_000 }

  it('do not delay others, hold bounded memory, and get everything once they read', async () => {
    const world = relayWorld({ policy: full })
    world.relay.coreAttached()
    const stuck = upTo(10).map(() => world.member())
    const good = upTo(90).map(() => world.member())
    for (const one of stuck) world.reader(one).isStuck = true
    for (const sequence of upTo(80)) {
      world.core({ kind: 'publish', frame: broadcast(sequence, 1_000) })
      await world.settle()
      for (const one of good) expect(world.numbers(one).at(-1)).toBe(sequence)
    }
    for (const one of stuck) {
      expect(world.reader(one).mostPendingBytes).toBeLessThanOrEqual(full.pendingBytes + full.feedBytes)
      expect(world.told).toContainEqual({ kind: 'behind', connection: one, isBehind: true })
    }
    expect(world.relay.counts().behind).toBe(10)
    for (const one of stuck) world.reader(one).isStuck = false
    for (const one of stuck) world.read(one)
    await world.settle()
    for (const one of stuck) {
      expect(world.numbers(one)).toEqual(upTo(80))
      expect(world.told).toContainEqual({ kind: 'behind', connection: one, isBehind: false })
    }
    expect(world.relay.counts().behind).toBe(0)
  })

  it('are ended when they read nothing for 15 s, and not while they read', async () => {
    const world = relayWorld({ policy: full })
    world.relay.coreAttached()
    const [stuck, slow] = [world.member(), world.member()]
    for (const one of [stuck, slow]) world.reader(one).isStuck = true
    for (const sequence of upTo(40)) world.core({ kind: 'publish', frame: broadcast(sequence, 1_000) })
    await world.settle()
    for (let second = 0; second < 14; second++) {
      world.clock.advance(1_000)
      world.read(slow, 100)
      world.relay.tick()
      await world.settle()
    }
    expect([world.reader(stuck).closed, world.reader(slow).closed]).toEqual([null, null])
    world.clock.advance(1_000)
    world.relay.tick()
    expect([world.reader(stuck).closed, world.reader(slow).closed]).toEqual(['behind', null])
    expect(world.refusal(stuck)).toBe('behind')
    expect(world.told).toContainEqual({ kind: 'closed', connection: stuck })
    world.reader(slow).isStuck = false
    world.read(slow)
    await world.settle()
    expect(world.numbers(slow)).toEqual(upTo(40))
  })

  it('get a frame that alone is above the limit', async () => {
    const world = relayWorld({ policy: full })
    world.relay.coreAttached()
    const member = world.member()
    world.core({ kind: 'publish', frame: broadcast(1, 50_000) })
    await world.settle()
    expect(world.numbers(member)).toEqual([1])
  })

  it('are not sent more and more by the core alone', async () => {
    const world = relayWorld({ policy: full })
    world.relay.coreAttached()
    const connection = world.member()
    world.reader(connection).isStuck = true
    for (let i = 0; i < 200 && world.reader(connection).closed === null; i++) {
      world.core({ kind: 'send', connection, frame: new Uint8Array(1_000) })
      await world.settle()
    }
    expect(world.reader(connection).closed).toBe('behind')
    expect(world.reader(connection).mostPendingBytes).toBeLessThanOrEqual(2 * full.pendingBytes + 1_100)
  })

  it.each(['live', 'fed'])(
    'get a long frame for them alone in their order, however slowly they read: %s',
    async how => {
      const world = relayWorld({ policy: full })
      world.relay.coreAttached()
      for (const sequence of upTo(10)) world.core({ kind: 'publish', frame: broadcast(sequence, 1_000) })
      await world.settle()
      const member = world.member(how === 'live' ? 10 : 0)
      world.reader(member).isStuck = true
      const frames = [300, 40_000, 300, 300].map((length, i) => new Uint8Array(length).fill(i))
      for (const [i, frame] of frames.entries()) {
        world.core({ kind: 'send', connection: member, frame })
        await world.settle()
        world.core({ kind: 'publish', frame: broadcast(11 + i, 1_000) })
        await world.settle()
      }
      for (let second = 0; second < 100; second++) {
        world.clock.advance(1_000)
        world.read(member, 1_000)
        world.relay.tick()
        await world.settle()
      }
      expect(world.reader(member).closed).toBeNull()
      expect(world.reader(member).got.filter(frame => frame[1] !== 40)).toEqual(frames)
      expect(world.numbers(member)).toEqual(upTo(14, how === 'live' ? 11 : 1))
    },
  )

  it('are ended when a frame for them alone waits and they read nothing for 15 s', async () => {
    const world = relayWorld({ policy: full })
    world.relay.coreAttached()
    const connection = world.member()
    world.reader(connection).isStuck = true
    for (const length of [300, 40_000]) {
      world.core({ kind: 'send', connection, frame: new Uint8Array(length) })
      await world.settle()
    }
    for (const [afterMs, closed] of [
      [14_000, null],
      [1_000, 'behind'],
    ] as const) {
      world.clock.advance(afterMs)
      world.relay.tick()
      expect(world.reader(connection).closed).toBe(closed)
    }
  })

  it('get each frame once, however often somebody looks after them while the log is read', async () => {
    const log = memoryFrameLog()
    const slow: FrameLog = {
      ...log,
      async read(after, maxBytes) {
        for (let i = 0; i < 3; i++) await new Promise(resolve => setImmediate(resolve))
        return log.read(after, maxBytes)
      },
    }
    const world = relayWorld({ policy: { recentBytes: 10, feedBytes: 250 }, log: slow })
    world.relay.coreAttached()
    for (const sequence of upTo(20)) world.core({ kind: 'publish', frame: broadcast(sequence) })
    await world.settle()
    const late = world.member(0)
    for (let i = 0; i < 100; i++) {
      world.relay.tick()
      world.read(late)
      world.turn()
      await new Promise(resolve => setImmediate(resolve))
    }
    expect(world.numbers(late)).toEqual(upTo(20))
  })

  it('are ended where the log cannot be read, and the fault is told', async () => {
    const log = memoryFrameLog()
    const broken: FrameLog = {
      newest: () => log.newest(),
      append: frame => log.append(frame),
      restart: () => log.restart(),
      read: () => Promise.reject(new Error('EIO')),
    }
    const world = relayWorld({ policy: { recentBytes: 10 }, log: broken })
    world.relay.coreAttached()
    for (const sequence of upTo(5)) world.core({ kind: 'publish', frame: broadcast(sequence) })
    await world.settle()
    const late = world.member(0)
    await world.settle()
    expect([world.reader(late).closed, world.faults.length]).toEqual(['log', 1])
  })
})

describe('an emergency message', () => {
  it('goes to live members before anybody is fed, in slices, and never out of order', async () => {
    const world = relayWorld({ policy: { slice: 10, recentBytes: 250, feedBytes: 100 } })
    world.relay.coreAttached()
    for (const sequence of upTo(30)) world.core({ kind: 'publish', frame: broadcast(sequence) })
    await world.settle()
    const live = upTo(100).map(() => world.member(30))
    await world.settle()
    const others = (): Promise<unknown> => new Promise(resolve => setImmediate(resolve))
    world.core({ kind: 'publish', frame: broadcast(31) })
    await others()
    world.turn()
    // In the midst of the ordinary one: some have it.
    expect(live.filter(one => world.numbers(one).length > 0)).toHaveLength(10)
    const late = world.member(0)
    world.core({ kind: 'publish', frame: broadcast(32, 100, true) })
    await others()
    while (!live.every(one => world.numbers(one).at(-1) === 32)) {
      expect(world.numbers(late)).toEqual([])
      expect(world.turn()).toBe(true)
      await others()
    }
    for (const one of live) expect(world.numbers(one)).toEqual([31, 32])
    await world.settle()
    expect(world.numbers(late)).toEqual(upTo(32))
  })

  it('leaves the event loop its turn between slices', async () => {
    const world = relayWorld({ policy: { slice: 10 } })
    world.relay.coreAttached()
    const live = upTo(100).map(() => world.member())
    await world.settle()
    world.core({ kind: 'publish', frame: broadcast(1, 100, true) })
    await new Promise(resolve => setImmediate(resolve))
    world.turn()
    expect(live.filter(one => world.numbers(one).length > 0)).toHaveLength(10)
    await world.settle()
    expect(live.filter(one => world.numbers(one).length > 0)).toHaveLength(100)
  })
})

describe('publishing', () => {
  it('answers a frame that is in the log already, and gives it to nobody twice', async () => {
    const world = relayWorld({ policy: { recentBytes: 250 } })
    world.relay.coreAttached()
    const member = world.member()
    for (const sequence of upTo(5)) world.core({ kind: 'publish', frame: broadcast(sequence) })
    // On its way, too.
    world.core({ kind: 'publish', frame: broadcast(5) })
    await world.settle()
    for (const sequence of [1, 5]) world.core({ kind: 'publish', frame: broadcast(sequence) })
    await world.settle()
    expect(world.numbers(member)).toEqual(upTo(5))
    const answered = world.told.flatMap(one => (one.kind === 'logged' ? [Number(one.sequence)] : []))
    expect(answered.toSorted()).toEqual([1, 1, 2, 3, 4, 5, 5])
    expect(world.told.some(({ kind }) => kind === 'unlogged')).toBe(false)
  })

  it('refuses another frame of a number, a number that does not follow, and what is no frame for all, by name', async () => {
    const world = relayWorld()
    world.relay.coreAttached()
    for (const sequence of [4, 5]) world.core({ kind: 'publish', frame: broadcast(sequence) })
    await world.settle()
    world.core({ kind: 'publish', frame: broadcast(5, 200) })
    world.core({ kind: 'publish', frame: broadcast(7) })
    world.core({ kind: 'publish', frame: broadcast(3) })
    world.core({ kind: 'publish', frame: headFrame(6) })
    world.core({ kind: 'publish', frame: Uint8Array.of(1) })
    await world.settle()
    const refused = world.told.flatMap(one =>
      one.kind === 'unlogged' ? [[Number(one.sequence), one.reason, Number(one.head)]] : [],
    )
    expect(refused.toSorted()).toEqual([
      [0, 'malformed', 5],
      [0, 'malformed', 5],
      [3, 'gap', 5],
      [5, 'fork', 5],
      [7, 'gap', 5],
    ])
    expect(await world.log.read(0, 1e9)).toEqual([broadcast(4), broadcast(5)])
  })

  it('goes on behind the newest durable frame when the log has failed', async () => {
    const inner = memoryFrameLog()
    let isFull = true
    const failing: FrameLog = {
      ...inner,
      append: frame => (isFull ? Promise.reject(new Error('ENOSPC')) : inner.append(frame)),
    }
    const world = relayWorld({ log: failing })
    world.relay.coreAttached()
    const member = world.member()
    for (const sequence of [1, 2]) world.core({ kind: 'publish', frame: broadcast(sequence) })
    await world.settle()
    expect(world.told.filter(({ kind }) => kind === 'unlogged')).toEqual(
      [1, 2].map(one => ({ kind: 'unlogged', sequence: BigInt(one), head: 0n, reason: 'log' })),
    )
    isFull = false
    for (const sequence of [1, 2]) world.core({ kind: 'publish', frame: broadcast(sequence) })
    await world.settle()
    expect([world.numbers(member), world.faults.length]).toEqual([[1, 2], 2])
  })
})
