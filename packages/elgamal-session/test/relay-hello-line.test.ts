import { defaultRelayPolicy, type RelayPolicy } from '@chartseal/elgamal-session/relay'
import { fixedClock } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { HelloLine } from '../dist/relay/hello-line.js'
import { encodeRefusal } from '../dist/relay/refusal.js'
import { HubWorld, type Outer } from './hub-world.js'
import { hello, relayWorld, source, startMs } from './relay-world.js'
import { quickRandom } from './support.js'

function lineOf(policy: Partial<RelayPolicy> = {}) {
  const clock = fixedClock(startMs)
  const given: string[] = []
  const away: { readonly one: string; readonly retryMs: number }[] = []
  const core = { isReady: true, onGiven: (_: string): void => undefined }
  const line: HelloLine<string> = new HelloLine<string>({
    policy: { ...defaultRelayPolicy, ...policy },
    clock,
    random: quickRandom(1),
    isReady: () => core.isReady,
    give(one) {
      given.push(one)
      core.onGiven(one)
    },
    turnAway: (one, retryMs) => void away.push({ one, retryMs }),
  })
  const come = (one: string, isResume = false, sizeBytes = 200): void =>
    line.take(one, new Uint8Array(sizeBytes), isResume)
  return { line, clock, given, away, core, come }
}

