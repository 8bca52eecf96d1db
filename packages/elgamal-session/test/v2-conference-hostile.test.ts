import { decodeHeader, encodeHeader, flags, opcodes } from '@chartseal/elgamal-session/frames'
import { decodeRefusal, encodeRefusal, encodeToCore } from '@chartseal/elgamal-session/relay'
import { describe, expect, it } from 'vitest'
import { isHead, isLogged, sequenceOf, type Tamper, World } from './conference-world.js'
import { RawPatient, rawHello } from './raw-patient.js'

const honest: Tamper = frame => [frame]
const reasonsOf = (world: World): readonly string[] => world.host.of('refused').map(({ reason }) => reason)

function flipped(frame: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(frame)
  copy[at] = (copy[at] ?? 0) ^ 1
  return copy
}

describe('a relay that', () => {
  it('drops a frame loses nothing: it is asked for again', () => {
    const world = new World().attach()
    const anna = world.join('Anna')
    let dropped = 0
    world.relay.toPatient = frame =>
      isLogged(frame) && sequenceOf(frame) === 2n && dropped++ === 0 ? [] : [frame]
    for (const text of ['one', 'two', 'three']) world.say(text)
    world.pass(5_000)
    expect(dropped).toBe(2)
    expect(anna.texts).toEqual(['one', 'two', 'three'])
    expect(anna.of('gap')).toEqual([])
  })

  it('withholds a frame for good is told on', () => {
    const world = new World().attach()
    const anna = world.join('Anna')
    world.relay.toPatient = frame => (isLogged(frame) && sequenceOf(frame) === 2n ? [] : [frame])
    for (const text of ['one', 'two', 'three']) world.say(text)
    world.pass(5_000)
    expect(anna.texts).toEqual(['one', 'three'])
    expect(anna.of('gap')).toEqual([{ kind: 'gap', from: 2n, to: 2n, reason: 'withheld' }])
  })

  it('withholds the newest frames is found out by the head, and the patient is not live', () => {
    const world = new World().attach()
    const anna = world.join('Anna')
    world.relay.toPatient = frame => (isLogged(frame) ? [] : [frame])
    world.say('never seen')
    world.pass(31_000, 500)
    expect(anna.of('live').map(({ live }) => live)).toContain(false)
    expect(anna.patient.status.live).toBe(false)
    world.pass(20_000, 500)
    expect(anna.of('reconnecting').map(({ reason }) => reason)).toContain('missing')
    world.relay.toPatient = honest
    world.pass(60_000, 500)
    expect(anna.texts).toEqual(['never seen'])
    expect(anna.patient.status.live).toBe(true)
  })

  it('reorders and repeats frames changes nothing', () => {
    const world = new World().attach()
    const [anna, bert] = [world.join('Anna'), world.join('Bert')]
    let held: Uint8Array | null = null
    world.relay.toPatient = frame => {
      if (!isLogged(frame)) return [frame, frame]
      if (held === null) {
        held = frame
        return []
      }
      const pair = [frame, held, frame, held]
      held = null
      return pair
    }
    world.relay.toCore = frame => [frame, frame]
    for (let i = 0; i < 6; i++) world.say(`text ${i}`)
    world.relay.toPatient = honest
    world.pass(60_000, 500)
    for (const patient of [anna, bert]) {
      expect(patient.texts).toEqual(Array.from({ length: 6 }, (_, i) => `text ${i}`))
    }
    anna.input({ kind: 'say', text: 'hello' })
    world.run()
    expect(world.host.of('direct')).toHaveLength(1)
    expect(world.host.of('blocked')).toEqual([])
  })

  it('changes any byte of a frame is not believed', () => {
    const world = new World().attach()
    const [anna] = [world.join('Anna'), world.join('Bert')]
    world.say('one')
    const original = world.relay.log[0] ?? new Uint8Array()
    world.relay.toPatient = () => []
    world.say('two')
    const [, next = new Uint8Array()] = world.relay.log
    const { connection } = anna
    for (const frame of [original, next]) {
      for (let at = 0; at < frame.length; at++) anna.received(connection ?? 0, flipped(frame, at))
    }
    expect(anna.texts).toEqual(['one'])
    expect(anna.of('gap')).toEqual([])
    anna.received(connection ?? 0, next)
    expect(anna.texts).toEqual(['one', 'two'])
  })

  it('changes, forges, reflects and swaps what patients send gets nobody blocked', () => {
    const world = new World().attach()
    const [anna, bert] = [world.join('Anna'), world.join('Bert')]
    const other = new Map([
      [anna.connection, bert.connection],
      [bert.connection, anna.connection],
    ])
    world.relay.toCore = frame => [flipped(frame, frame.length - 1), flipped(frame, 1), new Uint8Array(40)]
    anna.input({ kind: 'say', text: 'from Anna' })
    world.run()
    world.relay.toCore = (frame, connection) => {
      const to = other.get(connection) ?? 0
      world.host.input({ kind: 'link', bytes: encodeToCore({ kind: 'frame', connection: to, frame }) })
      return []
    }
    bert.input({ kind: 'say', text: 'from Bert' })
    anna.input({ kind: 'leave' })
    world.run()
    world.relay.toPatient = (frame, connection) => {
      world.host.input({ kind: 'link', bytes: encodeToCore({ kind: 'frame', connection, frame }) })
      return [frame]
    }
    world.input({ kind: 'direct', patient: 'Bert', text: 'reflected' })
    expect(world.host.of('blocked')).toEqual([])
    expect(world.host.of('left')).toEqual([])
    expect(world.host.of('direct')).toEqual([])
  })

  it('repeats heads of before does not make a patient live', () => {
    const world = new World().attach()
    const anna = world.join('Anna')
    let kept: Uint8Array | null = null
    world.relay.toPatient = frame => {
      if (isHead(frame)) kept ??= frame
      return kept === null ? [frame] : [kept]
    }
    world.pass(100_000, 500)
    expect(
      anna
        .of('live')
        .map(({ live }) => live)
        .slice(0, 2),
    ).toEqual([true, false])
  })

  it('lies about its log and its messages is not taken, or changes nothing', () => {
    const world = new World().attach()
    const anna = world.join('Anna')
    world.say('one')
    const { host } = world
    const tell = (message: Parameters<typeof encodeToCore>[0]) =>
      world.input({ kind: 'link', bytes: encodeToCore(message) })
    tell({ kind: 'logged', sequence: 2n ** 60n })
    tell({ kind: 'unlogged', sequence: 9n, head: 0n, reason: 'gap' })
    tell({ kind: 'closed', connection: 999 })
    tell({ kind: 'behind', connection: 999, isBehind: true })
    tell({ kind: 'behind', connection: anna.connection ?? 0, isBehind: true })
    expect(host.core?.member('Anna')?.behind).toBe(true)
    world.input({ kind: 'link', bytes: Uint8Array.of(99, 0, 0, 0, 0) })
    expect(host.of('relay-refused')).toEqual([{ kind: 'relay-refused', reason: 'message' }])
    const forged = flipped(world.relay.log[0] ?? new Uint8Array(), 80)
    const instance = new Uint8Array(16)
    for (const head of [1n, 7n]) tell({ kind: 'attached', head, instance, newest: forged })
    tell({ kind: 'attached', head: 5n, instance, newest: null })
    expect(
      host
        .of('relay-refused')
        .slice(1)
        .map(({ reason }) => reason),
    ).toEqual(['not signed', 'not signed', 'no frame'])
    world.attach()
    world.say('two')
    world.pass(5_000)
    expect(anna.texts).toEqual(['one', 'two'])
  })

  it('refuses a frame is given it again, and lies about a fork ends this core', () => {
    const world = new World().attach()
    world.join('Anna')
    world.relay.fromCore = () => {}
    world.say('one')
    const tell = (reason: 'full' | 'malformed' | 'fork') =>
      world.input({
        kind: 'link',
        bytes: encodeToCore({ kind: 'unlogged', sequence: 1n, head: 0n, reason }),
      })
    tell('full')
    Reflect.deleteProperty(world.relay, 'fromCore')
    world.pass(1_250)
    expect(world.relay.log).toHaveLength(1)
    world.relay.fromCore = () => {}
    world.say('two')
    tell('malformed')
    expect(world.host.of('relay-refused')).toEqual([{ kind: 'relay-refused', reason: 'malformed' }])
    tell('fork')
    expect(world.host.of('superseded')).toHaveLength(1)
  })

  it('sends a refusal in clear sends a member away for a minute at most, and ends nothing', () => {
    const world = new World().attach()
    const anna = world.join('Anna')
    const refusal = encodeRefusal({ reason: 'ended', nowMs: 0, retryMs: 2 ** 40 })
    anna.received(anna.connection ?? 0, refusal)
    expect(anna.of('reconnecting')[0]?.afterMs).toBeLessThan(61_000)
    world.relay.toCore = (frame, connection) => {
      world.relay.give(connection, refusal)
      return frame[1] === opcodes.hello ? [] : [frame]
    }
    world.pass(10_000)
    expect(Math.max(...anna.of('reconnecting').map(({ afterMs }) => afterMs))).toBeLessThanOrEqual(90_000)
    world.relay.toCore = honest
    world.pass(200_000, 1_000)
    expect(world.state('Anna')).toBe('connected')
  })

  it('asks for a cookie and for work under load gets both', () => {
    const world = new World().attach()
    const cookie = Uint8Array.of(1, 2, 3)
    const asked = [encodeRefusal({ reason: 'cookie', nowMs: 0, retryMs: 0, cookie })]
    asked.push(encodeRefusal({ reason: 'puzzle', nowMs: 0, retryMs: 0, cookie, puzzleBits: 6 }))
    const hellos: Uint8Array[] = []
    world.relay.toCore = (frame, connection) => {
      if (frame[1] === opcodes.hello) hellos.push(frame)
      const refusal = frame[1] === opcodes.hello ? asked.shift() : undefined
      if (refusal === undefined) return [frame]
      world.relay.give(connection, refusal)
      return []
    }
    world.join('Anna')
    expect(world.state('Anna')).toBe('connected')
    expect(hellos.map(frame => frame[40])).toEqual([0, 3, 3])
    expect(hellos.map(frame => frame[44])).toEqual([expect.anything(), 0, 8])
  })
})

