/** The end of a conference at its relay: everybody gets what was said before it, and nobody is waited for without end. */
import { systemRandom } from '@chartseal/core/system'
import {
  encodeToRelay,
  type FrameLog,
  Hub,
  linkPair,
  memoryFrameLog,
  OuterRelay,
  type ToRelay,
} from '@chartseal/elgamal-session/relay'
import { fixedClock } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import {
  broadcast,
  conference,
  hello,
  numberOf,
  type RelayWorld,
  relayWorld,
  source,
  startMs,
} from './relay-world.js'

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i + 1)
const narrow = { pendingBytes: 1_000, feedBytes: 400, stuckMs: 15_000, finishMs: 30_000 }
const last = Uint8Array.of(60)

async function withSlowReader(): Promise<{ world: RelayWorld; quick: number; slow: number }> {
  const world = relayWorld({ policy: narrow })
  world.relay.coreAttached()
  const [quick, slow] = [world.member(), world.member()]
  world.reader(slow).isStuck = true
  for (const sequence of upTo(40)) world.core({ kind: 'publish', frame: broadcast(sequence) })
  await world.settle()
  expect(world.numbers(slow).length).toBeLessThan(40)
  return { world, quick, slow }
}

describe('at the end, whoever reads slowly', () => {
  it('gets the rest of the log, and then the end; others have it at once', async () => {
    const { world, quick, slow } = await withSlowReader()
    world.core({ kind: 'end', frame: last })
    expect([world.reader(quick).got.at(-1), world.reader(quick).closed]).toEqual([last, 'ended'])
    expect([world.reader(slow).closed, world.ends]).toEqual([null, []])
    for (let i = 0; i < 200 && world.reader(slow).closed === null; i++) {
      world.read(slow, 200)
      await world.settle()
      world.relay.tick()
    }
    expect(world.numbers(slow)).toEqual(upTo(40))
    expect([world.reader(slow).got.at(-1), world.reader(slow).closed]).toEqual([last, 'ended'])
    await world.relay.finished
    expect(world.ends).toEqual([1])
  })

  it('is not given the end before everything was read', async () => {
    const { world, slow } = await withSlowReader()
    world.core({ kind: 'end', frame: last })
    for (let i = 0; i < 200 && world.reader(slow).closed === null; i++) {
      expect(world.reader(slow).closed).toBeNull()
      world.read(slow, 150)
      await world.settle()
    }
    expect([world.numbers(slow).length, world.reader(slow).pendingBytes]).toEqual([40, 1])
  })

  it('is told that they are behind when they read nothing for 15 s, and nobody waits any more', async () => {
    const { world, slow } = await withSlowReader()
    world.core({ kind: 'end', frame: last })
    world.clock.advance(15_000)
    world.relay.tick()
    expect([world.refusal(slow), world.reader(slow).closed, world.ends]).toEqual(['behind', 'behind', [1]])
    expect(world.reader(slow).got).not.toContainEqual(last)
  })

  it('has 30 s, however steadily they read', async () => {
    const { world, slow } = await withSlowReader()
    world.core({ kind: 'end', frame: last })
    for (let second = 0; second < 29; second++) {
      world.clock.advance(1_000)
      world.read(slow, 1)
      world.relay.tick()
    }
    expect(world.reader(slow).closed).toBeNull()
    world.clock.advance(1_000)
    world.relay.tick()
    await world.relay.finished
    expect([world.refusal(slow), world.ends]).toEqual(['behind', [1]])
  })

  it('keeps nobody waiting who has gone, nor a relay that stops', async () => {
    const gone = await withSlowReader()
    gone.world.core({ kind: 'end', frame: last })
    gone.world.relay.closed(gone.slow)
    expect(gone.world.ends).toEqual([1])
    const stopped = await withSlowReader()
    stopped.world.core({ kind: 'end', frame: last })
    stopped.world.relay.stop('restart')
    expect([stopped.world.refusal(stopped.slow), stopped.world.ends]).toEqual(['restart', [1]])
  })
})