describe('a line of hellos', () => {
  it('gives the core so many at a time, and the next one for each answer, in the order in which they came', () => {
    const { line, given, come } = lineOf({ hellosAtCore: 2 })
    for (const one of ['a', 'b', 'c', 'd']) come(one)
    expect(given).toEqual(['a', 'b'])
    line.answered('a')
    line.answered('a')
    expect(given).toEqual(['a', 'b', 'c'])
    line.gone('b')
    expect(given).toEqual(['a', 'b', 'c', 'd'])
  })

  it('never gives a hello whose connection has closed, nor one while others of the same link go', () => {
    const { line, given, come } = lineOf({ hellosAtCore: 1 })
    for (const one of ['a', 'b', 'c', 'd', 'e']) come(one)
    line.gone('b')
    line.allGone(['a', 'c', 'd'])
    expect(given).toEqual(['a', 'e'])
  })

  it('gives those with a ticket first, and somebody without one each fourth time', () => {
    const { line, given, come } = lineOf({ hellosAtCore: 1 })
    come('first')
    for (let i = 0; i < 3; i++) come(`stranger ${i}`)
    for (let i = 0; i < 5; i++) come(`resumed ${i}`, true)
    for (let i = 0; i < 8; i++) line.answered(given.at(-1) ?? '')
    expect(given.slice(1).map(one => one[0])).toEqual([...'rrrsrrss'])
  })

  it('takes the newest hello of who says two while the first waits, and leaves it to the core behind that', () => {
    const { line, given, come } = lineOf({ hellosAtCore: 1 })
    for (const one of ['a', 'b', 'b', 'a']) come(one)
    expect(given).toEqual(['a', 'a'])
    line.answered('a')
    line.answered('b')
    expect(given).toEqual(['a', 'a', 'b'])
  })

  it('gives nothing while the core takes nothing, and goes on when it does', () => {
    const { line, core, given, come } = lineOf()
    core.isReady = false
    come('a')
    expect(given).toEqual([])
    core.isReady = true
    line.next()
    expect(given).toEqual(['a'])
  })

  it('turns away who has waited for too long, also by a clock that was put back', () => {
    for (const ms of [3_001, -3_001]) {
      const { line, clock, away, given, come } = lineOf({ hellosAtCore: 1 })
      for (const one of ['a', 'b', 'c']) come(one)
      clock.advance(2_999)
      line.tick()
      expect(away).toEqual([])
      clock.advance(ms - 2_999)
      line.answered('a')
      line.tick()
      expect([away.map(({ one }) => one), given]).toEqual([['b', 'c'], ['a']])
    }
  })

  it('has room for so many and for so many bytes, of which a quarter is for tickets', () => {
    const many = lineOf({ hellosAtCore: 1, hellosInLine: 8 })
    for (let i = 0; i < 10; i++) many.come(`stranger ${i}`)
    for (let i = 0; i < 5; i++) many.come(`resumed ${i}`, true)
    const turnedAway = many.away.map(({ one }) => one)
    expect(turnedAway).toEqual([
      'stranger 7',
      'stranger 8',
      'stranger 9',
      'resumed 2',
      'resumed 3',
      'resumed 4',
    ])
    const large = lineOf({ hellosAtCore: 1, helloLineBytes: 100_000 })
    for (let i = 0; i < 4; i++) large.come(`stranger ${i}`, false, 65_536)
    expect(large.away.map(({ one }) => one)).toEqual(['stranger 2', 'stranger 3'])
    large.line.gone('stranger 1')
    large.come('stranger 4', false, 65_536)
    expect(large.away).toHaveLength(2)
  })

  it('gives a slow core fewer at a time and a quick one more, and tells the others a time behind all before them', () => {
    const { line, clock, given, away, come } = lineOf()
    for (let i = 0; i < 500; i++) come(`a ${i}`)
    expect(given).toHaveLength(16)
    const answer = (count: number, costMs: number): void => {
      for (let i = 0; i < count; i++) {
        clock.advance(costMs)
        line.answered(given[answered++] ?? '')
      }
    }
    let answered = 0
    answer(16, 1)
    expect(given.length - answered).toBe(256)
    answer(484, 1)
    for (let i = 0; i < 300; i++) come(`b ${i}`)
    answer(300, 100)
    for (let i = 0; i < 200; i++) come(`c ${i}`)
    expect(given.length - answered).toBeLessThan(32)
    const waits = away.map(({ retryMs }) => retryMs)
    const [soon, late] = [waits.slice(0, 20), waits.slice(-20)]
    expect(Math.min(...late)).toBeGreaterThan(Math.max(...soon))
    expect(Math.max(...waits)).toBeLessThanOrEqual(defaultRelayPolicy.busyMs + 1)
    expect(new Set(waits).size).toBeGreaterThan(0.9 * waits.length)
  })

  it('never tells more than the longest time, at random, however many come', () => {
    const { line, clock } = lineOf({ busyMs: 10_000 })
    line.heard(60_000)
    const first = Array.from({ length: 1_000 }, () => line.later())
    expect([Math.min(...first) >= 2_000, Math.max(...first) <= 4_001]).toEqual([true, true])
    // It has been seen for a while by then that there is no room.
    clock.advance(3_000)
    line.heard(60_000)
    const waits = Array.from({ length: 1_000 }, () => line.later())
    expect([Math.min(...waits) >= 5_000, Math.max(...waits) <= 10_001]).toEqual([true, true])
    expect(new Set(waits).size).toBeGreaterThan(800)
  })

  it('tells a longer time the more are away, as refusing them takes the time that the core needs', () => {
    const { line } = lineOf()
    for (let i = 0; i < 10_000; i++) line.heard(60_000)
    const waits = Array.from({ length: 100 }, () => line.later())
    expect([Math.min(...waits) >= 7_500, Math.max(...waits) <= 15_200]).toEqual([true, true])
  })

  it('counts who was turned away for about as long as they wait', () => {
    const { line, clock } = lineOf()
    line.heard(1_000)
    for (let i = 0; i < 999; i++) line.heard(3_000)
    expect(Math.round(line.away)).toBe(1_000)
    clock.advance(2_998)
    expect(Math.round(line.away)).toBe(368)
    clock.advance(-9_000)
    expect(Math.round(line.away)).toBe(1_000)
  })

  it.each([
    { what: 'answers late', perSecond: 2_000, latencyMs: 300, coldMs: 0, withinMs: 15_000 },
    { what: 'has just come', perSecond: 2_000, latencyMs: 300, coldMs: 1_000, withinMs: 20_000 },
    { what: 'is slow', perSecond: 300, latencyMs: 20, coldMs: 0, withinMs: 36_000 },
  ])(
    'brings ten thousand who come within four seconds to a core that $what in as fast as that can',
    scene => {
      const { line, clock, away, core, come } = lineOf()
      const due = new Map<number, (() => void)[]>()
      const at = (ms: number, work: () => void): void => {
        const when = Math.max(clock.nowMs() + 1, Math.ceil(ms))
        due.set(when, [...(due.get(when) ?? []), work])
      }
      let freeMs = startMs + scene.coldMs
      let inside = 0
      core.onGiven = one => {
        freeMs = Math.max(freeMs, clock.nowMs()) + 1_000 / scene.perSecond
        at(freeMs + scene.latencyMs, () => {
          inside += 1
          line.answered(one)
        })
      }
      const cameAgain = (): void => {
        for (const { one, retryMs } of away.splice(0)) at(clock.nowMs() + retryMs, () => come(one))
      }
      for (let i = 0; i < 10_000; i++) at(startMs + 0.4 * i, () => come(`${i}`))
      while (inside < 10_000 && clock.nowMs() < startMs + 100_000) {
        clock.advance(1)
        const now = clock.nowMs()
        for (const work of due.get(now) ?? []) work()
        due.delete(now)
        if (now % 1_000 === 0) line.tick()
        cameAgain()
      }
      expect(inside).toBe(10_000)
      expect(clock.nowMs() - startMs).toBeLessThan(scene.withinMs)
    },
  )

  it('is not confused by a core that answers within the call', () => {
    const { line, core, given, come } = lineOf({ hellosAtCore: 1 })
    come('first')
    for (let i = 0; i < 3_000; i++) come(`${i}`)
    core.onGiven = one => line.answered(one)
    line.answered('first')
    expect(given).toHaveLength(3_001)
  })
})

