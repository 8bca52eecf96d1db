import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { emptyFolder } from './cli.js'
import { End, hosted, joined, writeConference } from './conference-world.js'

async function pausedHost() {
  const folder = emptyFolder()
  writeConference(folder, ['Anna', 'Bert'])
  const { host, address } = await hosted(folder)
  const anna = joined(folder, 'Anna', address)
  await host.until({ event: 'joined', patient: 'Anna' })
  host.type('Before')
  await anna.until({ event: 'message', text: 'Before' })
  anna.type('It hurts here')
  await host.until({ event: 'direct', text: 'It hurts here' })
  await anna.until({ event: 'direct-received' })
  host.type('/pause')
  expect(await host.exitCode).toBe(0)
  await anna.until({ event: 'reconnecting' })
  return { folder, address, anna }
}

const leaving = (folder: string, address: string): End =>
  new End(folder, 'leave', '--seat', 'Anna.seat', '--address', address)

describe('a patient who leaves while no host is there', () => {
  it('is out here at once, and conference leave tells the doctor later', async () => {
    const { folder, address, anna } = await pausedHost()
    anna.interrupt()
    expect(await anna.exitCode).toBe(1)
    expect(anna.events.map(({ event }) => event)).toEqual(expect.arrayContaining(['leaving', 'leave-untold']))
    const { host } = await hosted(folder, address)
    host.type('Meanwhile')
    await host.until({ event: 'said' })
    const again = leaving(folder, address)
    await again.until({ event: 'left' })
    expect(await again.exitCode).toBe(0)
    await host.until({ event: 'left', patient: 'Anna', reason: 'exit' })
    expect(again.texts()).toEqual([])
    expect(host.events.some(({ event }) => event === 'joined' || event === 'returned')).toBe(false)
    // It was shown before the pause.
    expect(host.events.some(({ event }) => event === 'direct')).toBe(false)
  })

  it('has not left when they join again first', async () => {
    const { folder, address, anna } = await pausedHost()
    anna.interrupt()
    expect(await anna.exitCode).toBe(1)
    const { host } = await hosted(folder, address)
    host.type('Meanwhile')
    const again = joined(folder, 'Anna', address)
    await again.until({ event: 'message', text: 'Meanwhile' })
    host.type('/quit')
    expect(await Promise.all([host.exitCode, again.exitCode])).toEqual([0, 0])
    expect(host.events.some(({ event }) => event === 'left')).toBe(false)
  })
})

describe('SIGTERM', () => {
  it('ends no conference and takes nobody out: both ends go on when they run again', async () => {
    const folder = emptyFolder()
    writeConference(folder, ['Anna'])
    const { host, address } = await hosted(folder)
    const anna = joined(folder, 'Anna', address)
    await host.until({ event: 'joined', patient: 'Anna' })
    // From here on her ticket is on her disk.
    await anna.until({ event: 'joined' })
    for (const end of [anna, host]) end.interrupt('SIGTERM')
    expect(await Promise.all([host.exitCode, anna.exitCode])).toEqual([0, 0])
    expect(['round', 'round.journal', 'Anna.seat'].map(name => existsSync(join(folder, name)))).toEqual([
      true,
      true,
      true,
    ])
    const { host: next } = await hosted(folder, address)
    const again = joined(folder, 'Anna', address)
    await next.until({ event: 'returned', patient: 'Anna', by: 'ticket' })
    await again.until({ event: 'joined' })
  })
})
