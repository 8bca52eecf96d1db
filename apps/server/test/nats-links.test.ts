import { encodeBase64Url } from '@chartseal/core/encoding'
import { systemRandom } from '@chartseal/core/system'
import { propertyRuns } from '@chartseal/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FakeBus, quiet } from './fake-bus.js'
import { bytes, id, joined, Server } from './nats-links-world.js'

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
      return 'nobody'
    })
    const sides = [outer.reach(), outer.reach(encodeBase64Url(systemRandom.bytes(16)))]
    await quiet()
    expect(sides.map(({ losses }) => losses)).toEqual([1, 1])
    expect(home.faults).toHaveLength(1)
  })

  it('go to the one of two homes that has the conference', async () => {
    const bus = new FakeBus()
    const [other, home, outer] = [new Server(bus), new Server(bus), new Server(bus)]
    other.serve(async () => 'elsewhere')
    home.serve()
    const there = outer.reach()
    there.say('hello')
    await quiet()
    expect([home.side.heard, other.sides, there.losses]).toEqual([['hello'], [], 0])
  })

  it('are lost soon where the server is closing', async () => {
    const { outer } = await joined()
    const closed = outer.links.close()
    const late = outer.reach()
    await closed
    expect(late.losses).toBe(1)
  })
})
