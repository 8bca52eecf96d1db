/** Members who do not come back are out some day; nobody is out because nobody could come. */
import { describe, expect, it } from 'vitest'
import { World } from './conference-world.js'

const hourMs = 3_600_000

function withAbsent(policy = {}): World {
  const world = new World({ policy }).attach()
  world.join('Anna')
  const bert = world.join('Bert')
  bert.isOffline = true
  bert.cut()
  world.run()
  return world
}

/** Without a step for each quarter of a second. */
function hours(world: World, count: number): void {
  for (let i = 0; i < 2 * count; i++) world.pass(hourMs / 2, hourMs / 2)
}

describe('a member who is away', () => {
  it('is out after a day, and what is said then is not theirs when they come back', () => {
    const world = withAbsent()
    world.say('one')
    hours(world, 23)
    expect(world.state('Bert')).toBe('away')
    hours(world, 2)
    expect(world.host.of('left')).toEqual([{ kind: 'left', patient: 'Bert', reason: 'absent' }])
    expect([world.state('Anna'), world.state('Bert')]).toEqual(['connected', 'expected'])
    world.say('two')
    const bert = world.patients.get('Bert')
    if (bert !== undefined) bert.isOffline = false
    hours(world, 1)
    world.say('three')
    expect(bert?.texts).toEqual(['three'])
    expect(bert?.of('gap').some(({ reason }) => reason === 'not-member')).toBe(true)
  })

  it('is out after as long as the policy says, also for a core that started anew', () => {
    const world = withAbsent({ maxAwayMs: 5 * hourMs })
    hours(world, 3)
    world.restartCore()
    world.run()
    hours(world, 4)
    expect(world.state('Bert')).toBe('away')
    hours(world, 2)
    expect(world.host.of('left')).toEqual([{ kind: 'left', patient: 'Bert', reason: 'absent' }])
    expect(world.host.core?.counts()).toMatchObject({ connected: 1, away: 0 })
  })

  it('stays one while there was no relay to come to, and when the clock jumps', () => {
    const world = withAbsent()
    world.relay.detach()
    hours(world, 40)
    world.attach()
    hours(world, 20)
    expect(world.state('Bert')).toBe('away')
    world.clock.advance(30 * hourMs)
    hours(world, 2)
    expect(world.state('Bert')).toBe('away')
    hours(world, 24)
    expect(world.state('Bert')).toBe('expected')
  })

  it('is out after a day also when they went by a clock that was wrong by a year', () => {
    const world = new World().attach()
    const bert = world.join('Bert')
    const yearMs = 365 * 24 * hourMs
    world.clock.advance(yearMs)
    world.run()
    bert.isOffline = true
    bert.cut()
    world.run()
    world.clock.advance(-yearMs)
    hours(world, 23)
    expect(world.state('Bert')).toBe('away')
    hours(world, 48)
    expect(world.host.of('left')).toEqual([{ kind: 'left', patient: 'Bert', reason: 'absent' }])
  })

  it('is nothing to wait for while everybody is there', () => {
    const world = new World().attach()
    world.join('Anna')
    world.say('one')
    const { core } = world.host
    expect(core?.nextTickMs).toBeLessThanOrEqual(world.clock.nowMs() + 30_000)
    world.patients.get('Anna')?.cut()
    world.run()
    expect(core?.nextTickMs).toBeLessThanOrEqual(world.clock.nowMs() + 60_000)
  })
})
