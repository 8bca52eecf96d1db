import { describe, expect, it } from 'vitest'
import { World } from './conference-world.js'

describe('the log', () => {
  it('says what was kept no longer, and gives what was', () => {
    const world = new World({ policy: { retentionMs: 60_000 } }).attach()
    const anna = world.join('Anna')
    world.say('one')
    anna.cut()
    anna.isOffline = true
    world.say('two')
    world.pass(61_000, 1_000)
    world.say('three')
    anna.isOffline = false
    world.pass(40_000, 1_000)
    expect(anna.texts).toEqual(['one', 'three'])
    expect(anna.of('gap')).toEqual([{ kind: 'gap', from: 2n, to: 2n, reason: 'not-kept' }])
  })

  it('shortens its journal, destroys old keys in it, and goes on from what is left', () => {
    const world = new World({ policy: { retentionMs: 60_000 } }).attach()
    const [anna] = [world.join('Anna'), world.join('Bert')]
    world.say('old secret')
    world.input({ kind: 'block', patient: 'Bert', untilLifted: true })
    world.pass(3_700_000, 20_000)
    expect(world.journal.length).toBeLessThan(10)
    world.say('new')
    world.restartCore()
    world.run()
    world.pass(10_000)
    world.say('newer')
    expect(anna.texts).toEqual(['old secret', 'new', 'newer'])
    expect(world.state('Bert')).toBe('blocked')
  })

  it('is gone on behind when it is ahead of a restored journal, and old tickets open nothing', () => {
    const world = new World().attach()
    const anna = world.join('Anna')
    world.say('one')
    const backup = [...world.journal]
    world.say('two')
    anna.cut()
    world.journal = backup
    world.restartCore()
    world.run()
    expect(world.host.of('restored')).toEqual([{ kind: 'restored', sequence: 2n }])
    world.pass(5_000)
    expect(world.host.of('refused').map(({ reason }) => reason)).toEqual(['ticket'])
    world.say('three')
    expect(anna.texts).toEqual(['one', 'two', 'three'])
    expect(anna.of('gap')).toEqual([])
  })

  it('is read on when it was restored with the journal, under keys of epochs that had that number before', () => {
    const world = new World().attach()
    const [anna] = [world.join('Anna'), world.join('Bert')]
    world.say('one')
    const [journal, log] = [[...world.journal], [...world.relay.log]]
    world.input({ kind: 'block', patient: 'Bert', untilLifted: true })
    for (const text of ['two', 'three']) world.say(text)
    for (const connection of [...world.relay.connections.keys()]) world.relay.drop(connection)
    world.journal = journal
    world.relay.log = log
    world.restartCore()
    world.pass(5_000)
    for (const text of ['four', 'five']) world.say(text)
    world.pass(60_000)
    expect(anna.texts).toEqual(['one', 'two', 'three', 'four', 'five'])
    expect(anna.of('gap').map(({ reason }) => reason)).toEqual(['replaced'])
  })

  it('is not taken when somebody else signed it, or nobody', () => {
    const world = new World()
    const other = new World({ seed: 2 }).attach()
    other.say('not of this conference')
    world.relay.log = other.relay.log
    world.attach()
    expect(world.host.of('relay-refused')).toEqual([{ kind: 'relay-refused', reason: 'not signed' }])
    expect(world.host.of('live')).toEqual([])
    world.relay.log = []
    world.attach()
    expect(world.host.of('live')).toHaveLength(1)
  })

  it('ends the older of two cores when the newer one has written', () => {
    const world = new World().attach()
    const older = world.host
    world.restartCore()
    world.run()
    world.say('from the newer')
    world.relay.attach(older)
    world.run()
    expect(older.of('superseded')).toHaveLength(1)
    expect(older.core?.isOver).toBe(true)
  })
})
