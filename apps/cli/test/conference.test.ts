import { describe, expect, it } from 'vitest'
import { emptyFolder } from './cli.js'
import { hosted, joined, writeConference } from './conference-world.js'

describe('chartseal conference host and join', () => {
  it('carries what the doctor says to all, and what a patient says to the doctor alone', async () => {
    const folder = emptyFolder()
    writeConference(folder, ['Anna', 'Ben'])
    const { host, address } = await hosted(folder)
    const [anna, ben] = [joined(folder, 'Anna', address), joined(folder, 'Ben', address)]
    await Promise.all([anna.until({ event: 'joined' }), ben.until({ event: 'joined' })])
    await host.until({ event: 'joined', patient: 'Ben' })
    host.type('Good morning')
    host.type('//quit is a word')
    for (const end of [anna, ben]) await end.until({ event: 'message', text: '/quit is a word' })
    expect([anna.texts(), ben.texts()]).toEqual([
      ['Good morning', '/quit is a word'],
      ['Good morning', '/quit is a word'],
    ])
    anna.type('It hurts')
    await host.until({ event: 'direct', patient: 'Anna', text: 'It hurts' })
    await anna.until({ event: 'direct-received' })
    host.type('/to Ben: Take two')
    await ben.until({ event: 'direct', text: 'Take two' })
    expect(anna.events.filter(({ event }) => event === 'direct')).toEqual([])
    host.type('/quit')
    expect(await Promise.all([host.exitCode, anna.exitCode, ben.exitCode])).toEqual([0, 0, 0])
    await anna.until({ event: 'ended', reason: 'ended' })
  })
})
