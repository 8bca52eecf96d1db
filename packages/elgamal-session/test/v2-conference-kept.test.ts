/** What must not be lost without a word: texts from before the relay, a log that forgot, messages to a new device. */
import { type FrameLog, memoryFrameLog } from '@chartseal/elgamal-session/relay'
import { describe, expect, it } from 'vitest'
import { isLogged, World } from './conference-world.js'
import { broadcast, headFrame, numberOf, relayWorld } from './relay-world.js'

describe('what is said before the relay is there', () => {
  it('is said after the core started anew, once and in order', () => {
    const world = new World()
    world.say('one')
    world.say('two', true)
    world.startCore()
    world.attach()
    expect(world.host.of('said')).toMatchObject([{ emergency: false }, { emergency: true }])
    expect(world.relay.log).toHaveLength(2)
    world.restartCore()
    world.run()
    expect(world.relay.log).toHaveLength(2)
  })

  it('is said once also when the core dies between two of them', () => {
    const world = new World()
    for (const text of ['one', 'two', 'three']) world.say(text)
    for (let outputs = 1; outputs < 12; outputs++) {
      const again = new World()
      for (const text of ['one', 'two', 'three']) again.say(text)
      again.host.outputsLeft = outputs
      again.attach()
      again.restartCore()
      again.run()
      expect(again.relay.log).toHaveLength(3)
    }
  })

  it('is told to the doctor as said to nobody when the conference ends first', () => {
    const world = new World()
    world.say('one')
    world.input({ kind: 'end' })
    expect(world.host.of('never-said')).toEqual([{ kind: 'never-said', texts: ['one'] }])
  })
})

describe('a log that lost frames which it had', () => {
  it('is begun again: what is said now goes out, and who lacks the lost ones is told so', () => {
    const world = new World().attach()
    const [anna, bert] = [world.join('Anna'), world.join('Bert')]
    world.say('one')
    bert.cut()
    bert.isOffline = true
    world.say('two')
    world.say('three')
    world.relay.detach()
    world.relay.log = world.relay.log.slice(0, 1)
    world.attach()
    expect(world.host.of('log-lost')).toEqual([{ kind: 'log-lost', sequence: 3n }])
    world.say('EMERGENCY', true)
    expect(anna.texts).toEqual(['one', 'two', 'three', 'EMERGENCY'])
    expect(anna.of('gap')).toEqual([])
    bert.isOffline = false
    world.pass(5_000)
    expect(bert.texts).toEqual(['one', 'EMERGENCY'])
    expect(bert.of('gap')).toEqual([{ kind: 'gap', from: 2n, to: 3n, reason: 'not-kept' }])
  })

  it('is emptied by the relay, goes on behind the number, and members get what comes then', async () => {
    const world = relayWorld()
    world.relay.coreAttached()
    for (let i = 1; i <= 2; i++) world.core({ kind: 'publish', frame: broadcast(i) })
    const member = world.member()
    await world.settle()
    world.core({ kind: 'restart', after: 5n })
    world.core({ kind: 'publish', frame: broadcast(6) })
    world.core({ kind: 'publish', frame: broadcast(9) })
    world.core({ kind: 'head', frame: headFrame(6) })
    await world.settle()
    expect((await world.log.read(0, 1e6)).map(numberOf)).toEqual([6])
    expect(world.numbers(member)).toEqual([1, 2, 6])
    expect(world.told).toContainEqual({ kind: 'logged', sequence: 6n })
    expect(world.told).toContainEqual({ kind: 'unlogged', sequence: 9n, head: 6n, reason: 'gap' })
    expect(world.reader(member).got.some(frame => frame[2] === 12)).toBe(true)
  })

  it('stays as it is when it cannot be emptied, and the core is told, who says it again', async () => {
    const whole = memoryFrameLog()
    const faults = [new Error('EIO')]
    const restart = (): Promise<void> => {
      const fault = faults.pop()
      return fault === undefined ? whole.restart() : Promise.reject(fault)
    }
    const log: FrameLog = { ...whole, restart }
    const world = relayWorld({ log })
    world.relay.coreAttached()
    world.core({ kind: 'publish', frame: broadcast(1) })
    await world.settle()
    world.core({ kind: 'restart', after: 5n })
    world.core({ kind: 'publish', frame: broadcast(6) })
    await world.settle()
    expect(world.faults).toHaveLength(1)
    expect(world.told.slice(-2)).toEqual([
      { kind: 'unlogged', sequence: 5n, head: 1n, reason: 'log' },
      { kind: 'unlogged', sequence: 6n, head: 1n, reason: 'gap' },
    ])
    world.core({ kind: 'restart', after: 5n })
    world.core({ kind: 'publish', frame: broadcast(6) })
    await world.settle()
    expect(world.told.at(-1)).toEqual({ kind: 'logged', sequence: 6n })
  })

  it.each([
    { words: 0, says: 'nothing' },
    { words: 1, says: 'a text' },
  ])(
    'is begun again a second later where the relay could not do it while the doctor says $says',
    ({ words }) => {
      const world = new World().attach()
      const anna = world.join('Anna')
      world.say('one')
      world.say('two')
      world.relay.detach()
      world.relay.log = world.relay.log.slice(0, 1)
      world.relay.restartsLeft = 0
      world.attach()
      for (let i = 0; i < words; i++) world.say('three')
      world.pass(900)
      world.relay.restartsLeft = 1
      world.pass(3_000)
      world.say('last')
      expect(anna.texts).toEqual(words === 0 ? ['one', 'two', 'last'] : ['one', 'two', 'three', 'last'])
      expect(world.host.of('relay-refused')).toEqual([])
      expect([world.relay.restartsLeft, world.host.of('log-lost').length]).toEqual([0, 1])
    },
  )
})

