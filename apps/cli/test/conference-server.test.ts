import { cpSync, existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cli, cliJson, emptyFolder } from './cli.js'
import { Server } from './clinic-server.js'
import { End, writeConference } from './conference-world.js'

interface Place {
  readonly folder: string
  readonly server: Server
  host(): End
  join(name: string): End
}

/** A clinic, a conference of a doctor whose device is enrolled, and these patients. */
async function placeOf(...names: readonly string[]): Promise<Place> {
  const folder = emptyFolder()
  const server = new Server(folder)
  await server.start()
  writeConference(folder, names)
  const { url, links } = server
  const enrol = ['conference', 'device', '--server', url, '--key', 'doctor.device']
  const enrolled = await cliJson(enrol, { cwd: folder, env: { CHARTSEAL_INVITATION: links[0] ?? '' } })
  expect(enrolled).toMatchObject({ role: 'doctor' })
  const way = ['--server', url]
  return {
    folder,
    server,
    host: () => new End(folder, 'host', '--conference', 'round', ...way, '--device', 'doctor.device'),
    join: name => new End(folder, 'join', '--seat', `${name}.seat`, ...way),
  }
}

describe('a conference by way of a clinic’s server', () => {
  it('survives the death of the server: everything that was said meanwhile comes, once', async () => {
    const { server, host, join: enter, folder } = await placeOf('Anna')
    const doctor = host()
    await doctor.until({ event: 'live' })
    const anna = enter('Anna')
    await anna.until({ event: 'joined' })
    doctor.type('Before')
    await anna.until({ event: 'message', text: 'Before' })
    await server.kill()
    await doctor.until({ event: 'detached' })
    doctor.type('Meanwhile')
    anna.type('Are you there?')
    await anna.until({ event: 'direct-sent' })
    await server.start()
    await anna.until({ event: 'message', text: 'Meanwhile' })
    await doctor.until({ event: 'direct', text: 'Are you there?' })
    expect(anna.texts()).toEqual(['Before', 'Meanwhile'])
    doctor.type('/quit')
    expect(await Promise.all([doctor.exitCode, anna.exitCode])).toEqual([0, 0])
    expect(existsSync(join(folder, 'round'))).toBe(false)
    // Both ends wait ever longer while nobody is there.
  })

  it('goes on with a newer host of the same conference, and the older one says so', async () => {
    const { folder, server, host } = await placeOf('Anna')
    const first = host()
    await first.until({ event: 'live' })
    // The lock of the files is one machine's; a copy of them on another is told by the server.
    const copy = emptyFolder()
    for (const file of ['round', 'doctor.device']) cpSync(join(folder, file), join(copy, file))
    const flags = ['--conference', 'round', '--server', server.url, '--device', 'doctor.device']
    const second = new End(copy, 'host', ...flags)
    await second.until({ event: 'live' })
    expect(await first.exitCode).toBe(1)
    await first.until({ event: 'host-taken-over' })
  })

  it('names what the clinic refuses', async () => {
    const { folder, server } = await placeOf('Anna')
    const { url, links } = server
    expect(statSync(join(folder, 'doctor.device')).mode & 0o777).toBe(0o600)
    const again = ['conference', 'device', '--server', url, '--key']
    const env = { CHARTSEAL_INVITATION: links[0] ?? '' }
    expect(await cli([...again, 'doctor.device'], { cwd: folder, env })).toMatchObject({ exitCode: 0 })
    const other = await cli([...again, 'other.device'], { cwd: folder, env })
    expect(other.stderr).toContain('(invitation/unknown)')
    const patient = await cli([...again, 'anna.device'], {
      cwd: folder,
      env: { CHARTSEAL_INVITATION: links[1] ?? '' },
    })
    expect(patient.stdout).toContain('Enrolled as patient')
    const host = ['conference', 'host', '--conference', 'round', '--server', url, '--device']
    for (const [device, code] of [
      ['anna.device', 'signature/not-allowed'],
      ['other.device', 'signature/unknown-key'],
    ] as const) {
      const refused = await cli([...host, device], { cwd: folder })
      expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining(`(${code})`)])
    }
  })
})
