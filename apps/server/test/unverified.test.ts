/** What nobody signed yet costs little, and is told little. */
import { systemRandom } from '@chartseal/core/system'
import { describe, expect, it, vi } from 'vitest'
import { createDeviceClient } from '../dist/clinic/client.js'
import { createRequestLog, linesPerCode } from '../dist/request-log.js'
import { asJson, name16, origin, problemCode, testClinic } from './api-world.js'

const rates = {
  open: { perSecond: 1, burst: 3 },
  claimed: { perSecond: 100, burst: 100 },
  signed: { perSecond: 10, burst: 30 },
}

describe('an enrolment', () => {
  it('without a good invitation takes no nonce', async () => {
    const world = await testClinic()
    const used = await world.invitation()
    const first = createDeviceClient(origin, { clock: world.clock, random: systemRandom })
    const path = (kid: string): string => `/v1/devices/${kid}`
    expect((await world.as(first, 'PUT', path(first.kid), first.enrolment(used), asJson)).status).toBe(200)
    const use = vi.spyOn(world.clinic.store.nonces, 'use')
    for (const invitation of [used, used]) {
      const other = createDeviceClient(origin, { clock: world.clock, random: systemRandom })
      const answer = await world.as(other, 'PUT', path(other.kid), other.enrolment(invitation), asJson)
      expect(await problemCode(answer)).toBe('invitation/unknown')
    }
    expect(use).not.toHaveBeenCalled()
    expect((await world.as(first, 'PUT', path(first.kid), first.enrolment(used), asJson)).status).toBe(200)
    expect(use).toHaveBeenCalledTimes(1)
  })
})

describe('a device that was ended', () => {
  it('is told so, and nobody else is', async () => {
    const world = await testClinic()
    const device = await world.enrol()
    expect((await world.as(device, 'DELETE', `/v1/devices/${device.kid}`)).status).toBe(204)
    const good = { ...(await device.headers('GET', '/v1/entries')) }
    const { signature } = { ...(await device.headers('GET', '/v1/clinic')) }
    const forged = await world.ask('GET', '/v1/entries', { headers: { ...good, signature } })
    expect(await problemCode(forged)).toBe('signature/wrong')
    expect(await problemCode(await world.ask('GET', '/v1/entries', { headers: good }))).toBe('device/ended')
  })
})

describe('limits of rate', () => {
  it('hold for methods that no route has', async () => {
    const world = await testClinic({ app: { rates } })
    const statuses: number[] = []
    for (const method of ['POST', 'HEAD', 'PATCH', 'POST', 'HEAD'])
      statuses.push((await world.ask(method, `/v1/slots/${name16()}/offer`)).status)
    expect(statuses).toEqual([405, 405, 405, 429, 429])
  })

  it('hold for probes, apart from what others of their network ask', async () => {
    const world = await testClinic({ app: { rates } })
    for (let i = 0; i < 5; i++) await world.ask('GET', '/v1/clinic')
    const statuses: number[] = []
    for (let i = 0; i < 4; i++) statuses.push((await world.ask('GET', '/readyz')).status)
    expect(statuses).toEqual([200, 200, 200, 429])
    world.clock.advance(1_000)
    expect((await world.ask('GET', '/livez')).status).toBe(200)
  })
})

describe('the log of the server', () => {
  it('has a few lines of probes, and counts the others', () => {
    const lines: object[] = []
    const log = createRequestLog({ info: fields => lines.push(fields) })
    const note = { request: 'r', method: 'GET', route: '/readyz', code: null, ms: 1 } as const
    for (let i = 0; i < 1_000; i++) log.note({ ...note, status: 200 })
    log.note({ ...note, status: 503 })
    log.tell()
    expect(lines).toHaveLength(linesPerCode + 2)
    expect(lines.at(-1)).toEqual({ unwritten: { '/readyz 200': 1_000 - linesPerCode } })
  })
})
