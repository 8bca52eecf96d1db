import { describe, expect, it } from 'vitest'
import { name16, problemCode, testClinic, text } from './api-world.js'

describe('what opens an entry', () => {
  it('is never left out: where another has its place, nothing is done', async () => {
    const { clinic, as, enrol, faults } = await testClinic()
    const device = await enrol()
    const taken = {
      id: name16(),
      log: clinic.description.logOrigin,
      leafIndex: clinic.log.size,
      salt: null,
      entry: text('x'),
      parties: [],
    }
    await clinic.store.openings.add(taken)
    const path = `/v1/mailboxes/${device.mailbox}/${name16()}`
    const answer = await as(device, 'PUT', path, text('x'))
    expect([answer.status, await problemCode(answer), faults.length]).toEqual([500, 'server/fault', 1])
    expect((await (await as(device, 'GET', `/v1/mailboxes/${device.mailbox}`)).json()).messages).toEqual([])
    // The next place is free.
    expect((await as(device, 'PUT', path, text('x'))).status).toBe(200)
  })
})
