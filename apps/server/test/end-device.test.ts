import { existsSync } from 'node:fs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { endWished } from '../dist/clinic/devices-to-end.js'
import { readEnded } from '../dist/clinic/ended-devices.js'
import { dataPaths, takeDataFolder } from '../dist/data-folder.js'
import { makeClinic, problemCode, testClinic } from './api-world.js'
import { run, runAt } from './command-run.js'
import { Caller, runServer, startServer } from './server-process.js'
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

  it('is ended beside a running server by that server, which hears of it from the store', async () => {
    const folder = await makeClinic()
    const { paths, release } = await takeDataFolder(folder)
    onTestFinished(release)
    const { clinic, as, enrol } = await testClinic({ folder })
    const lost = await enrol()
    const stream = await as(lost, 'GET', '/v1/events')
    const command = run('end-device', '--data', folder, '--kid', lost.kid)
    // As the chores of a server, which are tested with it.
    const work = setInterval(() => void endWished(clinic), 50)
    expect(await command).toMatchObject({ code: 0, err: `${lost.kid} has ended.\n` })
    clearInterval(work)
    expect(await problemCode(await as(lost, 'GET', '/v1/entries'))).toBe('device/ended')
    expect(await new Response(stream.body).text()).toContain('ready')
    expect(await readEnded(paths.endedDevices)).toEqual([lost.kid])
    const { size } = clinic.log
    await endWished(clinic)
    expect(clinic.log.size).toBe(size)
  })

  it('is ended by a server in another process while that runs', async () => {
    const folder = emptyFolder()
    const server = await startServer(folder)
    onTestFinished(() => void server.child.kill())
    const caller = new Caller(server)
    await caller.enrol(server.invitations[0] ?? '')
    expect(runServer('end-device', ['--data', folder])).toContain(caller.device.kid)
    runServer('end-device', ['--data', folder, '--kid', caller.device.kid])
    expect(await caller.send('GET', '/v1/entries')).toMatchObject({
      status: 403,
      body: expect.stringContaining('device/ended'),
    })
    server.child.kill('SIGTERM')
    expect(await server.ended).toBe(0)
  })

  it('stays to be ended where a server does not do it', async () => {
    const folder = await makeClinic()
    const { release } = await takeDataFolder(folder)
    onTestFinished(release)
    const { clinic, enrol } = await testClinic({ folder })
    const lost = await enrol()
    let nowMs = 0
    const hasty = { nowMs: () => (nowMs += 20_000) }
    expect(await runAt(hasty, 'end-device', '--data', folder, '--kid', lost.kid)).toMatchObject({
      code: 1,
      err: expect.stringContaining('end-device/waiting'),
    })
    await endWished(clinic)
    expect(await clinic.store.devices.find(lost.kid)).toMatchObject({ endedMs: expect.any(Number) })
  })

  it('must be one of this clinic', async () => {
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
