import {
  decodeRefusal,
  encodeRefusal,
  memoryFrameLog,
  puzzleOf,
  type Refusal,
  solvePuzzle,
} from '@chartseal/elgamal-session/relay'
import { codeOf, propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isAnswer } from '../dist/relay/puzzle.js'
import { header, hello, helloParts, type RelayWorld, relayWorld, startMs } from './relay-world.js'

const open = { hellos: { perSecond: 1_000, burst: 1_000_000 } }

/** A connection that has said this, and what it was answered in clear. */
function asked(
  world: RelayWorld,
  frame: Uint8Array,
  from = 1,
): { readonly connection: number; readonly answer: Refusal | null } {
  const connection = world.connect(from)
  world.relay.received(connection, frame)
  const last = world.reader(connection).got.at(-1)
  return { connection, answer: last === undefined ? null : decodeRefusal(last) }
}

const reachesCore = (world: RelayWorld, connection: number): boolean =>
  world.told.some(one => one.kind === 'frame' && one.connection === connection)

describe('a hello', () => {
  it('reaches the core behind the word that somebody is there, and what follows it, too', () => {
    const world = relayWorld()
    world.relay.coreAttached()
    const { connection } = asked(world, hello())
    world.relay.received(connection, Uint8Array.of(10))
    expect(world.told.slice(1)).toEqual([
      { kind: 'opened', connection, source: new Uint8Array(16).fill(1) },
      { kind: 'frame', connection, frame: hello() },
      { kind: 'frame', connection, frame: Uint8Array.of(10) },
    ])
  })

  it.each([
    ['of another version', Uint8Array.of(1, ...hello().subarray(1))],
    ['of another suite', Uint8Array.of(...hello().subarray(0, 3), 9, ...hello().subarray(4))],
    ['of another opcode', Uint8Array.of(2, 10, ...hello().subarray(2))],
    ['with other flags', Uint8Array.of(2, 5, 8, ...hello().subarray(3))],
    ['for another conference', hello({ conference: new Uint8Array(16) })],
    ['that is cut off', hello().subarray(0, 41)],
    ['without a handshake', hello().subarray(0, 42)],
    ['that is a header alone', header({ opcode: 5 })],
    ['that is empty', new Uint8Array()],
  ])('%s is refused before the core hears of it', (_what, frame) => {
    const world = relayWorld()
    world.relay.coreAttached()
    const { connection, answer } = asked(world, frame)
    expect([answer?.reason, world.reader(connection).closed]).toEqual(['malformed', 'malformed'])
    expect(reachesCore(world, connection)).toBe(false)
  })

  it('above 64 KiB ends its connection; of a member 1 MiB passes', () => {
    const world = relayWorld()
    world.relay.coreAttached()
    expect(asked(world, new Uint8Array(65_537)).answer?.reason).toBe('too-large')
    const member = world.member()
    world.relay.received(member, new Uint8Array(1_048_576))
    expect(world.reader(member).closed).toBeNull()
    world.relay.received(member, new Uint8Array(1_048_577))
    expect(world.reader(member).closed).toBe('too-large')
  })

  it('with another time is told the time, and may be said once more on the same connection', () => {
    const world = relayWorld()
    world.relay.coreAttached()
    const hourMs = 3_600_000
    for (const sentAtMs of [startMs - hourMs - 1, startMs + hourMs + 1, 0, 2 ** 53]) {
      const { connection, answer } = asked(world, hello({ sentAtMs }))
      expect(answer).toMatchObject({ reason: 'clock', nowMs: startMs })
      world.relay.received(connection, hello({ sentAtMs: startMs - hourMs }))
      expect(reachesCore(world, connection)).toBe(true)
    }
  })

  it('comes too often from one source, and others are not in its way', () => {
    const world = relayWorld({ policy: { hellos: { perSecond: 1, burst: 3 } } })
    world.relay.coreAttached()
    for (let i = 0; i < 3; i++) expect(asked(world, hello()).answer).toBeNull()
    expect(asked(world, hello()).answer).toMatchObject({ reason: 'too-many', retryMs: 1_000 })
    expect(asked(world, hello(), 2).answer).toBeNull()
    world.clock.advance(1_000)
    expect(asked(world, hello({ sentAtMs: startMs + 1_000 })).answer).toBeNull()
  })

  it('that fails counts against its source and nobody else: malformed, or dropped by the core', () => {
    const world = relayWorld({ policy: { hellos: { perSecond: 1, burst: 20 }, failureCost: 10 } })
    world.relay.coreAttached()
    asked(world, new Uint8Array(3))
    const { connection } = asked(world, hello())
    world.core({ kind: 'drop', connection, frame: null })
    expect(asked(world, hello()).answer?.reason).toBe('too-many')
    expect(asked(world, hello(), 2).answer).toBeNull()
    const member = world.relay.counts().connections
    expect(member).toBe(1)
  })

  it('of a member who is dropped does not count', () => {
    const world = relayWorld({ policy: { hellos: { perSecond: 1, burst: 3 }, failureCost: 10 } })
    world.relay.coreAttached()
    world.core({ kind: 'drop', connection: world.member(), frame: null })
    expect(asked(world, hello()).answer).toBeNull()
  })
})

