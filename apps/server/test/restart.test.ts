import { systemRandom } from '@chartseal/core/system'
import { fixedClock } from '@chartseal/testkit'
import { describe, expect, it } from 'vitest'
import { createDeviceClient, type DeviceClient } from '../dist/clinic/client.js'
import { asJson, origin, problemCode, startMs, type TestClinic, testClinic } from './api-world.js'

/** A device whose clock is ahead of that of the clinic. */
async function enrolAhead(world: TestClinic, aheadMs: number): Promise<DeviceClient> {
  const device = createDeviceClient(origin, { clock: fixedClock(startMs + aheadMs), random: systemRandom })
  const path = `/v1/devices/${device.kid}`
  const body = device.enrolment(await world.invitation())
  expect((await world.as(device, 'PUT', path, body, asJson)).status).toBe(200)
  return device
}

async function entriesWith(world: TestClinic, headers: Record<string, string>): Promise<Response> {
  return world.ask('GET', '/v1/entries', { headers })
}

describe('a clinic that is opened again', () => {
  it.each([0, 999, 30_000, 60_000])('takes no request twice whose device is %i ms ahead', async aheadMs => {
    const before = await testClinic()
    const device = await enrolAhead(before, aheadMs)
    const headers = { ...(await device.headers('GET', '/v1/entries')) }
    expect((await entriesWith(before, headers)).status).toBe(200)
    await before.clinic.close()
    const after = await testClinic({ folder: before.folder })
    expect(await problemCode(await entriesWith(after, headers))).toBe('signature/replayed')
    const again = { ...(await device.headers('GET', '/v1/entries')) }
    expect((await entriesWith(after, again)).status).toBe(200)
  })
})
