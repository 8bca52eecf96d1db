import { describe, expect, it } from 'vitest'
import { World } from './conference-world.js'

describe('a conference', () => {
  it('gives a broadcast to everybody who is in it', () => {
    const world = new World().attach()
    const patients = ['Anna', 'Bert', 'Cleo'].map(name => world.join(name))
    world.say('Good morning')
    world.say('Second')
    for (const patient of patients) expect(patient.texts).toEqual(['Good morning', 'Second'])
    expect(world.host.core?.counts().connected).toBe(3)
  })
})
