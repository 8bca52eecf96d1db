import { decodeAccessEntry } from '@chartseal/audit/access'
import { rosterDigest } from '@chartseal/clinic/roster'
import { thumbprintOf } from '@chartseal/clinic/signed-request'
import { decodeBase64Url } from '@chartseal/core/encoding'
import { describe, expect, it } from 'vitest'
import { problemCode, testClinic } from './api-world.js'
import { officer, putRoster, rosterText, signedBy } from './roster-world.js'

describe('the roster', () => {
  it('is passed on as it was signed, and the same again is the same', async () => {
    const world = await testClinic()
    const device = await world.enrol()
    const get = () => world.as(device, 'GET', '/v1/roster')
    expect(await problemCode(await get())).toBe('request/not-found')
    const first = await officer(world)
    const body = signedBy(rosterText({ seq: 1, previous: '', officers: [first.kid] }), [first])
    for (let i = 0; i < 2; i++) {
      const answer = await putRoster(world, 1, body)
      expect([answer.status, new Uint8Array(await answer.arrayBuffer())]).toEqual([200, new Uint8Array(body)])
    }
    expect(new Uint8Array(await (await get()).arrayBuffer())).toEqual(new Uint8Array(body))
    const by = (path: string) => world.as(device, 'GET', path)
    expect(new Uint8Array(await (await by('/v1/roster/1')).arrayBuffer())).toEqual(new Uint8Array(body))
    expect(await problemCode(await by('/v1/roster/2'))).toBe('request/not-found')
    const named = await (await by(`/v1/devices/${first.kid}`)).json()
    expect(thumbprintOf(decodeBase64Url(named.identity))).toBe(first.kid)
    expect(named).toMatchObject({ kid: first.kid, role: 'doctor', ended: false })
    const nobody = device.kid.replace(/^./, character => (character === 'A' ? 'B' : 'A'))
    expect(await problemCode(await by(`/v1/devices/${nobody}`))).toBe('device/missing')
    // It names every mailbox.
    expect(await problemCode(await world.ask('GET', '/v1/roster'))).toBe('signature/missing')
    expect((await (await world.ask('GET', '/v1/clinic')).json()).roster_seq).toBe(1)
  })

  it('is decided by the officers and the threshold of the one before', async () => {
    const world = await testClinic()
    const [a, b, c] = [await officer(world), await officer(world), await officer(world)]
    const one = rosterText({ seq: 1, previous: '', officers: [a.kid, b.kid], threshold: 2 })
    expect(await problemCode(await putRoster(world, 1, signedBy(one, [a])))).toBe('roster/not-signed')
    expect((await putRoster(world, 1, signedBy(one, [a, b]))).status).toBe(200)
    const two = rosterText({ seq: 2, previous: rosterDigest(one), officers: [c.kid] })
    expect(await problemCode(await putRoster(world, 2, signedBy(two, [c])))).toBe('roster/not-signed')
    expect(await problemCode(await putRoster(world, 2, signedBy(two, [a, a])))).toBe('roster/not-signed')
    expect((await putRoster(world, 2, signedBy(two, [b, a]))).status).toBe(200)
  })

  it('has no gaps, no forks, and no first one that patients made', async () => {
    const world = await testClinic()
    const [a, patient] = [await officer(world), await officer(world, 'patient')]
    const byPatient = rosterText({ seq: 1, previous: '', officers: [patient.kid] })
    expect(await problemCode(await putRoster(world, 1, signedBy(byPatient, [patient])))).toBe(
      'roster/not-signed',
    )
    const one = rosterText({ seq: 1, previous: '', officers: [a.kid] })
    const cases: [string, number, Uint8Array][] = [
      ['roster/gap', 2, rosterText({ seq: 2, previous: rosterDigest(one), officers: [a.kid] })],
      ['roster/gap', 1, rosterText({ seq: 1, previous: rosterDigest(one), officers: [a.kid] })],
      ['request/invalid', 2, one],
      [
        'roster/invalid',
        1,
        rosterText({ seq: 1, previous: '', officers: [a.kid], origin: 'https://other.example' }),
      ],
      ['roster/invalid', 1, rosterText({ seq: 1, previous: '', officers: [a.kid], threshold: 2 })],
    ]
    for (const [code, seq, message] of cases)
      expect(await problemCode(await putRoster(world, seq, signedBy(message, [a])))).toBe(code)
    expect((await putRoster(world, 1, signedBy(one, [a]))).status).toBe(200)
    const other = rosterText({ seq: 1, previous: '', officers: [a.kid, patient.kid] })
    expect(await problemCode(await putRoster(world, 1, signedBy(other, [a])))).toBe('roster/conflict')
  })

  it('has enough officers whose devices have not ended, and an entry that says which text it is', async () => {
    const world = await testClinic()
    const [a, b] = [await officer(world), await officer(world)]
    const one = rosterText({ seq: 1, previous: '', officers: [a.kid, b.kid] })
    expect((await putRoster(world, 1, signedBy(one, [a]))).status).toBe(200)
    await world.clinic.store.devices.end(b.kid, 1)
    world.clinic.directory.forget(b.kid)
    const two = rosterText({ seq: 2, previous: rosterDigest(one), officers: [b.kid] })
    expect(await problemCode(await putRoster(world, 2, signedBy(two, [a])))).toBe('roster/invalid')
    const { store, description } = world.clinic
    const [opening] = await store.openings.ofParty(description.logOrigin, a.kid, { limit: 9, maxBytes: 1e6 })
    if (opening === undefined) throw new Error('no entry')
    expect(decodeAccessEntry(opening.entry)).toMatchObject({
      act: 'roster-published',
      ids: ['1', rosterDigest(one)],
    })
  })

  it('has people whose enrolment says in which role they were let in', async () => {
    const { as, enrol } = await testClinic()
    const doctor = await enrol('doctor')
    const { entries } = await (await as(doctor, 'GET', '/v1/entries')).json()
    expect(decodeAccessEntry(decodeBase64Url(entries[0].entry))).toMatchObject({
      act: 'device-enrolled',
      ids: ['doctor'],
    })
  })
})
