/** Whoever leaves while nobody can be told is out all the same, and the core is told as soon as there is a way. */
import { isLeaving } from '@chartseal/elgamal-session'
import { describe, expect, it } from 'vitest'
import { encodeRefusal } from '../dist/relay/refusal.js'
import { isLogged, type PatientHost, World } from './conference-world.js'

function offline(patient: PatientHost): PatientHost {
  patient.isOffline = true
  patient.cut()
  return patient
}

function pair(): { readonly world: World; readonly anna: PatientHost } {
  const world = new World().attach()
  const anna = world.join('Anna')
  world.join('Bert')
  world.say('one')
  return { world, anna }
}

describe('whoever leaves while offline', () => {
  it('is told to the core when they next connect, and is shown nothing of what was said meanwhile', () => {
    const { world, anna } = pair()
    offline(anna).input({ kind: 'leave' })
    expect(anna.of('leaving')).toHaveLength(1)
    expect([anna.of('left'), anna.patient.status.leaving]).toEqual([[], true])
    world.say('two', true)
    expect(world.state('Anna')).toBe('away')
    anna.isOffline = false
    world.pass(60_000, 1_000)
    expect(world.host.of('left')).toEqual([{ kind: 'left', patient: 'Anna', reason: 'exit' }])
    expect(world.host.of('returned')).toEqual([])
    expect([anna.texts, anna.of('gap'), anna.of('left')]).toEqual([['one'], [], [{ kind: 'left' }]])
    expect([world.state('Anna'), anna.patient.status.leaving]).toEqual(['expected', false])
  })

  it('goes on leaving in another process, by what is durable', () => {
    const { world, anna } = pair()
    offline(anna).input({ kind: 'leave' })
    expect(isLeaving(anna.record ?? new Uint8Array())).toBe(true)
    anna.restart()
    anna.isOffline = false
    anna.input({ kind: 'leave' })
    world.run()
    expect([world.state('Anna'), anna.of('left')]).toEqual(['expected', [{ kind: 'left' }]])
    expect(isLeaving(anna.record ?? new Uint8Array())).toBe(false)
    world.say('two')
    anna.input({ kind: 'join' })
    world.run()
    world.say('three')
    expect(anna.texts).toEqual(['one', 'three'])
  })

  it('has not left when they come again before the core was told', () => {
    const { world, anna } = pair()
    offline(anna).input({ kind: 'leave' })
    world.say('two')
    anna.input({ kind: 'join' })
    anna.isOffline = false
    world.pass(60_000, 1_000)
    expect([world.state('Anna'), anna.texts, world.host.of('left')]).toEqual([
      'connected',
      ['one', 'two'],
      [],
    ])
  })

  it('is out of a core that started anew, and of one whose ticket is refused', () => {
    const { world, anna } = pair()
    offline(anna).input({ kind: 'leave' })
    world.restartCore()
    world.clock.advance(86_500_000)
    anna.isOffline = false
    world.pass(60_000, 1_000)
    expect([world.state('Anna'), anna.of('left')]).toEqual(['expected', [{ kind: 'left' }]])
    expect(world.host.of('joined')).toEqual([])
  })

  it('has left for certain when they were blocked meanwhile', () => {
    const { world, anna } = pair()
    offline(anna).input({ kind: 'leave' })
    world.input({ kind: 'block', patient: 'Anna', untilLifted: true })
    anna.isOffline = false
    world.pass(60_000, 1_000)
    expect([anna.of('left'), anna.of('blocked')]).toEqual([[{ kind: 'left' }], []])
    expect(world.state('Anna')).toBe('blocked')
  })

  it('is out on another device with the same key, too', () => {
    const { world, anna } = pair()
    const other = world.twin(offline(anna))
    other.input({ kind: 'join' })
    world.run()
    anna.input({ kind: 'leave' })
    anna.isOffline = false
    world.pass(60_000, 1_000)
    expect([anna.of('left'), other.of('taken-over'), world.state('Anna')]).toEqual([
      [{ kind: 'left' }],
      [{ kind: 'taken-over' }],
      'expected',
    ])
  })
})

describe('an exit', () => {
  it('is said again until the core has answered', () => {
    const { world, anna } = pair()
    let lost = 0
    world.relay.toPatient = (frame, connection) => {
      if (connection !== anna.connection || isLogged(frame) || lost > 2) return [frame]
      lost++
      return []
    }
    anna.input({ kind: 'leave' })
    world.run()
    expect([world.state('Anna'), anna.of('left')]).toEqual(['expected', []])
    world.pass(200_000, 1_000)
    expect([anna.of('left'), world.host.of('left'), lost]).toHaveLength(3)
    expect(anna.of('left')).toHaveLength(1)
    expect(world.host.of('left')).toHaveLength(1)
  })

  it('of who never came in tells nobody anything', () => {
    const world = new World().attach()
    const anna = world.seat('Anna')
    anna.input({ kind: 'leave' })
    expect([anna.of('left'), anna.of('leaving'), anna.connectAtMs]).toEqual([[{ kind: 'left' }], [], null])
  })

  it('in the middle of a handshake is said as soon as that is over', () => {
    for (const wait of ['connecting', 'greeting', 'proving'] as const) {
      const one = new World().attach()
      const bert = one.seat('Bert')
      one.host.input({ kind: 'enrol', patients: [...one.book.values()] })
      const input = bert.patient.handle.bind(bert.patient)
      bert.patient.handle = given => {
        const outputs = input(given)
        if (bert.patient.status.phase !== wait || bert.patient.status.leaving) return outputs
        return [...outputs, ...input({ kind: 'leave' })]
      }
      bert.input({ kind: 'join' })
      one.run()
      one.pass(60_000, 1_000)
      expect([wait, bert.of('left').length, one.state('Bert')]).toEqual([wait, 1, 'expected'])
    }
  })
})

describe('whoever waits for the doctor', () => {
  it('tries again within seconds, however long nobody was there', () => {
    const world = new World()
    const anna = world.seat('Anna')
    anna.input({ kind: 'join' })
    const waits: number[] = []
    for (let i = 0; i < 50; i++) {
      const frame = encodeRefusal({ reason: 'no-host', nowMs: world.clock.nowMs(), retryMs: 1_000 })
      anna.patient.handle({ kind: 'connected' })
      const outputs = anna.patient.handle({ kind: 'received', bytes: frame })
      for (const output of outputs) if (output.kind === 'connect') waits.push(output.afterMs)
    }
    expect(waits).toHaveLength(50)
    expect(Math.max(...waits)).toBeLessThanOrEqual(6_000)
    expect(new Set(waits).size).toBeGreaterThan(10)
  })

  it('still waits ever longer for a relay that is not there', () => {
    const world = new World()
    const anna = world.seat('Anna')
    anna.input({ kind: 'join' })
    const waits: number[] = []
    for (let i = 0; i < 50; i++) {
      for (const output of anna.patient.handle({ kind: 'lost' }))
        if (output.kind === 'connect') waits.push(output.afterMs)
    }
    expect(Math.max(...waits)).toBeGreaterThan(15_000)
  })
})
