/** Clocks that are wrong, jump, or are lied about. */
import { flags, opcodes } from '@chartseal/elgamal-session/frames'
import { decodeRefusal, encodeRefusal } from '@chartseal/elgamal-session/relay'
import { describe, expect, it } from 'vitest'
import { isHead, World } from './conference-world.js'
import { RawPatient, rawHello } from './raw-patient.js'
import { hello, relayWorld, startMs } from './relay-world.js'

const hourMs = 3_600_000
const isHello = (frame: Uint8Array): boolean => frame[1] === opcodes.hello
const cookieIn = (frame: Uint8Array): number => frame[40] ?? 0

describe('a patient whose clock is wrong', () => {
  it('joins while the relay asks for a cookie, which goes with every later hello of the connection', () => {
    const world = new World().attach()
    const hellos: Uint8Array[] = []
    world.relay.toCore = (frame, connection) => {
      if (!isHello(frame)) return [frame]
      hellos.push(frame)
      if (cookieIn(frame) > 0) return [frame]
      const cookie = Uint8Array.of(1, 2, 3)
      world.relay.give(connection, encodeRefusal({ reason: 'cookie', nowMs: 0, retryMs: 0, cookie }))
      return []
    }
    const anna = world.join('Anna', 20_000)
    expect(world.state('Anna')).toBe('connected')
    expect(anna.of('reconnecting')).toEqual([])
    expect(hellos.map(cookieIn)).toEqual([0, 3, 3])
  })

  it('keeps the time that it was told for the hello that answers a cookie', () => {
    const world = new World().attach()
    const asked = [
      encodeRefusal({ reason: 'clock', nowMs: world.clock.nowMs(), retryMs: 0 }),
      encodeRefusal({ reason: 'cookie', nowMs: 0, retryMs: 0, cookie: Uint8Array.of(1) }),
    ]
    world.relay.toCore = (frame, connection) => {
      const refusal = isHello(frame) ? asked.shift() : undefined
      if (refusal === undefined) return [frame]
      world.relay.give(connection, refusal)
      return []
    }
    const anna = world.join('Anna', -hourMs)
    expect([world.state('Anna'), anna.of('reconnecting')]).toEqual(['connected', []])
    expect(world.host.of('refused')).toEqual([])
  })

  it('joins although relay and core differ, too: each may tell it the time once', () => {
    const world = new World().attach()
    let isTold = false
    world.relay.toCore = (frame, connection) => {
      if (isTold || !isHello(frame)) return [frame]
      isTold = true
      const nowMs = world.clock.nowMs() + 8_000
      world.relay.give(connection, encodeRefusal({ reason: 'clock', nowMs, retryMs: 0 }))
      return []
    }
    const anna = world.join('Anna', 2 * hourMs)
    expect([world.state('Anna'), anna.of('reconnecting')]).toEqual(['connected', []])
  })
})

describe('a relay', () => {
  it('whose clock is eight seconds from that of the core lets hellos by, whose time the core judges', () => {
    const world = relayWorld()
    world.relay.coreAttached()
    for (const sentAtMs of [startMs - 8_000, startMs + 8_000]) {
      const connection = world.connect()
      world.relay.received(connection, hello({ sentAtMs }))
      expect(world.refusal(connection)).toBeNull()
    }
  })

  it('ends who says nothing also when its clock was put back', () => {
    const world = relayWorld()
    const connection = world.connect()
    world.clock.advance(-hourMs)
    world.relay.tick()
    expect(world.reader(connection).closed).toBe('silent')
  })

  it('that holds the answer to a hello back gains no time for heads', () => {
    const world = new World().attach()
    const held: (() => void)[] = []
    const isHeld = (frame: Uint8Array): boolean => isHello(frame) || isHead(frame)
    world.relay.toPatient = (frame, connection) => {
      if (!isHeld(frame)) return [frame]
      held.push(() => world.relay.give(connection, frame))
      return []
    }
    const release = (): void => {
      const { toPatient } = world.relay
      world.relay.toPatient = frame => [frame]
      for (const give of held.splice(0)) give()
      world.relay.toPatient = toPatient
      world.run()
    }
    const anna = world.join('Anna')
    world.pass(9_000, 500)
    release()
    world.pass(21_000, 500)
    expect(held).toHaveLength(1)
    world.pass(9_000, 500)
    release()
    expect(anna.patient.status.live).toBe(true)
    // The head is 45 seconds old then, and came 36 seconds ago.
    world.pass(36_500, 500)
    expect(anna.patient.status.live).toBe(false)
  })
})