describe('a clock', () => {
  it.each([-3_600_000, -6_000, 6_000, 86_400_000])('that is %i ms wrong costs one more hello', skewMs => {
    const world = new World().attach()
    const anna = world.join('Anna', skewMs)
    expect(world.state('Anna')).toBe('connected')
    expect(reasonsOf(world)).toEqual(['clock'])
    world.say('one')
    expect(anna.texts).toEqual(['one'])
    anna.cut()
    world.pass(5_000)
    expect(reasonsOf(world)).toEqual(['clock'])
    world.pass(40_000, 1_000)
    expect(anna.patient.status.live).toBe(true)
  })

  it('that a refusal lies about is tried once, and sets nothing', () => {
    const world = new World().attach()
    let lies = 0
    world.relay.toCore = (frame, connection) => {
      if (frame[1] !== opcodes.hello || lies >= 2) return [frame]
      lies++
      world.relay.give(connection, encodeRefusal({ reason: 'clock', nowMs: 5, retryMs: 0 }))
      return []
    }
    world.join('Anna')
    world.pass(5_000)
    expect(lies).toBe(2)
    expect(world.state('Anna')).toBe('connected')
  })
})

describe('a hello', () => {
  it('that is repeated proves nothing, within its time and after it', () => {
    const world = new World().attach()
    const hellos: Uint8Array[] = []
    world.relay.toCore = frame => {
      if (frame[1] === opcodes.hello) hellos.push(frame)
      return [frame]
    }
    world.join('Anna')
    const journal = world.journal.length
    const [hello = new Uint8Array()] = hellos
    new RawPatient(world).send(hello)
    world.pass(6_000)
    new RawPatient(world).send(hello)
    expect(reasonsOf(world)).toEqual(['replayed', 'clock'])
    expect(world.state('Anna')).toBe('connected')
    expect(world.journal).toHaveLength(journal)
  })

  it('of a patient displaces nobody before opcode 10, and is given up in time', () => {
    const world = new World().attach()
    const anna = world.join('Anna')
    const raw = new RawPatient(world)
    raw.send(rawHello(world, anna.keys).frame)
    expect(raw.got).toHaveLength(1)
    raw.send(new Uint8Array(64))
    raw.send(flipped(raw.got[0] ?? new Uint8Array(), 20))
    expect(world.state('Anna')).toBe('connected')
    world.pass(10_250)
    expect(reasonsOf(world)).toEqual(['proof', 'proof', 'timeout'])
    expect(raw.got).toHaveLength(2)
    expect(world.host.of('blocked')).toEqual([])
  })

  it('of a stranger, of another conference, or of nobody is refused alike', () => {
    const world = new World().attach()
    const stranger = world.seat('Stranger')
    const answers = [
      rawHello(world, stranger.keys).frame,
      flipped(rawHello(world, world.join('Anna').keys).frame, 100),
      flipped(rawHello(world, stranger.keys).frame, 16),
      rawHello(world, stranger.keys).frame.subarray(0, 41),
    ].map(frame => {
      const raw = new RawPatient(world)
      raw.send(frame)
      return decodeRefusal(raw.got[0] ?? new Uint8Array())
    })
    expect(new Set(answers.map(({ reason }) => reason))).toEqual(new Set(['refused']))
    expect(reasonsOf(world)).toEqual(['stranger', 'handshake', 'malformed', 'malformed'])
  })

  it('is not answered while too many wait', () => {
    const world = new World({ policy: { maxHalfOpen: 1 } }).attach()
    const anna = world.join('Anna')
    const [first, second] = [new RawPatient(world), new RawPatient(world)]
    first.send(rawHello(world, anna.keys).frame)
    second.send(rawHello(world, anna.keys).frame)
    expect(decodeRefusal(second.got[0] ?? new Uint8Array()).reason).toBe('busy')
  })
})

