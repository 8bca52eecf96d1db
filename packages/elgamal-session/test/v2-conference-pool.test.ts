import { describe, expect, it } from 'vitest'
import { World } from './conference-world.js'
import { rawHello } from './raw-patient.js'

/** A pool that does what it was given when it is told to. */
function slowPool(world: World): { readonly waiting: (() => void)[]; finish(): void } {
  const waiting: (() => void)[] = []
  world.inPool = work => void waiting.push(work)
  return {
    waiting,
    finish() {
      for (const work of waiting.splice(0)) work()
      world.run()
    },
  }
}

const reasons = (world: World): readonly string[] => world.host.of('refused').map(({ reason }) => reason)

describe('a core with a pool', () => {
  it.each(['25519', 'ffdhe3072'] as const)('lets the same people in as without one, with %s', suite => {
    const both = [0, 4].map(maxWorking => {
      const world = new World({ suite, policy: { maxWorking } }).attach()
      const anna = world.join('Anna')
      world.say('one')
      anna.cut()
      world.pass(2_000)
      world.say('two')
      return { world, anna }
    })
    for (const { anna } of both) {
      expect(anna.texts).toEqual(['one', 'two'])
      expect(anna.of('joined').map(({ by }) => by)).toEqual(['handshake', 'ticket'])
    }
    expect(both.map(({ world }) => world.works)).toEqual([0, 2])
    expect(both[1]?.world.host.events).toEqual(both[0]?.world.host.events)
  })

  it('goes on with everything else while a hello is worked on', () => {
    const world = new World({ policy: { maxWorking: 4 } }).attach()
    const bert = world.join('Bert')
    const pool = slowPool(world)
    const anna = world.join('Anna')
    world.say('meanwhile')
    expect([bert.texts, anna.texts, world.state('Anna')]).toEqual([['meanwhile'], [], 'expected'])
    pool.finish()
    world.say('now')
    expect([bert.texts, anna.texts]).toEqual([['meanwhile', 'now'], ['now']])
  })

  it('answers in the order of the pool, and each with their own', () => {
    const world = new World({ policy: { maxWorking: 8 } }).attach()
    const pool = slowPool(world)
    const people = ['Anna', 'Bert', 'Cleo', 'Dora'].map(name => world.join(name))
    pool.waiting.reverse()
    pool.finish()
    world.say('all here?')
    expect(people.map(({ texts }) => texts)).toEqual(people.map(() => ['all here?']))
    expect(world.host.of('joined').map(({ patient }) => patient)).toEqual(['Dora', 'Cleo', 'Bert', 'Anna'])
  })

  it('keeps a quarter of the room for those who come back, and tells the others to come later', () => {
    const world = new World({ policy: { maxWorking: 4 } }).attach()
    const anna = world.join('Anna')
    const pool = slowPool(world)
    for (const name of ['Bert', 'Cleo', 'Dora', 'Emil']) world.join(name)
    expect([pool.waiting.length, reasons(world)]).toEqual([3, ['busy']])
    anna.cut()
    for (let i = 0; i < 40 && pool.waiting.length < 4; i++) world.pass(50, 50)
    expect(pool.waiting).toHaveLength(4)
    pool.finish()
    expect(anna.of('joined').map(({ by }) => by)).toEqual(['handshake', 'ticket'])
    world.pass(30_000)
    pool.finish()
    world.pass(1_000)
    expect(world.host.core?.counts().connected).toBe(5)
  })

  it('drops what was worked out for a connection that has gone, and for a link that was lost', () => {
    const world = new World({ policy: { maxWorking: 4 } }).attach()
    const pool = slowPool(world)
    const anna = world.join('Anna')
    anna.cut()
    anna.isOffline = true
    world.run()
    pool.finish()
    expect(world.host.events.filter(({ kind }) => kind === 'joined' || kind === 'refused')).toEqual([])
    anna.isOffline = false
    for (let i = 0; i < 100 && pool.waiting.length === 0; i++) world.pass(250)
    world.relay.detach()
    world.attach()
    pool.finish()
    expect(world.state('Anna')).toBe('expected')
    world.inPool = work => world.later(work)
    anna.cut()
    world.pass(30_000)
    expect(world.state('Anna')).toBe('connected')
  })

  it('asks again who somebody is when the pool is done: who was removed meanwhile is a stranger', () => {
    const world = new World({ policy: { maxWorking: 4 } }).attach()
    const pool = slowPool(world)
    world.join('Anna')
    world.input({ kind: 'remove', patient: 'Anna' })
    pool.finish()
    expect(reasons(world)).toEqual(['stranger'])
  })

  it('takes a ticket that died meanwhile for none', () => {
    const world = new World({ policy: { maxWorking: 4 } }).attach()
    const anna = world.join('Anna')
    const pool = slowPool(world)
    anna.cut()
    for (let i = 0; i < 100 && pool.waiting.length === 0; i++) world.pass(50, 50)
    world.input({ kind: 'block', patient: 'Anna' })
    pool.finish()
    expect(reasons(world)).toEqual(['ticket'])
  })

  it('refuses one of two hellos with one key, whichever comes first out of the pool', () => {
    const world = new World({ policy: { maxWorking: 4 } }).attach()
    const pool = slowPool(world)
    const anna = world.seat('Anna')
    world.host.input({ kind: 'enrol', patients: [...world.book.values()] })
    const { frame } = rawHello(world, anna.keys)
    anna.received = () => {}
    anna.lost = () => {}
    for (let i = 0; i < 2; i++) world.relay.fromPatient(world.relay.connect(anna), frame)
    world.run()
    expect(pool.waiting).toHaveLength(2)
    pool.finish()
    expect(reasons(world)).toEqual(['replayed'])
  })

  it('refuses who sends something else before the answer, and what does not open', () => {
    const world = new World({ policy: { maxWorking: 4 } }).attach()
    const pool = slowPool(world)
    const anna = world.seat('Anna')
    world.host.input({ kind: 'enrol', patients: [...world.book.values()] })
    anna.received = () => {}
    anna.lost = () => {}
    const connection = world.relay.connect(anna)
    for (let i = 0; i < 2; i++) world.relay.fromPatient(connection, rawHello(world, anna.keys).frame)
    world.run()
    pool.finish()
    expect(reasons(world)).toEqual(['malformed'])
    const { frame } = rawHello(world, anna.keys)
    frame[frame.length - 1] = (frame.at(-1) ?? 0) ^ 1
    world.relay.fromPatient(world.relay.connect(anna), frame)
    world.run()
    pool.finish()
    expect(reasons(world)).toEqual(['malformed', 'handshake'])
  })

  it('ends the wait for a pool that does not answer, and takes nothing from it after that', () => {
    const world = new World({ policy: { maxWorking: 4, handshakeTimeoutMs: 3_000 } }).attach()
    const pool = slowPool(world)
    const anna = world.join('Anna')
    const late = pool.waiting.splice(0)
    expect(world.host.core?.nextTickMs).toBeLessThanOrEqual(world.clock.nowMs() + 3_000)
    anna.isOffline = true
    world.pass(3_000)
    expect(reasons(world)).toEqual(['timeout'])
    for (const work of late) work()
    world.run()
    expect(world.host.events.some(({ kind }) => kind === 'joined')).toBe(false)
  })

  it('wipes what a pool gives to a core that is over, or to nobody', () => {
    const world = new World({ policy: { maxWorking: 4 } }).attach()
    const worked = () => {
      const [chainingKey, key] = [new Uint8Array(32).fill(7), new Uint8Array(32).fill(7)]
      return { chainingKey, key, hash: new Uint8Array(32), keys: new Uint8Array(32), theirStatic: null }
    }
    const answers = [worked(), worked()]
    for (const one of answers) {
      world.input({ kind: 'worked', connection: 9, number: 9, worked: one, elapsedMs: 0 })
      world.input({ kind: 'close' })
    }
    expect(answers.flatMap(({ chainingKey, key }) => [...chainingKey, ...key]).some(byte => byte !== 0)).toBe(
      false,
    )
  })
})
