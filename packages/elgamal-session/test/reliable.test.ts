import { defaultReliablePolicy, packetHeadBytes } from '@chartseal/elgamal-session/relay'
import { propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arrive, End, settle, smallPolicy } from './reliable-world.js'

const pair = (policy = smallPolicy): [End, End] => [new End(policy), new End(policy)]
const bytes = (length: number, fill = 7): Uint8Array => new Uint8Array(length).fill(fill)

interface Step {
  readonly what:
    | 'send'
    | 'turn'
    | 'arrive'
    | 'lose'
    | 'double'
    | 'late'
    | 'tick'
    | 'resumed'
    | 'away'
    | 'close'
  readonly isSecond: boolean
  readonly size: number
}

const step: fc.Arbitrary<Step> = fc.record({
  what: fc.oneof(
    { weight: 8, arbitrary: fc.constant('send' as const) },
    { weight: 8, arbitrary: fc.constant('arrive' as const) },
    { weight: 6, arbitrary: fc.constant('turn' as const) },
    { weight: 4, arbitrary: fc.constantFrom('lose' as const, 'double' as const, 'late' as const) },
    { weight: 3, arbitrary: fc.constant('tick' as const) },
    { weight: 1, arbitrary: fc.constantFrom('resumed' as const, 'away' as const) },
  ),
  isSecond: fc.boolean(),
  size: fc.integer({ min: 0, max: 64 }),
})

const closing: fc.Arbitrary<Step> = fc.record({
  what: fc.constant('close' as const),
  isSecond: fc.boolean(),
  size: fc.constant(0),
})

let stamp = 0
/** Each message is another one. */
function message(size: number): Uint8Array {
  stamp = (stamp + 1) % 65_536
  return Uint8Array.from({ length: size }, (_, i) => (i < 2 ? stamp >> (8 * i) : i))
}

function run({ what, size }: Step, from: End, to: End): void {
  const [first] = from.bus
  if (what === 'send') from.send(message(size))
  else if (what === 'turn') from.turn()
  else if (what === 'tick') from.link.tick()
  else if (what === 'resumed') from.link.resumed()
  else if (what === 'close') from.link.close()
  else if (what === 'away') from.bus = []
  else if (first !== undefined) onBus(what, first, from, to)
}

function onBus(what: Step['what'], first: Uint8Array, from: End, to: End): void {
  if (what === 'double') from.bus.push(first)
  else from.bus.shift()
  if (what === 'arrive') to.link.received(first)
  else if (what === 'late') from.bus.push(first)
}

/** The bus loses nothing from now on. */
function heal(a: End, b: End): void {
  for (let ticks = 0; ticks < 20; ticks++) {
    a.link.tick()
    b.link.tick()
    settle(a, b)
  }
}

function requireSame(from: End, to: End): void {
  expect(to.heard).toEqual(from.sent)
}

