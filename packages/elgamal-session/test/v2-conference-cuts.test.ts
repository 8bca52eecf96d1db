/** The process of the core dies at every output that it carries out: nothing that was durable is lost or comes twice. */
import { faultPlaces } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { type CoreHost, World } from './conference-world.js'

type Step = (world: World) => void
const sayOne: Step = world => world.say('one')
const sayTwo: Step = world => world.say('two', true)
const sayWithoutCleo: Step = world => world.say('not for Cleo')
const sayThree: Step = world => world.say('three')
const blockCleo: Step = world => world.input({ kind: 'block', patient: 'Cleo', untilLifted: true })
const unblockCleo: Step = world => world.input({ kind: 'unblock', patient: 'Cleo' })
const orders = [blockCleo, unblockCleo]

/** So many seats come and go that each kind of record is written. */
const steps: readonly Step[] = [
  world => world.join('Anna'),
  world => world.join('Bert'),
  world => world.join('Cleo'),
  sayOne,
  world => world.patients.get('Bert')?.cut(),
  world => world.pass(2_000),
  world => world.input({ kind: 'direct', patient: 'Anna', text: 'for Anna' }),
  world => {
    world.patients.get('Anna')?.input({ kind: 'say', text: 'from Anna' })
    world.run()
  },
  sayTwo,
  blockCleo,
  sayWithoutCleo,
  unblockCleo,
  world => {
    world.patients.get('Cleo')?.input({ kind: 'join' })
    world.run()
  },
  sayThree,
]

/** Outputs over all processes of the core in a whole run. */
function run(cutAt: number): { readonly world: World; readonly outputs: number; readonly wasCut: boolean } {
  const world = new World({ policy: { loadChanges: 2 } })
  const hosts: CoreHost[] = [world.host]
  world.host.outputsLeft = cutAt
  world.attach()
  const revive = (): void => {
    if (world.host.core !== null) return
    world.restartCore()
    hosts.push(world.host)
    world.run()
  }
  revive()
  for (const step of steps) {
    step(world)
    const wasCut = world.host.core === null
    revive()
    settle(world)
    // An order that the core did not answer is given again; what is said could be said twice.
    if (wasCut && orders.includes(step)) step(world)
    settle(world)
  }
  for (const patient of world.patients.values()) patient.input({ kind: 'join' })
  world.pass(20_000, 500)
  revive()
  world.pass(20_000, 500)
  return { world, outputs: hosts.reduce((sum, host) => sum + host.outputs, 0), wasCut: hosts.length > 1 }
}

/** Whoever was sent away by a new core comes back before the next step. */
function settle(world: World): void {
  world.pass(8_000, 500)
  for (const [name, entry] of world.book) {
    if (world.host.core?.member(name) !== null) continue
    world.host.input({ kind: 'enrol', patients: [entry] })
    world.pass(8_000, 500)
  }
}

const whole = run(Number.POSITIVE_INFINITY)

describe('a core that dies', () => {
  it('says everything to everybody when it does not', () => {
    expect(whole.wasCut).toBe(false)
    expect(whole.world.patients.get('Bert')?.texts).toEqual(['one', 'two', 'not for Cleo', 'three'])
  })

  it.each(faultPlaces(whole.outputs, 8))('loses nothing that was durable at output %i', cutAt => {
    const { world } = run(cutAt)
    const [anna, bert, cleo] = ['Anna', 'Bert', 'Cleo'].map(name => world.patients.get(name))
    const order = ['one', 'two', 'not for Cleo', 'three']
    // Who was a member all the time has the same as each other, in order, and each once.
    const texts = bert?.texts ?? []
    expect(texts).toEqual(order.filter(text => texts.includes(text)))
    expect(texts.length).toBeGreaterThanOrEqual(order.length - 1)
    expect(anna?.texts).toEqual(texts)
    expect(cleo?.texts).toEqual(texts.filter(text => text !== 'not for Cleo'))
    for (const patient of [anna, bert]) expect(patient?.of('gap')).toEqual([])
    expect(world.state('Cleo')).toBe('connected')
    expect(new Set(anna?.of('direct').map(({ id }) => id)).size).toBe(anna?.of('direct').length)
    expect(world.host.core?.member('Anna')?.undelivered).toBe(0)
    expect(anna?.of('direct-received')).toHaveLength(1)
  })
})