describe('an end', () => {
  it('comes behind frames that are on their way to the log', async () => {
    const log = memoryFrameLog()
    const waiting: (() => void)[] = []
    const slow: FrameLog = {
      ...log,
      async append(frame) {
        await new Promise<void>(resolve => waiting.push(resolve))
        return log.append(frame)
      },
    }
    const world = relayWorld({ log: slow })
    world.relay.coreAttached()
    const member = world.member()
    world.core({ kind: 'publish', frame: broadcast(1) })
    world.core({ kind: 'publish', frame: broadcast(2) })
    world.core({ kind: 'end', frame: last })
    await world.settle()
    expect([world.reader(member).closed, world.ends]).toEqual([null, []])
    for (const resolve of waiting) resolve()
    await world.settle()
    expect([world.numbers(member), world.reader(member).got.at(-1)]).toEqual([[1, 2], last])
    await world.relay.finished
    expect(world.ends).toEqual([1])
  })

  it('is told to whoever comes while others are still reading', async () => {
    const { world } = await withSlowReader()
    world.core({ kind: 'end', frame: last })
    const late = world.connect()
    expect([world.reader(late).got, world.reader(late).closed]).toEqual([[last], 'ended'])
  })
})

describe('the end at several relays', () => {
  interface Slow {
    readonly numbers: number[]
    closed: string | null
    pendingBytes: number
    isStuck: boolean
  }

  function hubWith(recentBytes: number) {
    const clock = fixedClock(startMs)
    const policy = { ...narrow, recentBytes }
    const ends: number[] = []
    const hub = new Hub({
      log: memoryFrameLog(),
      toCore: () => 0,
      clock,
      random: systemRandom,
      policy,
      onEnd: () => ends.push(1),
      onFault: error => {
        throw error
      },
    })
    hub.coreAttached()
    const relayOf = (): { readonly relay: OuterRelay; readonly reader: Slow } => {
      const reader: Slow = { numbers: [], closed: null, pendingBytes: 0, isStuck: false }
      const relay = new OuterRelay({
        conference,
        clock,
        random: systemRandom,
        policy,
        soon: work => void setImmediate(work),
        onOver: () => undefined,
        onFault: () => undefined,
        sockets: {
          write(_, frames) {
            reader.numbers.push(...frames.map(frame => (frame.length === 1 ? 0 : numberOf(frame))))
            if (reader.isStuck) reader.pendingBytes += frames.reduce((sum, { length }) => sum + length, 0)
            return reader.pendingBytes
          },
          pendingBytes: () => reader.pendingBytes,
          close: (_, reason) => {
            reader.closed = reason
          },
        },
      })
      linkPair(hub.join, relay.join, work => work())
      relay.opened(1, source())
      relay.received(1, hello({ sentAtMs: startMs }))
      return { relay, reader }
    }
    return { hub, clock, ends, relayOf }
  }

  const settled = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) await new Promise(resolve => setImmediate(resolve))
  }

  it.each([1_000_000, 10])(
    'waits for who reads slowly at one of them, with %i bytes in memory',
    async recentBytes => {
      const { hub, ends, relayOf } = hubWith(recentBytes)
      const [quick, slow] = [relayOf(), relayOf()]
      slow.reader.isStuck = true
      const core = (message: ToRelay): void => hub.fromCore(encodeToRelay(message))
      for (const connection of [1, 2]) core({ kind: 'admit', connection, after: 0n })
      for (const sequence of upTo(40)) core({ kind: 'publish', frame: broadcast(sequence) })
      await settled()
      core({ kind: 'end', frame: last })
      await settled()
      expect([quick.reader.numbers.at(-1), quick.reader.closed, quick.relay.isOver]).toEqual([
        0,
        'ended',
        true,
      ])
      expect([slow.reader.closed, ends, hub.relays]).toEqual([null, [], 1])
      for (let i = 0; i < 200 && slow.reader.closed === null; i++) {
        slow.reader.pendingBytes = Math.max(0, slow.reader.pendingBytes - 300)
        slow.relay.drained(1, slow.reader.pendingBytes)
        await settled()
      }
      await hub.finished
      expect([slow.reader.numbers, slow.reader.closed, ends]).toEqual([[...upTo(40), 0], 'ended', [1]])
    },
  )

  it('does not wait for a relay that is gone, nor behind a stop', async () => {
    for (const way of ['lost', 'stopped']) {
      const { hub, ends, relayOf } = hubWith(1_000_000)
      const { relay, reader } = relayOf()
      reader.isStuck = true
      hub.fromCore(encodeToRelay({ kind: 'admit', connection: 1, after: 0n }))
      for (const sequence of upTo(40))
        hub.fromCore(encodeToRelay({ kind: 'publish', frame: broadcast(sequence) }))
      await settled()
      hub.fromCore(encodeToRelay({ kind: 'end', frame: last }))
      await settled()
      expect(ends).toEqual([])
      if (way === 'lost') relay.stop('restart')
      else hub.stop('restart')
      await hub.finished
      expect([way, ends, hub.relays]).toEqual([way, [1], 0])
    }
  })
})
