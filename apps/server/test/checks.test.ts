import { createServer, type RequestListener } from 'node:http'
import { systemRandom } from '@chartseal/core/system'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Check, checkClinic } from '../dist/clinic/checks.js'
import { defaultRates } from '../dist/http/handle.js'
import { clinicDoor, Upgrades } from '../dist/http/upgrade.js'
import { createListener, defaultLimits, listen } from '../dist/listen.js'
import { type TestClinic, testClinic } from './api-world.js'

const page = {
  manifestSha256: '',
  paths: [],
  has: () => false,
  answer: () => ({ status: 200, headers: {}, body: null }),
}

async function found(origin: string, world: TestClinic, aheadMs = 0): Promise<readonly Check[]> {
  const clock = { nowMs: () => world.clock.nowMs() + aheadMs }
  const checks: Check[] = []
  for await (const check of checkClinic(origin, await world.invitation(), { clock, random: systemRandom }))
    checks.push(check)
  return checks
}

const wrong = (checks: readonly Check[]): readonly string[] =>
  checks.filter(({ isRight }) => !isRight).map(({ what }) => what)

/** A clinic whose origin is the address at which it listens, perhaps through something in between. */
async function served(
  console: typeof page | null = page,
  events: (() => ReadableStream) | null = null,
  passesUpgrades = true,
): Promise<{ readonly world: TestClinic; readonly origin: string }> {
  let world: TestClinic | null = null
  let upgrades: Upgrades | null = null
  const server = createListener(
    (request, env) =>
      events !== null && request.url.endsWith('/v1/events')
        ? new Response(events())
        : (world?.app.fetch(request, env) ?? new Response()),
    defaultLimits,
    (request, socket, head) => (passesUpgrades && upgrades?.take(request, socket, head)) ?? false,
  )
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const origin = `http://127.0.0.1:${await listen(server, '127.0.0.1', 0)}`
  world = await testClinic({ origin, console, pingMs: 50 })
  upgrades = new Upgrades({
    clock: world.clinic.clock,
    door: clinicDoor(world.clinic),
    rates: defaultRates,
    proxies: null,
  })
  return { world, origin }
}

async function proxy(handle: RequestListener): Promise<string> {
  const server = createServer(handle)
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${await listen(server, '127.0.0.1', 0)}`
}

describe('the checks of a clinic', () => {
  it('find nothing wrong with one that is reached as it says', async () => {
    const { world, origin } = await served()
    const checks = await found(origin, world)
    expect(wrong(checks)).toEqual([])
    expect(checks).toHaveLength(10)
    expect(await world.clinic.store.devices.list({ limit: 10 })).toMatchObject([
      { endedMs: expect.any(Number) },
    ])
  })

  it('find a clock that is off, and a page that is missing', async () => {
    const { world, origin } = await served(null)
    expect(wrong(await found(origin, world, 40_000))).toEqual([
      'its clock agrees with this one',
      'it serves the page',
    ])
  })

  it('find a proxy that passes no WebSocket', async () => {
    const { world, origin } = await served(page, null, false)
    expect(wrong(await found(origin, world))).toEqual(['WebSockets pass'])
  })

  it('find another origin, at which no signature fits', async () => {
    const { world, origin } = await served()
    const other = origin.replace('127.0.0.1', 'localhost')
    const found1 = wrong(await found(other, world))
    expect(found1).toContain('its origin is this address')
    expect(found1).toContain('signed requests arrive as they were sent')
  })

  it('find a proxy that holds event streams back, and one that ends them when nothing happens', async () => {
    const ending = (): ReadableStream => new Blob(['event: ready']).stream()
    const holding = (): ReadableStream => new Blob([]).stream()
    const short = await served(page, ending)
    expect(wrong(await found(short.origin, short.world))).toEqual([
      'event streams last while nothing happens',
    ])
    const silent = await served(page, holding)
    expect(wrong(await found(silent.origin, silent.world))).toEqual(['event streams are not held back'])
  })

  it('find that nobody is there, or somebody else', async () => {
    const { world } = await served()
    expect(wrong(await found('http://127.0.0.1:1', world))).toEqual(['it answers'])
    const else1 = await proxy((_request, response) => response.writeHead(200).end('<html>'))
    expect(wrong(await found(else1, world))).toEqual(
      expect.arrayContaining(['its origin is this address', 'its headers arrive', 'bodies of 1 MiB pass']),
    )
  })
})