describe('frames for a patient', () => {
  it('of another conference, or in another role, are nobody\u2019s', () => {
    const world = new World().attach()
    const anna = world.join('Anna')
    const other = new World({ seed: 3 }).attach()
    const otto = other.join('Otto')
    other.say('elsewhere')
    world.say('here')
    const give = (frame: Uint8Array) => anna.received(anna.connection ?? 0, frame)
    for (const frame of other.relay.log) give(frame)
    const heads: Uint8Array[] = []
    other.relay.toPatient = frame => {
      heads.push(frame)
      return [frame]
    }
    other.pass(30_000, 1_000)
    other.input({ kind: 'end' })
    expect(heads.length).toBeGreaterThan(1)
    for (const frame of heads) give(frame)
    expect(otto.of('ended')).toHaveLength(1)
    // A head under the header of an end is no end: the domains differ.
    const head = heads.find(isHead) ?? new Uint8Array()
    const { epoch, sequence, suite } = decodeHeader(head)
    const end = encodeHeader({ opcode: opcodes.disconnect, flags: flags.signed, suite, epoch, sequence })
    give(Uint8Array.from([...end, ...head.subarray(16)]))
    expect(anna.texts).toEqual(['here'])
    expect(anna.of('ended')).toEqual([])
    expect(anna.patient.status.phase).toBe('member')
  })

  it('of any bytes throw nothing at either end', () => {
    const world = new World().attach()
    const anna = world.join('Anna')
    for (let i = 0; i < 400; i++) {
      const bytes = world.random.bytes(i % 90)
      if (i % 2 === 0 && bytes.length > 3) bytes.set([2, (i % 18) * 5, i % 32, 1])
      anna.received(anna.connection ?? 0, bytes)
      world.host.input({ kind: 'link', bytes })
      if (bytes.length > 0) new RawPatient(world).send(bytes)
    }
    world.pass(30_000, 1_000)
    world.say('still here')
    expect(anna.texts).toEqual(['still here'])
    expect(world.host.of('blocked')).toEqual([])
  })
})