describe('connections without membership', () => {
  it('are so many at most, of one source too', () => {
    const world = relayWorld({ policy: { unproven: 5, unprovenOfSource: 3 } })
    world.relay.coreAttached()
    for (let i = 0; i < 3; i++) world.connect(1)
    expect(world.reader(world.connect(1)).closed).toBe('busy')
    for (let i = 0; i < 2; i++) expect(world.reader(world.connect(2)).closed).toBeNull()
    expect(world.reader(world.connect(3)).closed).toBe('busy')
    world.relay.closed(1)
    expect(world.reader(world.connect(3)).closed).toBeNull()
  })

  it('leave room for others once they are members', () => {
    const world = relayWorld({ policy: { unproven: 1 } })
    world.relay.coreAttached()
    for (let i = 0; i < 10; i++) expect(world.reader(world.member()).closed).toBeNull()
  })

  it('end after their time, and members do not', () => {
    const world = relayWorld({ policy: { helloMs: 10_000, membershipMs: 20_000 } })
    world.relay.coreAttached()
    const [silent, asking, member] = [world.connect(), world.connect(), world.member()]
    world.relay.received(asking, hello())
    const closed = () => [silent, asking, member].map(one => world.reader(one).closed)
    world.clock.advance(9_999)
    world.relay.tick()
    expect(closed()).toEqual([null, null, null])
    world.clock.advance(1)
    world.relay.tick()
    expect(closed()).toEqual(['silent', null, null])
    world.clock.advance(10_000)
    world.relay.tick()
    expect(closed()).toEqual(['silent', 'silent', null])
  })

  it('say a few frames, and no more before they are members', () => {
    const world = relayWorld()
    world.relay.coreAttached()
    const connection = world.connect()
    world.relay.received(connection, hello())
    for (let i = 0; i < 8; i++) world.relay.received(connection, Uint8Array.of(10))
    expect(world.reader(connection).closed).toBe('malformed')
  })
})

describe('under load', () => {
  const policy = { ...open, cookieAt: 2, puzzleAt: 4, busyAt: 6, puzzleBits: 6 }

  /** One whose hello the core has and does not decide. */
  const waits = (world: RelayWorld): void => {
    const { connection, answer } = asked(world, hello({ sentAtMs: world.clock.nowMs() }), 9)
    if (answer?.cookie === undefined) return
    const { cookie, puzzleBits } = answer
    world.relay.received(connection, answered(world, cookie, puzzleBits))
  }

  function answered(world: RelayWorld, cookie: Uint8Array, bits = 0): Uint8Array {
    const parts = { sentAtMs: world.clock.nowMs(), cookie }
    const { before, behind } = helloParts(parts)
    return hello({
      ...parts,
      answer: bits === 0 ? new Uint8Array() : solvePuzzle(puzzleOf(before, behind), bits),
    })
  }

  const loaded = (count: number): RelayWorld => {
    const world = relayWorld({ policy })
    world.relay.coreAttached()
    for (let i = 0; i < count; i++) waits(world)
    return world
  }

  it('a hello needs a cookie, which its source alone can use, for two minutes', () => {
    const world = loaded(2)
    const { connection, answer } = asked(world, hello())
    expect(answer?.reason).toBe('cookie')
    const cookie = answer?.cookie ?? new Uint8Array()
    expect(asked(world, hello({ cookie }), 2).answer?.reason).toBe('cookie')
    expect(asked(world, hello({ cookie: cookie.map(byte => byte ^ 1) })).answer?.reason).toMatch(
      /cookie|puzzle/,
    )
    world.relay.received(connection, hello({ cookie }))
    expect(reachesCore(world, connection)).toBe(true)
    world.clock.advance(60_000)
    expect(asked(world, hello({ cookie, sentAtMs: world.clock.nowMs() })).answer).toBeNull()
    world.clock.advance(60_000)
    expect(asked(world, hello({ cookie, sentAtMs: world.clock.nowMs() })).answer?.cookie).toBeDefined()
  })

  it('and more of it, work for this very hello; a ticket needs none', () => {
    const world = loaded(4)
    const { connection, answer } = asked(world, hello())
    expect(answer).toMatchObject({ reason: 'puzzle', puzzleBits: 6 })
    const cookie = answer?.cookie ?? new Uint8Array()
    expect(asked(world, hello({ cookie })).answer?.reason).toBe('puzzle')
    const good = answered(world, cookie, 6)
    const other = good.map((byte, i) => (i === good.length - 1 ? byte ^ 1 : byte))
    // One in 64 would be an answer to the other hello, too.
    if (!isLucky(other, cookie)) expect(asked(world, other).answer?.reason).toBe('puzzle')
    world.relay.received(connection, good)
    expect(reachesCore(world, connection)).toBe(true)
    const resume = asked(world, hello({ flags: 1 }))
    expect(resume.answer?.reason).toBe('cookie')
    world.relay.received(
      resume.connection,
      hello({ flags: 1, cookie: resume.answer?.cookie ?? new Uint8Array() }),
    )
    expect(reachesCore(world, resume.connection)).toBe(true)
  })

  /** Whether the answer in it, of eight bytes behind the cookie, fits by chance. */
  function isLucky(frame: Uint8Array, cookie: Uint8Array): boolean {
    const at = 41 + cookie.length
    const puzzle = puzzleOf(frame.subarray(0, at), frame.subarray(at + 9))
    return isAnswer(puzzle, frame.subarray(at + 1, at + 9), 6)
  }

  it('and most of it, nobody is taken', () => {
    const world = loaded(6)
    const { connection, answer } = asked(world, hello())
    expect([answer?.reason, world.reader(connection).closed]).toEqual(['busy', 'busy'])
  })

  it('is asked of each hello, also of a second one behind another that passed', () => {
    const world = loaded(4)
    const { connection, answer } = asked(world, hello({ flags: 1 }))
    const cookie = answer?.cookie ?? new Uint8Array()
    world.relay.received(connection, hello({ flags: 1, cookie }))
    expect(reachesCore(world, connection)).toBe(true)
    for (const second of [hello(), hello({ cookie })]) {
      world.relay.received(connection, second)
      expect(world.refusal(connection)).toBe('puzzle')
    }
    const passed = world.told.filter(one => one.kind === 'frame' && one.connection === connection)
    expect(passed).toHaveLength(1)
  })

  it('ends when the core decides', () => {
    const world = loaded(2)
    for (const connection of world.readers.keys()) world.core({ kind: 'admit', connection, after: 0n })
    expect(asked(world, hello()).answer).toBeNull()
  })
})

