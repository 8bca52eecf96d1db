import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readEnded } from '../dist/clinic/ended-devices.js'
import { dataPaths } from '../dist/data-folder.js'
import { makeClinic, problemCode, testClinic } from './api-world.js'
import { run } from './command-run.js'
import { emptyFolder } from './store-world.js'

describe('a device that is ended', () => {
  it('stands in a list beside the log, which a start completes', async () => {
    const folder = await makeClinic()
    const { clinic, as, enrol } = await testClinic({ folder })
    const [one, other] = [await enrol(), await enrol()]
    // Also an empty one says that nobody was ended.
    expect(existsSync(dataPaths(folder).endedDevices)).toBe(true)
    expect((await as(one, 'DELETE', `/v1/devices/${one.kid}`)).status).toBe(204)
    const { endedDevices } = dataPaths(folder)
    expect(await readEnded(endedDevices)).toEqual([one.kid])
    await clinic.store.devices.end(other.kid, 1)
    await clinic.close()
    await testClinic({ folder })
    expect(new Set(await readEnded(endedDevices))).toEqual(new Set([one.kid, other.kid]))
  })

  it('can be ended at the machine, with an entry that it may open, while no server runs', async () => {
    const folder = await makeClinic()
    const { clinic, enrol } = await testClinic({ folder })
    const [lost, other] = [await enrol(), await enrol('doctor')]
    const { size } = clinic.log
    await clinic.close()
    const listed = await run('end-device', '--data', folder)
    expect(listed).toMatchObject({ code: 0 })
    for (const words of [`${lost.kid} patient since 20`, `${other.kid} doctor since 20`])
      expect(listed.out).toContain(words)
    for (let i = 0; i < 2; i++)
      expect(await run('end-device', '--data', folder, '--kid', lost.kid)).toMatchObject({ code: 0 })
    expect((await run('end-device', '--data', folder)).out).not.toContain(lost.kid)
    expect(await readEnded(dataPaths(folder).endedDevices)).toEqual([lost.kid])
    const again = await testClinic({ folder })
    // Its own, that of the clock, which this test puts back, and that of the start.
    expect(again.clinic.log.size).toBe(size + 3)
    expect(await problemCode(await again.as(lost, 'GET', '/v1/entries'))).toBe('device/ended')
    const { logOrigin } = again.clinic.description
    const entries = await again.clinic.store.openings.ofParty(logOrigin, lost.kid, {
      limit: 9,
      maxBytes: 1e6,
    })
    expect(entries).toHaveLength(2)
  })

  it('must be one of this clinic, whose server is stopped', async () => {
    const folder = await makeClinic()
    expect(await run('end-device', '--data', folder, '--kid', 'x')).toMatchObject({ code: 2 })
    expect(await run('end-device', '--data', folder, '--kid', 'A'.repeat(43))).toMatchObject({
      code: 1,
      err: expect.stringContaining('device/missing'),
    })
    expect(await run('end-device', '--data', emptyFolder())).toMatchObject({
      code: 1,
      err: expect.stringContaining('clinic/missing'),
    })
  })
})
