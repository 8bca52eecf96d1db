import { encodeBase64Url, encodeHex } from '@chartseal/core/encoding'
import { systemRandom } from '@chartseal/core/system'
import type { RelayLink, TakeLink } from '@chartseal/elgamal-session/relay'
import { propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FindHome } from '../dist/conference/home-links.js'
import { NatsLinks } from '../dist/conference/nats-links.js'
import { FakeBus, quiet, type Seen } from './fake-bus.js'

const conference = systemRandom.bytes(16)
const id = encodeBase64Url(conference)
const clinicKey = systemRandom.bytes(32)
const text = (message: Uint8Array): string => Buffer.from(message).toString()
const bytes = (message: string): Uint8Array => Buffer.from(message)

/** What one end of a link has heard. */
class Side {
  readonly heard: string[] = []
  link: RelayLink | null = null
  losses = 0
  drained = 0
  readonly take: TakeLink = link => {
    this.link = link
    return {
      onMessage: message => void this.heard.push(text(message)),
      onDrained: () => {
        this.drained += 1
      },
      onLost: () => {
        this.losses += 1
      },
    }
  }

  say(...messages: readonly string[]): void {
    for (const message of messages) this.link?.send(bytes(message))
  }
}

/** A server on the bus, whose seconds pass when they are told to. */
class Server {
  readonly links: NatsLinks
  #ticks: () => void = () => undefined
  readonly sides: Side[] = []
  /** What it was asked for. */
  readonly found: string[] = []
  readonly faults: unknown[] = []

  constructor(bus: FakeBus, { key = clinicKey, maxBytes = 1_048_576 } = {}) {
    this.links = new NatsLinks({
      bus: bus.connect(maxBytes),
      key,
      random: systemRandom,
      onFault: error => void this.faults.push(error),
      everySecond: tick => {
        this.#ticks = tick
        return () => {
          this.#ticks = () => undefined
        }
      },
    })
  }

  tick(times = 1): void {
    for (let i = 0; i < times; i++) this.#ticks()
  }

  serve(find: FindHome = async name => (name === id ? this.taking : null)): void {
    this.links.serve(name => {
      this.found.push(name)
      return find(name)
    })
  }

  readonly taking: TakeLink = link => {
    const side = new Side()
    this.sides.push(side)
    return side.take(link)
  }

  reach(name = id): Side {
    const side = new Side()
    this.links.reach(name, side.take)
    return side
  }

  get side(): Side {
    const [one] = this.sides
    if (one === undefined) throw new Error('nobody has come')
    return one
  }
}

interface Joined {
  readonly bus: FakeBus
  readonly home: Server
  readonly outer: Server
  readonly there: Side
}

async function joined(): Promise<Joined> {
  const bus = new FakeBus()
  const [home, outer] = [new Server(bus), new Server(bus)]
  home.serve()
  const there = outer.reach()
  await quiet()
  return { bus, home, outer, there }
}

