import { encodeBase64Url } from '@chartseal/core/encoding'
import { systemRandom } from '@chartseal/core/system'
import { describe, expect, it } from 'vitest'
import { createDeviceClient } from '../dist/clinic/client.js'
import { asJson, name16, octets, origin, problemCode, startMs, testClinic, text } from './api-world.js'
import { publishFirst } from './roster-world.js'

const later = { clock: { nowMs: () => startMs }, random: systemRandom }

describe('enrolling a device', () => {
  it('takes an invitation once, and gives the same answer to the same device', async () => {
    const { as, invitation } = await testClinic()
    const device = createDeviceClient(origin, later)
    const path = `/v1/devices/${device.kid}`
    const body = device.enrolment(await invitation('doctor'))
    const first = await as(device, 'PUT', path, body, asJson)
    expect(first.status).toBe(200)
    const answer = await first.json()
    expect(answer).toMatchObject({ kid: device.kid, role: 'doctor', enrolled_ms: startMs })
    expect(await (await as(device, 'PUT', path, body, asJson)).json()).toEqual(answer)
    const other = createDeviceClient(origin, later)
    const { invitation: used } = JSON.parse(new TextDecoder().decode(body))
    const refused = await as(other, 'PUT', `/v1/devices/${other.kid}`, other.enrolment(used), asJson)
    expect([refused.status, await problemCode(refused)]).toEqual([403, 'invitation/unknown'])
  })

  it('lets one of two devices in that use an invitation at once', async () => {
    const { as, invitation } = await testClinic()
    const token = await invitation()
    const devices = Array.from({ length: 4 }, () => createDeviceClient(origin, later))
    const answers = await Promise.all(
      devices.map(one => as(one, 'PUT', `/v1/devices/${one.kid}`, one.enrolment(token), asJson)),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 403, 403, 403])
  })

  it('refuses an invitation that is too old, or that nobody made', async () => {
    const { as, invitation, clock } = await testClinic()
    const token = await invitation()
    const enrol = async (one: string): Promise<string> => {
      const device = createDeviceClient(origin, { clock, random: systemRandom })
      return problemCode(await as(device, 'PUT', `/v1/devices/${device.kid}`, device.enrolment(one), asJson))
    }
    expect(await enrol(encodeBase64Url(systemRandom.bytes(32)))).toBe('invitation/unknown')
    clock.advance(7 * 86_400_000)
    expect(await enrol(token)).toBe('invitation/unknown')
  })

  it('wants the proof that the device has its key', async () => {
    const { as, invitation } = await testClinic()
    const [device, thief] = [createDeviceClient(origin, later), createDeviceClient(origin, later)]
    const path = `/v1/devices/${device.kid}`
    const body = device.enrolment(await invitation())
    expect(await problemCode(await as(thief, 'PUT', path, body, asJson))).toBe('request/invalid')
    const stolen = { ...thief, headers: async () => ({ ...(await thief.headers('PUT', path, body)) }) }
    const headers = await stolen.headers()
    const lying = { ...headers, 'signature-input': headers['signature-input'].replace(thief.kid, device.kid) }
    expect(
      await problemCode(await as({ ...device, headers: async () => lying }, 'PUT', path, body, asJson)),
    ).toBe('signature/wrong')
  })

  it('refuses other keys under an enrolled kid', async () => {
    const { as, enrol, invitation } = await testClinic()
    const device = await enrol()
    const body = text(
      JSON.stringify({
        ...JSON.parse(new TextDecoder().decode(device.enrolment(await invitation()))),
        noise: encodeBase64Url(systemRandom.bytes(32)),
      }),
    )
    expect(await problemCode(await as(device, 'PUT', `/v1/devices/${device.kid}`, body, asJson))).toBe(
      'device/conflict',
    )
  })
})

describe('ending a device', () => {
  it('is done by the device itself, for ever, and said again', async () => {
    const { as, ask, enrol, invitation } = await testClinic()
    const [device, sender] = [await enrol(), await enrol()]
    const path = `/v1/devices/${device.kid}`
    expect((await as(device, 'DELETE', path)).status).toBe(204)
    expect((await as(device, 'DELETE', path)).status).toBe(204)
    expect(await problemCode(await as(device, 'GET', `/v1/mailboxes/${device.mailbox}`))).toBe('device/ended')
    const message = `/v1/mailboxes/${device.mailbox}/${name16()}`
    expect(await problemCode(await as(sender, 'PUT', message, text('x')))).toBe('mailbox/ended')
    expect(await problemCode(await ask('PUT', message, { body: 'x', headers: octets }))).toBe('mailbox/ended')
    const again = await as(device, 'PUT', path, device.enrolment(await invitation()), asJson)
    expect(await problemCode(again)).toBe('device/ended')
    expect(await problemCode(await as(device, 'DELETE', `/v1/devices/${sender.kid}`))).toBe('device/ended')
  })

  it('is done by an officer, and by nobody else', async () => {
    const world = await testClinic()
    const { as, enrol } = world
    const [doctor, patient, other] = [await enrol('doctor'), await enrol(), await enrol()]
    expect(await problemCode(await as(other, 'DELETE', `/v1/devices/${patient.kid}`))).toBe(
      'signature/not-allowed',
    )
    await publishFirst(world, [doctor])
    expect((await as(doctor, 'DELETE', `/v1/devices/${patient.kid}`)).status).toBe(204)
    expect(await problemCode(await as(other, 'DELETE', `/v1/devices/${doctor.kid}`))).toBe(
      'signature/not-allowed',
    )
    expect(await problemCode(await as(doctor, 'DELETE', `/v1/devices/${other.kid.slice(0, -2)}AA`))).toBe(
      'device/missing',
    )
  })
})