describe('a patient whose clock is put back', () => {
  it('is not live, and connects again to learn how old everything is', () => {
    const world = new World().attach()
    const shift = { ms: 0 }
    const anna = world.seat('Anna')
    const now = anna.clock.nowMs
    anna.clock.nowMs = () => now() + shift.ms
    anna.restart()
    world.input({ kind: 'enrol', patients: [...world.book.values()] })
    anna.input({ kind: 'join' })
    world.run()
    world.pass(2_000)
    expect(anna.patient.status.live).toBe(true)
    shift.ms = -hourMs
    world.relay.toPatient = () => []
    world.pass(250)
    expect(anna.of('live').map(({ live }) => live)).toEqual([true, false])
    world.pass(60_000, 500)
    expect(anna.patient.status.live).toBe(false)
    world.relay.toPatient = frame => [frame]
    world.pass(60_000, 500)
    expect([anna.patient.status.live, world.state('Anna')]).toEqual([true, 'connected'])
  })

  it('by less than a second stays live', () => {
    const world = new World().attach()
    const anna = world.join('Anna')
    world.pass(2_000)
    world.clock.advance(-900)
    world.pass(250)
    expect(anna.of('live').map(({ live }) => live)).toEqual([true])
  })
})

describe('a core whose clock is put back', () => {
  it('gives up handshakes all the same, and goes on saying where the chain stands', () => {
    const world = new World().attach()
    const anna = world.join('Anna')
    const raw = new RawPatient(world)
    raw.send(rawHello(world, anna.keys).frame)
    const heads: Uint8Array[] = []
    world.relay.toPatient = frame => {
      if (isHead(frame)) heads.push(frame)
      return [frame]
    }
    world.clock.advance(-hourMs)
    world.pass(250)
    expect(world.host.of('refused').at(-1)?.reason).toBe('timeout')
    world.pass(31_000, 500)
    expect(heads).toHaveLength(1)
  })
})

describe('hellos with one key', () => {
  it('are few at a time: the newest takes the place of the oldest, and others come in', () => {
    const world = new World({ policy: { maxHalfOpen: 6 } }).attach()
    const anna = world.join('Anna')
    const raws = Array.from({ length: 8 }, () => {
      const raw = new RawPatient(world)
      raw.send(rawHello(world, anna.keys).frame)
      return raw
    })
    const ended = raws.map(({ got }) => got.length === 2 && decodeRefusal(got[1] ?? new Uint8Array()).reason)
    expect(ended).toEqual([...Array(4).fill('busy'), ...Array(4).fill(false)])
    world.join('Bert')
    expect([world.state('Anna'), world.state('Bert')]).toEqual(['connected', 'connected'])
  })
})

describe('somebody who vouches for nothing', () => {
  it('puts no words of theirs into what a patient is told, and asks for little work', () => {
    const world = new World().attach()
    const anna = world.seat('Anna')
    world.input({ kind: 'enrol', patients: [...world.book.values()] })
    let hellos = 0
    world.relay.toCore = (frame, connection) => {
      if (isHello(frame)) hellos++
      const cookie = Uint8Array.of(1)
      const refusal = { reason: 'call 555', nowMs: 0, retryMs: 0, cookie, puzzleBits: 4 }
      world.relay.give(connection, encodeRefusal(refusal))
      return []
    }
    anna.input({ kind: 'join' })
    world.run()
    expect(anna.of('reconnecting').map(({ reason }) => reason)).toEqual(['busy'])
    expect(hellos).toBe(3)
  })

  it('that it has ended, is tried on less often, and the signed end is believed before a session', () => {
    const world = new World().attach()
    const anna = world.join('Anna')
    const ends: Uint8Array[] = []
    world.relay.toPatient = frame => {
      if (frame[1] === opcodes.disconnect && frame[2] === flags.signed) ends.push(frame)
      return []
    }
    world.input({ kind: 'end' })
    world.relay.toPatient = frame => [frame]
    anna.cut()
    world.relay.toCore = (_, connection) => {
      world.relay.give(connection, encodeRefusal({ reason: 'ended', nowMs: 0, retryMs: 0 }))
      return []
    }
    world.pass(3_000)
    expect(anna.of('reconnecting').at(-1)).toMatchObject({ reason: 'ended' })
    expect(anna.of('reconnecting').at(-1)?.afterMs).toBeGreaterThanOrEqual(60_000)
    expect(anna.of('ended')).toEqual([])
    world.relay.toCore = (_, connection) => {
      for (const end of ends) world.relay.give(connection, end)
      return []
    }
    world.pass(100_000, 500)
    expect(anna.of('ended')).toEqual([{ kind: 'ended', reason: 'ended' }])
  })

  it('but asks a member to come later, is heard: for a minute at most', () => {
    const world = new World().attach()
    const anna = world.join('Anna')
    anna.received(anna.connection ?? 0, encodeRefusal({ reason: 'restart', nowMs: 0, retryMs: 20_000 }))
    expect(anna.of('reconnecting')[0]?.afterMs).toBeGreaterThanOrEqual(20_000)
  })
})