describe('a refusal', () => {
  const refusals = fc.record(
    {
      reason: fc.constantFrom('busy', 'clock', 'cookie', 'no-host', 'puzzle', 'restart', 'too-many'),
      nowMs: fc.maxSafeNat(),
      retryMs: fc.nat(),
      cookie: fc.uint8Array({ minLength: 1, maxLength: 255 }),
      puzzleBits: fc.integer({ min: 1, max: 16 }),
    },
    { requiredKeys: ['reason', 'nowMs', 'retryMs'] },
  )

  it('is read as it was written', () => {
    fc.assert(
      fc.property(refusals, one => {
        expect(decodeRefusal(encodeRefusal(one))).toEqual(one)
      }),
      propertyRuns(200, 100),
    )
  })

  it('for a reason that nobody knows is read as `busy`', () => {
    const refusal = encodeRefusal({ reason: 'call this number', nowMs: 1, retryMs: 2 })
    expect(decodeRefusal(refusal)).toEqual({ reason: 'busy', nowMs: 1, retryMs: 2 })
  })

  it('that is none is refused by name', async () => {
    const good = encodeRefusal({ reason: 'busy', nowMs: 1, retryMs: 1 })
    for (const frame of [
      hello(),
      good.subarray(0, 20),
      good.subarray(0, 16),
      Uint8Array.of(...good, 0),
      new Uint8Array(),
    ])
      expect(await codeOf(() => decodeRefusal(frame))).toBe('conference/bad-frame')
  })

  it('asks for no more work than anybody should do', () => {
    for (const bits of [17, -1, 0.5]) expect(() => solvePuzzle(new Uint8Array(32), bits)).toThrow(RangeError)
  })
})

describe('whatever a client sends', () => {
  it('the relay neither throws nor lets it by, and holds nothing once they are gone', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 120 }),
      fc
        .tuple(fc.nat(hello().length - 1), fc.nat(255))
        .map(([at, byte]) => hello().map((one, i) => (i === at ? byte : one))),
      fc.nat(hello().length).map(length => hello().subarray(0, length)),
    )
    const steps = fc.array(
      fc.oneof(
        fc.record({ kind: fc.constant('open' as const) }),
        fc.record({ kind: fc.constant('frame' as const), of: fc.nat(8), bytes }),
        fc.record({ kind: fc.constant('close' as const), of: fc.nat(8) }),
        fc.record({ kind: fc.constantFrom('core', 'lost', 'tick') }),
      ),
      { maxLength: 60 },
    )
    const law = fc.asyncProperty(steps, async all => {
      const world = relayWorld({ policy: open, log: memoryFrameLog() })
      for (const step of all) {
        if (step.kind === 'open') world.connect()
        else if (step.kind === 'core') world.relay.coreAttached()
        else if (step.kind === 'lost') world.relay.coreGone()
        else if (step.kind === 'tick') world.relay.tick()
        else if ('bytes' in step) world.relay.received(step.of, step.bytes)
        else if ('of' in step) world.relay.closed(step.of)
      }
      await world.settle()
      const known = new Set<number>()
      for (const one of world.told) {
        if (one.kind === 'attached') known.clear()
        if (one.kind === 'opened') known.add(one.connection)
        if (one.kind === 'frame') expect(known.has(one.connection)).toBe(true)
      }
      for (const connection of world.readers.keys()) world.relay.closed(connection)
      expect([world.relay.counts().connections, world.faults]).toEqual([0, []])
    })
    await fc.assert(law, propertyRuns(300, 60))
  })
})