describe('a relay', () => {
  it('does not count against their source whom its core has no room for, and tells them when to come', () => {
    const world = relayWorld({ policy: { hellos: { perSecond: 1, burst: 3 }, failureCost: 10 } })
    world.relay.coreAttached()
    const connection = world.connect()
    world.relay.received(connection, hello())
    const frame = encodeRefusal({ reason: 'busy', nowMs: startMs, retryMs: 4_000 })
    world.core({ kind: 'drop', connection, frame })
    expect([world.refusal(connection), world.reader(connection).closed]).toEqual(['busy', 'busy'])
    const second = world.connect()
    world.relay.received(second, hello())
    expect(world.refusal(second)).toBeNull()
    expect(world.refused).toEqual(['busy'])
  })

  it('asks those who come for a cookie, and for work, while many were told to come again', () => {
    const policy = { hellosAtCore: 1, hellosInLine: 0, cookieAt: 10, puzzleAt: 20 }
    const world = relayWorld({ policy })
    world.relay.coreAttached()
    const reasons: (string | null)[] = []
    for (let i = 0; i < 25; i++) {
      const connection = world.connect()
      world.relay.received(connection, hello())
      reasons.push(world.refusal(connection))
    }
    expect(reasons.slice(0, 11)).toEqual([null, ...Array(9).fill('busy'), 'cookie'])
    expect(world.told.filter(({ kind }) => kind === 'frame')).toHaveLength(1)
  })

  it('ends whose hello the core had when another comes, and gives that one those who waited in line', () => {
    const world = relayWorld({ policy: { hellosAtCore: 1 } })
    world.relay.coreAttached()
    const all = Array.from({ length: 5 }, () => world.connect())
    for (const one of all) world.relay.received(one, hello())
    world.relay.coreAttached()
    expect(all.map(one => world.refusal(one))).toEqual(['no-host', ...Array(4).fill(null)])
    expect(world.told.filter(({ kind }) => kind === 'frame')).toHaveLength(2)
  })
})

describe('a hub', () => {
  /** A core that hears hellos and answers nothing. */
  function waiting(policy: Partial<RelayPolicy>) {
    const world = new HubWorld({ policy })
    const relays = [world.addRelay(), world.addRelay(), world.addRelay()]
    world.attachCore()
    return { world, relays, hellos: () => world.told.filter(({ kind }) => kind === 'frame').length }
  }
  const come = (relay: Outer, connection: number): void => {
    relay.relay.opened(connection, source(1))
    relay.relay.received(connection, hello())
  }

  it('keeps one line for all its relays, without those of a relay that is lost', async () => {
    const { world, relays, hellos } = waiting({ hellosAtCore: 2 })
    await world.settle()
    world.mute = true
    for (let i = 1; i <= 4; i++) for (const relay of relays) come(relay, i)
    await world.settle()
    expect(hellos()).toBe(2)
    relays[0]?.die()
    await world.settle()
    expect(hellos()).toBe(3)
    relays[1]?.die()
    await world.settle()
    expect(hellos()).toBe(4)
  })

  it('turns away who has waited for too long: their relay ends them with a time to come again', async () => {
    const { world, relays, hellos } = waiting({ hellosAtCore: 1 })
    await world.settle()
    world.mute = true
    for (let i = 1; i <= 3; i++) for (const relay of relays) come(relay, i)
    await world.settle()
    world.clock.advance(3_001)
    world.hub.tick()
    await world.settle()
    const left = relays.map(({ relay }) => relay.counts().connections)
    expect([hellos(), left]).toEqual([1, [1, 0, 0]])
  })
})