describe('a host link on which nothing is said', () => {
  it('answers each head with the newest number, so that a silent one is found out', async () => {
    const world = relayWorld()
    world.relay.coreAttached()
    world.core({ kind: 'head', frame: headFrame(0) })
    world.core({ kind: 'publish', frame: broadcast(1) })
    await world.settle()
    world.core({ kind: 'head', frame: headFrame(1) })
    expect(world.told.slice(1).map(one => one.kind === 'logged' && one.sequence)).toEqual([0n, 1n, 1n])
  })
})

describe('direct messages to a patient with a new device', () => {
  const ids = (world: World): readonly bigint[] => world.host.of('direct-sent').map(({ id }) => id)
  const say = (world: World): void => world.input({ kind: 'direct', patient: 'Anna', text: 'for you' })

  it('go on with their numbers, over a removal and new starts of the core', () => {
    const world = new World().attach()
    world.join('Anna')
    say(world)
    const again = world.join('Anna')
    say(world)
    expect(ids(world)).toEqual([1n, 2n])
    expect(again.of('direct').map(({ id }) => id)).toEqual([2n])
    world.input({ kind: 'remove', patient: 'Anna' })
    world.join('Anna')
    say(world)
    expect(ids(world)).toEqual([1n, 2n, 3n])
    // Enrolled anew while no core was there.
    world.seat('Anna')
    world.restartCore()
    world.run()
    say(world)
    expect(ids(world)).toEqual([4n])
    world.restartCore()
    world.run()
    say(world)
    expect(ids(world)).toEqual([5n])
  })
})

describe('an end that overtakes what was said before it', () => {
  it('tells the patient what they will not get', () => {
    const world = new World().attach()
    const [anna, bert] = [world.join('Anna'), world.join('Bert')]
    world.say('one')
    world.relay.toPatient = (frame, connection) =>
      connection === bert.connection && isLogged(frame) ? [] : [frame]
    world.say('two')
    world.say('three')
    world.input({ kind: 'end' })
    expect([anna.of('gap'), bert.texts]).toEqual([[], ['one']])
    expect(bert.of('gap')).toEqual([{ kind: 'gap', from: 2n, to: 3n, reason: 'not-kept' }])
    expect(bert.of('ended')).toHaveLength(1)
  })
})
