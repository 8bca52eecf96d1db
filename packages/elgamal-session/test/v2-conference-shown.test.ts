/** What a patient wrote is durable at the doctor's before the patient is told so, and comes again until it was shown. */
import { describe, expect, it } from 'vitest'
import { decodeRecord } from '../dist/doctor/records.js'
import { type CoreHost, World } from './conference-world.js'

const hurts = { kind: 'direct', patient: 'Anna', id: 1n, text: 'It hurts' } as const

function saying(text = 'It hurts'): World {
  const world = new World().attach()
  world.join('Anna').input({ kind: 'say', text })
  world.run()
  return world
}

describe('a message of a patient', () => {
  it('comes again from each new core until it was shown, and then no more', () => {
    const world = saying()
    expect(world.host.of('direct')).toEqual([hurts])
    for (let i = 0; i < 2; i++) {
      world.restartCore()
      world.run()
      expect(world.host.of('direct')).toEqual([hurts])
    }
    world.input({ kind: 'shown', patient: 'Anna', id: 1n })
    world.restartCore()
    world.run()
    expect(world.host.of('direct')).toEqual([])
    expect(world.patients.get('Anna')?.of('direct-received')).toHaveLength(1)
  })

  it('is told to the doctor at least once, wherever the core dies, and its device knows when it is there', () => {
    const whole = saying().host.outputs
    for (let cutAt = 0; cutAt <= whole + 4; cutAt++) {
      const world = new World().attach()
      const hosts: CoreHost[] = [world.host]
      const anna = world.join('Anna')
      world.host.outputsLeft = cutAt
      anna.input({ kind: 'say', text: 'It hurts' })
      world.run()
      world.pass(1_000)
      if (world.host.core === null) world.restartCore()
      hosts.push(world.host)
      world.pass(60_000, 1_000)
      const told = hosts.flatMap(host => host.of('direct'))
      expect(told, `cut at ${cutAt}`).toContainEqual(hurts)
      expect(new Set(told.map(({ id }) => id))).toEqual(new Set([1n]))
      expect(anna.of('direct-received'), `cut at ${cutAt}`).toEqual([{ kind: 'direct-received', id: 1n }])
    }
  })

  it('stays in a journal that is shortened, until it was shown', () => {
    const world = saying()
    const record = (t: string) => world.journal.map(decodeRecord).filter(one => one.t === t)
    world.clock.advance(86_400_000)
    for (let i = 0; i < 4_200; i++) world.host.input({ kind: 'direct', patient: 'Anna', text: 'x' })
    world.run()
    expect(record('start')).toHaveLength(1)
    expect(record('from')).toHaveLength(1)
    world.restartCore()
    expect(world.host.of('direct')).toEqual([hurts])
    world.input({ kind: 'shown', patient: 'Anna', id: 1n })
    for (let i = 0; i < 4_200; i++) world.host.input({ kind: 'direct', patient: 'Anna', text: 'x' })
    expect(record('from')).toEqual([])
  })

  it('is not taken while 64 of the same patient were not shown; it stays at their device', () => {
    const world = new World({ policy: { directBurst: 1_000, directEveryMs: 1 } }).attach()
    const anna = world.join('Anna')
    for (let i = 0; i < 70; i++) anna.input({ kind: 'say', text: `${i}` })
    world.pass(1_000)
    expect([world.host.of('direct').length, world.state('Anna')]).toEqual([64, 'away'])
    expect(anna.patient.status.waiting).toBe(6)
    world.input({ kind: 'shown', patient: 'Anna', id: 64n })
    world.pass(60_000, 1_000)
    expect(world.host.of('direct').map(({ text }) => text)).toEqual(
      Array.from({ length: 70 }, (_, i) => `${i}`),
    )
    expect(anna.patient.status.waiting).toBe(0)
  })

  it('of somebody unknown, or shown before, changes nothing', () => {
    const world = saying()
    const before = world.journal.length
    world.input({ kind: 'shown', patient: 'Nobody', id: 1n })
    world.input({ kind: 'shown', patient: 'Anna', id: 1n })
    world.input({ kind: 'shown', patient: 'Anna', id: 1n })
    expect(world.journal.length).toBe(before + 1)
  })
})
