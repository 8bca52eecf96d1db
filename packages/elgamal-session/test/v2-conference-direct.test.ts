import { ChartsealError } from '@chartseal/core/errors'
import { describe, expect, it } from 'vitest'
import { World } from './conference-world.js'

const codeOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    if (error instanceof ChartsealError) return error.code
    throw error
  }
  return 'none'
}

describe('direct messages', () => {
  it('go both ways, to nobody else, and are known to have arrived', () => {
    const world = new World().attach()
    const [anna, bert] = [world.join('Anna'), world.join('Bert')]
    anna.input({ kind: 'say', text: 'It hurts here' })
    world.run()
    expect(world.host.of('direct')).toEqual([
      { kind: 'direct', patient: 'Anna', id: 1n, text: 'It hurts here' },
    ])
    expect(anna.of('direct-received')).toEqual([{ kind: 'direct-received', id: 1n }])
    world.input({ kind: 'direct', patient: 'Anna', text: 'Since when?' })
    expect(anna.of('direct').map(({ text }) => text)).toEqual(['Since when?'])
    expect(bert.of('direct')).toEqual([])
    expect(world.host.of('direct-received')).toEqual([{ kind: 'direct-received', patient: 'Anna', id: 1n }])
    expect(world.host.core?.member('Anna')?.undelivered).toBe(0)
  })

  it('wait for who is away, over new starts of both ends, and come once', () => {
    const world = new World().attach()
    const anna = world.join('Anna')
    anna.cut()
    anna.isOffline = true
    anna.input({ kind: 'say', text: 'from the tunnel' })
    world.input({ kind: 'direct', patient: 'Anna', text: 'where are you?' })
    world.restartCore()
    anna.restart()
    anna.isOffline = false
    anna.input({ kind: 'join' })
    world.run()
    world.pass(5_000)
    expect(anna.of('direct').map(({ text }) => text)).toEqual(['where are you?'])
    expect(world.host.of('direct').map(({ text }) => text)).toEqual(['from the tunnel'])
    anna.cut()
    world.pass(5_000)
    expect(world.host.of('direct')).toHaveLength(1)
  })

  it('come to an end with their patient, and that is said', () => {
    const world = new World().attach()
    const anna = world.join('Anna')
    anna.cut()
    anna.isOffline = true
    world.input({ kind: 'direct', patient: 'Anna', text: 'too late' })
    world.input({ kind: 'block', patient: 'Anna' })
    expect(world.host.of('direct-lost')).toEqual([{ kind: 'direct-lost', patient: 'Anna', ids: [1n] }])
  })

  it('say that one was given up which the core could mistake for another', () => {
    const world = new World().attach()
    const anna = world.join('Anna')
    for (const text of ['one', 'two']) anna.input({ kind: 'say', text })
    world.run()
    anna.record = null
    anna.restart()
    anna.input({ kind: 'say', text: 'written before the doctor was there' })
    anna.input({ kind: 'join' })
    world.run()
    expect(anna.of('direct-lost')).toEqual([{ kind: 'direct-lost', ids: [1n] }])
    anna.input({ kind: 'say', text: 'three' })
    world.run()
    expect(world.host.of('direct').map(({ id, text }) => [id, text])).toEqual([
      [1n, 'one'],
      [2n, 'two'],
      [3n, 'three'],
    ])
  })

  it('are few enough while nobody answers', () => {
    const world = new World()
    const anna = world.seat('Anna')
    for (let i = 0; i < 256; i++) anna.input({ kind: 'say', text: `${i}` })
    expect(codeOf(() => anna.input({ kind: 'say', text: 'one more' }))).toBe('conference/too-many-waiting')
  })

  it('all arrive from who writes faster than they may', () => {
    const world = new World({ policy: { directBurst: 3, directEveryMs: 1_000 } }).attach()
    const anna = world.join('Anna')
    const texts = Array.from({ length: 8 }, (_, i) => `message ${i}`)
    for (const text of texts) anna.input({ kind: 'say', text })
    world.pass(120_000, 500)
    expect(world.host.of('direct').map(({ text }) => text)).toEqual(texts)
    expect(world.host.of('blocked')).toEqual([])
  })
})
