import { rosterDigest } from '@chartseal/clinic/roster'
import { patience } from '@chartseal/testkit'
import { describe, expect, it, vi } from 'vitest'
import { roomCheck } from '../dist/clinic/checks.js'
import { freeBytesOf, Room } from '../dist/clinic/room.js'
import { startChores } from '../dist/commands/chores.js'
import { asJson, name16, octets, problemCode, startMs, testClinic, text } from './api-world.js'
import { officer, putRoster, rosterText, signedBy } from './roster-world.js'
import { emptyFolder } from './store-world.js'

describe('a clinic whose disk is nearly full', () => {
  it('takes nothing new, and lets devices acknowledge and end', async () => {
    let freeBytes = 1_000
    const room = { free: async () => freeBytes, floorBytes: 1_000 }
    const world = await testClinic({ room })
    const { as, ask, clinic, clock, enrol } = world
    const [device, lost, head] = [await enrol(), await enrol(), await officer(world)]
    const message = `/v1/mailboxes/${device.mailbox}/${name16()}`
    expect((await as(device, 'PUT', message, text('x'))).status).toBe(200)
    const one = rosterText({ seq: 1, previous: '', officers: [head.kid] })
    expect((await putRoster(world, 1, signedBy(one, [head]))).status).toBe(200)
    freeBytes = 999
    clock.advance(1_000)
    const { size } = clinic.log
    const { createDeviceClient } = await import('../dist/clinic/client.js')
    const { systemRandom } = await import('@chartseal/core/system')
    const guest = createDeviceClient('https://clinic.example', { clock, random: systemRandom })
    const two = rosterText({ seq: 2, previous: rosterDigest(one), officers: [head.kid] })
    const refused = [
      await as(device, 'PUT', `/v1/mailboxes/${device.mailbox}/${name16()}`, text('x')),
      await as(device, 'PUT', `/v1/entries/${name16()}`, text('x')),
      await ask('PUT', `/v1/slots/${name16()}/offer`, { body: 'x', headers: octets }),
      await as(guest, 'PUT', `/v1/devices/${guest.kid}`, guest.enrolment(await world.invitation()), asJson),
      await putRoster(world, 2, signedBy(two, [head])),
    ]
    for (const answer of refused)
      expect([answer.status, await problemCode(answer)]).toEqual([507, 'server/full'])
    expect(clinic.log.size).toBe(size)
    // What was stored gets its answer.
    expect((await as(device, 'PUT', message, text('x'))).status).toBe(200)
    expect((await as(device, 'DELETE', message)).status).toBe(204)
    expect((await as(lost, 'DELETE', `/v1/devices/${lost.kid}`)).status).toBe(204)
    // Its operator is told, by the log and by whom they ask.
    const warn = vi.fn()
    const [logger, requests] = [Object.create({ warn }), Object.create({ tell: () => undefined })]
    startChores(clinic, logger, requests)()
    await vi.waitFor(
      () =>
        expect(warn).toHaveBeenCalledWith(
          expect.objectContaining({ code: 'server/full' }),
          expect.any(String),
        ),
      patience,
    )
    expect(await roomCheck(room.free)).toMatchObject({
      isRight: false,
      change: expect.stringContaining('128'),
    })
    expect(await roomCheck(async () => 1e9)).toMatchObject({ isRight: true })
    freeBytes = 1_000
    clock.advance(1_000)
    expect((await as(device, 'PUT', `/v1/entries/${name16()}`, text('x'))).status).toBe(200)
  })

  it('is asked once a second, and taken to have room where it does not say', async () => {
    let [nowMs, looks] = [startMs, 0]
    const free = async (): Promise<number> => {
      looks += 1
      if (looks === 3) throw new Error('no such disk')
      return 5
    }
    const room = new Room({ clock: { nowMs: () => nowMs }, free, floorBytes: 9, entryBytesPerDay: 1 })
    for (let i = 0; i < 3; i++) await expect(room.require()).rejects.toMatchObject({ code: 'server/full' })
    expect(looks).toBe(1)
    // A clock that goes back is no reason to believe an old look.
    nowMs -= 1
    await expect(room.require()).rejects.toMatchObject({ code: 'server/full' })
    nowMs += 1_000
    await room.require()
    expect(looks).toBe(3)
    expect(await freeBytesOf(emptyFolder())).toBeGreaterThan(0)
  })
})

describe('sealed entries', () => {
  it('are so many bytes of one device in a day', async () => {
    const { as, clock, clinic, enrol } = await testClinic({ room: { entryBytesPerDay: 86_400 } })
    const [device, other] = [await enrol(), await enrol()]
    const put = (of: typeof device, bytes: number) =>
      as(of, 'PUT', `/v1/entries/${name16()}`, new Uint8Array(bytes))
    expect((await put(device, 60_000)).status).toBe(200)
    const { size } = clinic.log
    const refused = await put(device, 30_000)
    expect([refused.status, await problemCode(refused.clone())]).toEqual([429, 'request/too-many'])
    expect((await refused.json()).retry_ms).toBe(3_600_000)
    expect(clinic.log.size).toBe(size)
    expect((await put(other, 60_000)).status).toBe(200)
    clock.advance(3_600_000)
    expect((await put(device, 30_000)).status).toBe(200)
  })
})