describe('links between servers over a bus', () => {
  it('carry messages both ways, in order, and what was said before the home had answered', async () => {
    const bus = new FakeBus()
    const [home, outer] = [new Server(bus), new Server(bus)]
    home.serve()
    const there = outer.reach()
    there.say('one', 'two')
    await quiet()
    home.side.say('three')
    there.say('four')
    await quiet()
    expect(home.side.heard).toEqual(['one', 'two', 'four'])
    expect(there.heard).toEqual(['three'])
    expect([home.side.drained > 0, there.drained > 0]).toEqual([true, true])
  })

  it('carry a message longer than one of the bus', async () => {
    const bus = new FakeBus()
    const [home, outer] = [new Server(bus), new Server(bus, { maxBytes: 65_536 })]
    home.serve()
    const there = outer.reach()
    await quiet()
    there.say('x'.repeat(2 ** 20 + 64))
    await quiet()
    expect(home.side.heard.map(({ length }) => length)).toEqual([2 ** 20 + 64])
    expect(Math.max(...bus.seen.map(({ bytes: { length } }) => length))).toBeLessThanOrEqual(65_536)
  })

  it('lose, double and reorder nothing when the bus does', async () => {
    const fates = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(fates, fc.array(fc.boolean(), { maxLength: 30 }), async (fate, says) => {
        const bus = new FakeBus()
        const [home, outer] = [new Server(bus), new Server(bus)]
        home.serve()
        const there = outer.reach()
        await quiet()
        let at = 0
        bus.fate = () => fate[at++ % fate.length] ?? 1
        bus.isHeld = true
        const sent = says.map((isHome, i) => {
          if (isHome) home.side.say(`${i}`)
          else there.say(`${i}`)
          return { isHome, message: `${i}` }
        })
        for (let rounds = 0; rounds < 3; rounds++) {
          await quiet()
          bus.deliver(held => held.toReversed())
          for (const one of [home, outer]) one.tick()
        }
        bus.fate = () => 1
        bus.isHeld = false
        for (let seconds = 0; seconds < 16; seconds++) {
          for (const one of [home, outer]) one.tick()
          await quiet()
        }
        expect(there.heard).toEqual(sent.flatMap(({ isHome, message }) => (isHome ? [message] : [])))
        expect(home.side.heard).toEqual(sent.flatMap(({ isHome, message }) => (isHome ? [] : [message])))
        expect(home.sides).toHaveLength(1)
      }),
      propertyRuns(15, 20),
    )
  })

  it('are lost at once where nobody serves the conference', async () => {
    const outer = new Server(new FakeBus())
    const there = outer.reach()
    await quiet()
    expect(there.losses).toBe(1)
  })

  it('ask again while nothing comes back, and are lost after six seconds', async () => {
    const bus = new FakeBus()
    bus.fate = () => 0
    const outer = new Server(bus)
    const there = outer.reach()
    outer.tick(5)
    await quiet()
    expect([there.losses, bus.seen.length]).toEqual([0, 6])
    outer.tick()
    await quiet()
    expect(there.losses).toBe(1)
    expect(bus.subjects).toEqual([])
  })

  it('begin where the first question and the first answer are lost', async () => {
    const bus = new FakeBus()
    const [home, outer] = [new Server(bus), new Server(bus)]
    home.serve()
    bus.fate = () => (bus.seen.length === 2 ? 1 : 0)
    const there = outer.reach()
    there.say('hello')
    await quiet()
    outer.tick()
    await quiet()
    bus.fate = () => 1
    outer.tick()
    await quiet()
    expect(home.sides).toHaveLength(1)
    expect(home.side.heard).toEqual(['hello'])
  })

  it('give what was said last when one side closes, and are lost for the other', async () => {
    const { home, there, bus } = await joined()
    home.side.say('the end')
    home.side.link?.close()
    await quiet()
    expect(there.heard).toEqual(['the end'])
    expect([there.losses, home.side.losses]).toEqual([1, 0])
    expect(bus.subjects.filter(subject => subject.includes('.link.'))).toEqual([])
  })

  it('give what was said last when the server closes', async () => {
    const { home, there, bus } = await joined()
    home.side.say('restart')
    bus.isHeld = true
    const closed = home.links.close()
    for (let seconds = 0; seconds < 4; seconds++) {
      await quiet()
      bus.deliver()
      home.tick()
    }
    await closed
    bus.deliver()
    await quiet()
    expect(there.heard).toEqual(['restart'])
    expect(there.losses).toBe(1)
  })

  it('go on after the bus was away, at once', async () => {
    const { bus, home, there } = await joined()
    bus.fate = () => 0
    there.say('during')
    home.side.say('also')
    await quiet()
    bus.fate = () => 1
    bus.back()
    await quiet()
    expect([home.side.heard, there.heard]).toEqual([['during'], ['also']])
  })

  it('are lost after 30 seconds when nothing comes', async () => {
    const { bus, outer, there } = await joined()
    bus.fate = () => 0
    outer.tick(29)
    expect(there.losses).toBe(0)
    outer.tick()
    expect(there.losses).toBe(1)
  })

  it('are lost after ten seconds where the bus says that nobody listens', async () => {
    const { bus, outer, there } = await joined()
    const answersTo = bus.seen[0]?.answersTo ?? ''
    const nobody = async (): Promise<void> => {
      bus.fate = () => 1
      bus.publish({ subject: 'chartseal.link.gone', bytes: bytes('x'), answersTo })
      await quiet()
      bus.fate = () => 0
    }
    bus.fate = () => 0
    outer.tick(9)
    await nobody()
    expect(there.losses).toBe(0)
    outer.tick()
    await nobody()
    expect(there.losses).toBe(1)
  })

  it('are offered once for one question, and not at all once it was played before', async () => {
    const { bus, home, there } = await joined()
    const questions = bus.seen.filter(({ subject }) => subject.startsWith('chartseal.home.'))
    for (let i = 0; i < 100; i++) for (const one of questions) bus.publish(one)
    await quiet()
    expect([home.sides.length, home.found.length]).toEqual([1, 1])
    there.link?.close()
    await quiet()
    for (const one of questions) bus.publish(one)
    await quiet()
    expect([home.sides.length, home.found.length]).toEqual([1, 1])
  })

  it('are kept for few who ask and say nothing, and for a few seconds', async () => {
    const { bus, home, there } = await joined()
    bus.fate = () => 0
    const asking = new Server(bus)
    for (let i = 0; i < 1_200; i++) asking.reach()
    const asked = bus.seen.filter(({ subject }) => subject.startsWith('chartseal.home.'))
    await asking.links.close()
    bus.fate = () => 1
    for (const one of asked.slice(1)) bus.publish(one)
    await quiet()
    expect(home.sides).toHaveLength(1)
    expect(bus.subjects.length).toBeLessThan(1_024 + 10)
    home.tick(6)
    there.say('still here')
    await quiet()
    expect(bus.subjects.length).toBeLessThan(10)
    expect(home.side.heard).toEqual(['still here'])
  })

  it('are lost at once where the home has no such conference, and where it cannot look', async () => {
    const bus = new FakeBus()
    const [home, outer] = [new Server(bus), new Server(bus)]
    home.serve(async name => {
      if (name === id) throw new Error('the disk')
      return null
    })
    const sides = [outer.reach(), outer.reach(encodeBase64Url(systemRandom.bytes(16)))]
    await quiet()
    expect(sides.map(({ losses }) => losses)).toEqual([1, 1])
    expect(home.faults).toHaveLength(1)
  })

  it('are lost soon where the server is closing', async () => {
    const { outer } = await joined()
    const closed = outer.links.close()
    const late = outer.reach()
    await closed
    expect(late.losses).toBe(1)
  })
})