describe('a reliable link', () => {
  it('gives every message once and in order over a bus that loses, doubles and reorders', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), steps => {
        const [a, b] = pair({ ...smallPolicy, maxPendingBytes: 1_000_000, silentTicks: 1_000 })
        for (const one of steps) {
          run(one, one.isSecond ? b : a, one.isSecond ? a : b)
          expect(b.heard).toEqual(a.sent.slice(0, b.heard.length))
          expect(a.heard).toEqual(b.sent.slice(0, a.heard.length))
        }
        heal(a, b)
        requireSame(a, b)
        requireSame(b, a)
        expect([a.lost, b.lost]).toEqual([null, null])
      }),
      propertyRuns(300, 20),
    )
  })

  it('gives a part of what was sent and nothing else where it is lost or closed on the way', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 30, arbitrary: step }, { weight: 1, arbitrary: closing })),
        steps => {
          const [a, b] = pair({ ...smallPolicy, silentTicks: 6, maxPendingBytes: 256 })
          for (const one of steps) run(one, one.isSecond ? b : a, one.isSecond ? a : b)
          for (let ticks = 0; ticks < 10; ticks++) {
            a.link.tick()
            b.link.tick()
            settle(a, b)
          }
          expect(b.heard).toEqual(a.sent.slice(0, b.heard.length))
          expect(a.heard).toEqual(b.sent.slice(0, a.heard.length))
          // When one end is over, the other is so soon, too.
          expect(a.link.isOver).toBe(b.link.isOver)
        },
      ),
      propertyRuns(300, 20),
    )
  })

  it('sends what belongs to one turn in one packet', () => {
    const [a, b] = pair({})
    for (let i = 0; i < 100; i++) a.send(bytes(40, i))
    settle(a, b)
    requireSame(a, b)
    expect([a.transmitted, b.transmitted]).toEqual([1, 1])
  })

  it('cuts a message that is longer than a packet of the bus', () => {
    const [a, b] = pair({})
    a.send(bytes(2 ** 20 + 64))
    settle(a, b)
    requireSame(a, b)
    expect(a.transmitted).toBe(5)
  })

  it('has no more on the bus than the window, and says when all of it has arrived', () => {
    const [a, b] = pair({})
    for (let i = 0; i < 40; i++) a.send(bytes(262_144, i))
    a.turn()
    const onBus = a.bus.reduce((sum, { length }) => sum + length - packetHeadBytes, 0)
    expect(onBus).toBe(defaultReliablePolicy.windowBytes)
    expect(a.drained).toBe(0)
    settle(a, b)
    requireSame(a, b)
    expect(a.drained).toBe(1)
  })

  it('says how many bytes are on their way until the other side has them', () => {
    const [a, b] = pair()
    expect([a.send(bytes(6)), a.send(bytes(6))]).toEqual([10, 20])
    settle(a, b)
    expect(a.send(bytes(2))).toBe(6)
  })

  it('sends again at once what a gap shows to be lost, and only once for one gap', () => {
    const [a, b] = pair()
    a.send(bytes(20))
    a.turn()
    a.bus.shift()
    const before = a.transmitted
    arrive(a, b)
    arrive(b, a)
    expect(a.transmitted - before).toBe(3)
    settle(a, b)
    requireSame(a, b)
    expect(a.transmitted - before).toBe(3)
  })

  it('sends again by its ticks, each time later', () => {
    const [a] = pair({ ...smallPolicy, idleTicks: 1_000 })
    a.send(bytes(2))
    a.turn()
    const counts = Array.from({ length: 29 }, () => {
      a.link.tick()
      return a.transmitted
    })
    expect(counts.flatMap((count, i) => (count > (counts[i - 1] ?? 1) ? [i + 1] : []))).toEqual([2, 6, 14])
  })

  it('sends everything again that was not acknowledged when the bus is back', () => {
    const [a, b] = pair()
    a.send(bytes(30))
    a.turn()
    a.bus = []
    a.link.resumed()
    settle(a, b)
    requireSame(a, b)
  })

  it('lives on words alone', () => {
    const [a, b] = pair()
    for (let ticks = 0; ticks < 200; ticks++) {
      a.link.tick()
      b.link.tick()
      settle(a, b)
    }
    expect([a.lost, b.lost, a.transmitted]).toEqual([null, null, 40])
  })

  it('is lost after 30 ticks without a word, and says so once', () => {
    const [a] = pair()
    for (let ticks = 0; ticks < 29; ticks++) a.link.tick()
    expect(a.lost).toBeNull()
    for (let ticks = 0; ticks < 5; ticks++) a.link.tick()
    expect(a.lost).toBe('silent')
    expect(a.send(bytes(3))).toBe(0)
  })

  it('is lost after 10 ticks without a word where the bus says that nobody listens', () => {
    const [a] = pair()
    for (let ticks = 0; ticks < 9; ticks++) a.link.tick()
    a.link.absent()
    expect(a.lost).toBeNull()
    a.link.tick()
    a.link.absent()
    expect(a.lost).toBe('silent')
  })

  it('is lost where more waits than is kept, but not within a call of its user', () => {
    const [a] = pair()
    for (let i = 0; i < 100; i++) a.send(bytes(60))
    expect(a.lost).toBeNull()
    a.turn()
    expect(a.lost).toBe('full')
  })

  it('gives what was sent before its close, and tells the other side then', () => {
    const [a, b] = pair()
    for (let i = 0; i < 10; i++) a.send(bytes(60, i))
    a.link.close()
    a.send(bytes(4))
    settle(a, b)
    expect(b.heard).toHaveLength(10)
    expect([a.lost, b.lost]).toEqual([null, 'closed'])
    expect([a.link.isOver, b.link.isOver]).toEqual([true, true])
  })

  it('gives up what it closes after three ticks without an answer', () => {
    const [a] = pair()
    a.send(bytes(3))
    a.link.close()
    a.turn()
    for (let ticks = 0; ticks < 3; ticks++) a.link.tick()
    expect([a.link.isOver, a.lost]).toEqual([true, null])
  })

  it('is lost by what is no packet, and never throws for one', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), noise => {
        const [a, b] = pair()
        a.link.received(noise)
        a.turn()
        settle(a, b)
        expect(a.heard.every(({ length }) => length <= 64)).toBe(true)
      }),
      propertyRuns(500, 200),
    )
  })

  it.each([
    ['nothing', []],
    ['a kind that is none', [9, ...zeros(16)]],
    ['data without a body', [1, ...zeros(7), 1, ...zeros(8)]],
    ['data with number 0', [1, ...zeros(16), 5]],
    ['a word with a body', [2, ...zeros(16), 5]],
    ['a word with a number', [2, ...zeros(7), 1, ...zeros(8)]],
    ['a number that no machine counts to', [1, ...Array(8).fill(255), ...zeros(8), 5]],
    ['a word for what was never sent', [2, ...zeros(15), 1]],
    ['a message longer than any', [1, ...zeros(7), 1, ...zeros(8), 0, 0, 1, 0]],
  ])('is lost by %s', (_, packet: number[]) => {
    const [a, b] = pair()
    a.link.received(Uint8Array.from(packet))
    expect(a.lost).toBe('malformed')
    settle(a, b)
    expect(b.link.isOver).toBe(true)
  })

  it('refuses to send what the other side would not take', () => {
    const [a] = pair()
    expect(() => a.link.send(bytes(65))).toThrow(RangeError)
  })
})

function zeros(count: number): number[] {
  return Array(count).fill(0)
}