describe('whoever has the bus alone', () => {
  it('sees neither the id of a conference nor a byte of a message', async () => {
    const { bus, home, there } = await joined()
    there.say('a frame that is opaque anyway')
    home.side.say('another one')
    await quiet()
    for (const { subject, bytes: seen } of bus.seen) {
      const shown = `${subject} ${Buffer.from(seen).toString('latin1')} ${encodeHex(seen)}`
      for (const secret of [id, encodeHex(conference), Buffer.from(conference).toString('latin1')])
        expect(shown).not.toContain(secret)
      expect(shown).not.toMatch(/opaque|another/)
    }
  })

  it('gets no link with a key of their own', async () => {
    const bus = new FakeBus()
    const [home, stranger] = [new Server(bus), new Server(bus, { key: systemRandom.bytes(32) })]
    home.serve()
    const theirs = stranger.reach()
    const question = bus.seen[0]
    const [subject = ''] = bus.subjects.filter(one => one.includes('.home.'))
    if (question !== undefined) bus.publish({ ...question, subject })
    theirs.say('let me in')
    await quiet()
    expect([home.sides, home.found]).toEqual([[], []])
    expect(bus.seen.filter(({ bytes: [type] }) => type === 2)).toEqual([])
  })

  it('changes nothing by bits that they flip, and by what they play again', async () => {
    const { bus, home, there } = await joined()
    bus.isHeld = true
    there.say('one')
    home.side.say('two')
    await quiet()
    const kept: Seen[] = []
    bus.deliver(held => {
      kept.push(...held)
      return held.flatMap(message =>
        Array.from({ length: 8 * Math.min(40, message.bytes.length) }, (_, bit) => flipped(message, bit)),
      )
    })
    expect([home.side.heard, there.heard]).toEqual([[], []])
    bus.isHeld = false
    for (const message of [...kept, ...bus.seen, ...kept]) bus.publish(message)
    await quiet()
    expect([home.side.heard, there.heard]).toEqual([['one'], ['two']])
    expect([home.side.losses, there.losses, home.sides.length]).toEqual([0, 0, 1])
  })

  it('cannot turn packets round, nor carry them from one link into another', async () => {
    const { bus, home, outer, there } = await joined()
    const other = outer.reach()
    await quiet()
    bus.isHeld = true
    there.say('mine')
    await quiet()
    bus.deliver(held =>
      held
        .flatMap(message => bus.subjects.map(subject => ({ ...message, subject })))
        .filter(({ subject }) => subject !== held[0]?.subject),
    )
    await quiet()
    expect([home.sides.flatMap(({ heard }) => heard), there.heard, other.heard]).toEqual([[], [], []])
    expect([there.losses, other.losses]).toEqual([0, 0])
  })
})

function flipped(message: Seen, bit: number): Seen {
  const changed = new Uint8Array(message.bytes)
  changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return { ...message, bytes: changed }
}
